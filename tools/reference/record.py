"""Records a reference pack: what PyTorch computes for a checkpoint, module by module.

A pack is a directory with `reference.json` (tokens, component paths, checksums of the source) and
`reference.safetensors` (fp32 values exactly as PyTorch produced them). Bessemer compares its own
activations with it. Everything runs offline, in fp32, with eager attention, and no code from the
checkpoint is executed.

    python tools/reference/record.py MODEL_DIR --out PACK [--prompt TEXT]... [--long 4160]

Exit codes: 0 recorded, 1 the checkpoint could not be recorded, 2 wrong usage.
"""

import argparse
import copy
import hashlib
import json
import os
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")

import torch
import transformers
from instrument import CannotRecord, Case, Recording, instrumented
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer


def weight_files(source: Path) -> list[Path]:
    """What transformers reads: one file, or those that the index names."""
    index = source / "model.safetensors.index.json"
    if (source / "model.safetensors").is_file() or not index.is_file():
        return sorted(source.glob("model.safetensors"))
    names = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
    return [source / name for name in sorted(set(names))]


def load(source: Path) -> nn.Module:
    """The checkpoint in fp32; refuses one whose weights do not all fit the architecture."""
    if not (source / "config.json").is_file():
        raise CannotRecord(f"{source}: no config.json, not a checkpoint directory")
    if not weight_files(source):
        raise CannotRecord(f"{source}: no model.safetensors; convert other formats first")
    try:
        model, report = AutoModelForCausalLM.from_pretrained(
            source,
            dtype=torch.float32,
            attn_implementation="eager",
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as problem:
        raise CannotRecord(f"{source}: transformers cannot load it: {problem}") from problem
    wrong = {kind: sorted(map(str, names)) for kind, names in report.items() if names}
    if wrong:
        raise CannotRecord(f"{source}: the weights do not fit the config: {wrong}")
    return model.eval()


def run(model: nn.Module, case: Case) -> Recording:
    """One forward pass without a cache, recorded."""
    recording = Recording(case)
    rows = torch.tensor(case.tokens)
    keep = 0 if case.positions is None else torch.tensor(case.positions)
    with _fresh_rotary(model), instrumented(model, recording), torch.no_grad():
        logits = model(input_ids=rows, use_cache=False, logits_to_keep=keep).logits
    recording.tensors[f"{case.name}/logits"] = logits.to(torch.float32).contiguous()
    return recording


@contextmanager
def _fresh_rotary(model: nn.Module) -> Iterator[None]:
    """Dynamic scalings remember the longest sequence they saw: each pass starts from none."""
    original = model.model.rotary_emb
    model.model.rotary_emb = copy.deepcopy(original)
    try:
        yield
    finally:
        model.model.rotary_emb = original


def continue_greedily(model: nn.Module, prompt: list[int], count: int) -> list[int]:
    """Plain arg-max with a cache; ends after `count` tokens or with an end token (included)."""
    stop = model.generation_config.eos_token_id
    stops = set(stop if isinstance(stop, list) else [] if stop is None else [stop])
    tokens: list[int] = []
    step, cache = torch.tensor([prompt]), None
    with _fresh_rotary(model), torch.no_grad():
        while len(tokens) < count and not (tokens and tokens[-1] in stops):
            output = model(input_ids=step, past_key_values=cache, use_cache=True, logits_to_keep=1)
            tokens.append(int(output.logits[0, -1].argmax()))
            step, cache = torch.tensor([tokens[-1:]]), output.past_key_values
    return tokens


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


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record(source: Path, out: Path, cases: list[Case], greedy: int) -> nn.Module:
    """Records `cases`, and the greedy continuation of the first row of the first one."""
    model = load(source)
    _check(cases, model.config.vocab_size)
    recordings = [run(model, case) for case in cases]
    prompt = cases[0].tokens[0]
    pack = {
        "format": "bessemer-reference",
        "version": 1,
        "recorded_with": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "python": platform.python_version(),
        },
        "dtype": "float32",
        "attention": "eager",
        "source": {
            "model_type": model.config.model_type,
            "files": {file.name: sha256(file) for file in weight_files(source)},
            "config_sha256": sha256(source / "config.json"),
        },
        "cases": [_described(recording) for recording in recordings],
        "greedy": None
        if greedy == 0
        else {"prompt": prompt, "tokens": continue_greedily(model, prompt, greedy)},
    }
    out.mkdir(parents=True, exist_ok=True)
    tensors = {name: value for r in recordings for name, value in r.tensors.items()}
    save_file(tensors, out / "reference.safetensors")
    (out / "reference.json").write_text(_json(pack), encoding="utf-8")
    return model


