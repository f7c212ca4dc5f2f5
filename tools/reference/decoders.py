"""Records decoders: token ids in, logits out."""

import argparse
import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from instrument import CannotRecord, Case, Recording, instrumented
from torch import nn
from transformers import AutoTokenizer


def run(model: nn.Module, case: Case) -> Recording:
    """One forward pass without a cache, recorded."""
    recording = Recording(case)
    rows = torch.tensor(case.tokens)
    keep = 0 if case.positions is None else torch.tensor(case.positions)
    with _fresh_rotary(model), instrumented(model, recording), torch.no_grad():
        logits = model(input_ids=rows, use_cache=False, logits_to_keep=keep).logits
    recording.tensors[f"{case.name}/logits"] = logits.to(torch.float32).contiguous()
    return recording


def described(case: Case) -> dict[str, Any]:
    return {"tokens": case.tokens, "positions": case.positions}


@contextmanager
def _fresh_rotary(model: nn.Module) -> Iterator[None]:
    """Dynamic scalings remember the longest sequence they saw: each pass starts from none."""
    original = model.model.rotary_emb
    model.model.rotary_emb = copy.deepcopy(original)
    try:
        yield
    finally:
        model.model.rotary_emb = original


def greedy(model: nn.Module, case: Case, count: int) -> dict[str, Any]:
    """Plain arg-max with a cache; ends after `count` tokens or with an end token (included)."""
    stop = model.generation_config.eos_token_id
    stops = set(stop if isinstance(stop, list) else [] if stop is None else [stop])
    tokens: list[int] = []
    step, cache = torch.tensor(case.tokens[:1]), None
    with _fresh_rotary(model), torch.no_grad():
        while len(tokens) < count and not (tokens and tokens[-1] in stops):
            output = model(input_ids=step, past_key_values=cache, use_cache=True, logits_to_keep=1)
            tokens.append(int(output.logits[0, -1].argmax()))
            step, cache = torch.tensor([tokens[-1:]]), output.past_key_values
    return {"prompt": case.tokens[0], "tokens": tokens}


def vocabulary_rows(vocab: int, rows: int, length: int, seed: int) -> list[list[int]]:
    """Token ids that depend on nothing but the arguments."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, vocab, (rows, length), generator=generator).tolist()


def long_case(vocab: int, length: int, seed: int) -> Case:
    """`length` tokens, of which the last eight positions and four on the way are kept."""
    positions = sorted({0, length // 4, length // 2, 3 * length // 4, *range(length - 8, length)})
    tokens = vocabulary_rows(vocab, 1, length, seed)
    return Case("long", tokens, positions=positions, blocks_only=True)


def default_cases(vocab: int, seed: int = 1) -> list[Case]:
    return [
        Case("short", vocabulary_rows(vocab, 1, 16, seed)),
        Case("batch", vocabulary_rows(vocab, 2, 12, seed + 1), blocks_only=True),
    ]


def check(cases: list[Case], vocab: int) -> None:
    for case in cases:
        check_rows(case.name, case.tokens, vocab)


def check_rows(name: str, rows: list[list[int]], vocab: int) -> None:
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise CannotRecord(f"case {name}: rows must be of one length, not empty")
    outside = [token for row in rows for token in row if not 0 <= token < vocab]
    if outside:
        raise CannotRecord(f"case {name}: tokens {outside} are outside of 0..{vocab - 1}")


def cases(arguments: argparse.Namespace, config: Any) -> list[Case]:
    """What the command line asks for, else some random tokens."""
    if arguments.source:
        raise CannotRecord("--from and --to are for translators")
    vocab, length = config.vocab_size, arguments.long or 0
    short, batch = default_cases(vocab, arguments.seed)
    asked = _prompt_cases(arguments) if arguments.prompt else []
    asked += _file_cases(arguments.tokens) if arguments.tokens else []
    asked = [*(asked or [short]), batch]
    return asked + ([long_case(vocab, length, arguments.seed)] if length else [])


def _prompt_cases(arguments: argparse.Namespace) -> list[Case]:
    tokenizer = AutoTokenizer.from_pretrained(
        arguments.model, local_files_only=True, trust_remote_code=False
    )
    prompts = arguments.prompt
    names = ["short", *(f"prompt-{i}" for i in range(2, len(prompts) + 1))]
    rows = [[_encode(tokenizer, prompt, arguments.chat)] for prompt in prompts]
    return [Case(name, row) for name, row in zip(names, rows, strict=True)]


def _encode(tokenizer: Any, prompt: str, chat: bool) -> list[int]:
    if not chat:
        return tokenizer(prompt)["input_ids"]
    turns = [{"role": "user", "content": prompt}]
    text = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def _file_cases(path: Path) -> list[Case]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise CannotRecord(f'{path}: expected {{"name": [[ids], …], …}}')
    return [Case(name, rows) for name, rows in content.items()]