def _described(recording: Recording) -> dict[str, Any]:
    case = recording.case
    return {
        "name": case.name,
        "tokens": case.tokens,
        "positions": case.positions,
        "components": recording.components,
        "logits": f"{case.name}/logits",
    }


def _json(pack: dict[str, Any]) -> str:
    """Indented, but with lists of numbers and the components on one line each."""
    text = json.dumps(pack, indent=1, ensure_ascii=False)
    text = re.sub(r"\[[\s\d,]+\]", lambda m: re.sub(r"\s+", "", m.group()), text)
    component = re.compile(r"\{\s+(\"path\": [^{}]*?)\s+\}")
    return component.sub(lambda m: "{" + re.sub(r"\s+", " ", m[1]) + "}", text) + "\n"


def _check(cases: list[Case], vocab: int) -> None:
    for case in cases:
        if len({len(row) for row in case.tokens}) != 1 or not case.tokens[0]:
            raise CannotRecord(f"case {case.name}: rows must be of one length, not empty")
        outside = [token for row in case.tokens for token in row if not 0 <= token < vocab]
        if outside:
            raise CannotRecord(f"case {case.name}: tokens {outside} are outside of 0..{vocab - 1}")
    names = [case.name for case in cases]
    if len(set(names)) != len(names):
        raise CannotRecord(f"cases must have different names: {names}")


def _prompt_cases(source: Path, prompts: list[str], chat: bool) -> list[Case]:
    tokenizer = AutoTokenizer.from_pretrained(
        source, local_files_only=True, trust_remote_code=False
    )
    names = ["short", *(f"prompt-{i}" for i in range(2, len(prompts) + 1))]
    return [Case(n, [_encode(tokenizer, p, chat)]) for n, p in zip(names, prompts, strict=True)]


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


def _cases(arguments: argparse.Namespace) -> list[Case]:
    vocab = transformers.AutoConfig.from_pretrained(
        arguments.model, local_files_only=True, trust_remote_code=False
    ).vocab_size
    short, batch = default_cases(vocab, arguments.seed)
    cases = []
    if arguments.prompt:
        cases += _prompt_cases(arguments.model, arguments.prompt, arguments.chat)
    cases += _file_cases(arguments.tokens) if arguments.tokens else []
    cases = [*(cases or [short]), batch]
    return cases + ([long_case(vocab, arguments.long, arguments.seed)] if arguments.long else [])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path, help="local Hugging Face directory (safetensors)")
    parser.add_argument("--out", type=Path, required=True, help="directory of the pack")
    parser.add_argument("--prompt", action="append", default=[], help="text to record; repeatable")
    parser.add_argument("--chat", action="store_true", help="prompts are user turns of a chat")
    parser.add_argument("--tokens", type=Path, help='JSON file {"case": [[ids], …], …}')
    parser.add_argument("--long", type=int, default=0, metavar="N", help="add a case of N tokens")
    parser.add_argument("--greedy", type=int, default=16, metavar="N", help="0: none")
    parser.add_argument("--threads", type=int, help="threads of PyTorch")
    parser.add_argument("--seed", type=int, default=1, help="of the tokens when none are given")
    arguments = parser.parse_args()
    if arguments.long and arguments.long < 16:
        parser.error(f"--long {arguments.long}: a long case has at least 16 tokens")
    return arguments


def main() -> int:
    arguments = _arguments()
    torch.manual_seed(arguments.seed)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    try:
        if not (arguments.model / "config.json").is_file():
            raise CannotRecord(f"{arguments.model}: no config.json, not a checkpoint directory")
        cases = _cases(arguments)
        record(arguments.model, arguments.out, cases, arguments.greedy)
    except (CannotRecord, OSError, ValueError) as problem:
        print(f"record: {problem}", file=sys.stderr)
        return 1
    print(f"recorded {', '.join(case.name for case in cases)} in {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
