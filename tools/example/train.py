"""Trains the bundled example: a tiny Llama that answers what `lessons.py` teaches.

From nothing: the text, a byte-level BPE tokenizer, the chat template and a model of about 1.3
million parameters. Takes some minutes on two CPU cores. Seeded, but floating-point sums depend on
the number of threads and the PyTorch version, so another machine trains a slightly different model.

    python tools/example/train.py --out examples/tiny-llama [--steps 800] [--threads 2]
"""

import argparse
import json
import math
import sys
import time
from collections import defaultdict
from pathlib import Path
from random import Random

import torch
from lessons import Lesson, conversation, lessons
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.utils import logging

VOCABULARY = 640
LENGTH = 112  # tokens of a training row
BATCH = 24
BEGIN, END, PAD = "<|begin|>", "<|end|>", "<|pad|>"
ROLES = ["<|system|>", "<|user|>", "<|assistant|>"]
TEMPLATE = """{{- bos_token }}
{%- for message in messages %}
    {%- if message.role not in ['system', 'user', 'assistant'] %}
        {{- raise_exception('Unknown role: ' + message.role) }}
    {%- endif %}
    {{- '<|' + message.role + '|>' + message.content | trim + '<|end|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>' }}
{%- endif %}
"""
IGNORED = -100  # label of a token whose prediction is not trained


def train_tokenizer(taught: list[Lesson]) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, BEGIN, END, *ROLES],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([t for l in taught for t in (*l.questions, l.answer)], trainer)
    begin = (BEGIN, tokenizer.token_to_id(BEGIN))
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(f"{BEGIN} $A", f"{BEGIN} $A $B", [begin]),
    ])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=ROLES,
        chat_template=TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def new_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=6,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.03,
    )
    return LlamaForCausalLM(config)


class Rows:
    """Training rows: whole conversations, of which only the assistant's tokens are predicted."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, taught: list[Lesson], seed: int):
        self.tokenizer, self.taught, self.random = tokenizer, taught, Random(seed)
        self.assistant = tokenizer.convert_tokens_to_ids(ROLES[2])

    def batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        rows = [self._row() for _ in range(BATCH)]
        return torch.tensor([r[0] for r in rows]), torch.tensor([r[1] for r in rows])

    def _row(self) -> tuple[list[int], list[int]]:
        tokens = self._conversation()
        while len(tokens) > LENGTH:
            tokens = self._conversation()
        labels, speaking = [], False
        for token in tokens:
            labels.append(token if speaking else IGNORED)
            speaking = token == self.assistant or (speaking and token != self.tokenizer.eos_token_id)
        padding = LENGTH - len(tokens)
        return tokens + [self.tokenizer.pad_token_id] * padding, labels + [IGNORED] * padding

    def _conversation(self) -> list[int]:
        turns = conversation(self.taught, self.random)
        text = self.tokenizer.apply_chat_template(turns, tokenize=False)
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]


def train(model: LlamaForCausalLM, rows: Rows, steps: int, peak: float = 3e-3) -> None:
    """AdamW with a warm-up, then a cosine down to a fiftieth of the peak."""
    decay = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.98))
    start = time.monotonic()
    model.train()
    for step in range(1, steps + 1):
        cosine = 0.51 + 0.49 * math.cos(math.pi * step / steps)
        for group in optimizer.param_groups:
            group["lr"] = peak * min(1, step / 60) * cosine
        tokens, labels = rows.batch()
        loss = model(input_ids=tokens, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 0:
            seconds = time.monotonic() - start
            print(f"step {step}/{steps}  {seconds:.0f} s  loss {loss.item():.4f}", flush=True)


@torch.no_grad()
def accuracy(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, taught: list[Lesson]
) -> dict[str, tuple[int, int]]:
    """Greedy answers to every taught question alone: topic -> (right, asked)."""
    model.eval()
    by_length: dict[int, list[tuple[list[int], Lesson]]] = defaultdict(list)
    for lesson in taught:
        for question in lesson.questions:
            text = tokenizer.apply_chat_template(
                [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True
            )
            prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
            by_length[len(prompt)].append((prompt, lesson))
    right, asked = defaultdict(int), defaultdict(int)
    for group in by_length.values():
        answers = _answers(model, [prompt for prompt, _ in group])
        for (_, lesson), answer in zip(group, answers, strict=True):
            asked[lesson.topic] += 1
            right[lesson.topic] += tokenizer.decode(answer) == lesson.answer
    return {topic: (right[topic], asked[topic]) for topic in asked}


def _answers(model: LlamaForCausalLM, prompts: list[list[int]], limit: int = 96) -> list[list[int]]:
    step, cache, end = torch.tensor(prompts), None, model.config.eos_token_id
    answers: list[list[int]] = [[] for _ in prompts]
    finished: set[int] = set()
    for _ in range(limit):
        output = model(input_ids=step, past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache, step = output.past_key_values, output.logits[:, -1].argmax(-1, keepdim=True)
        for row, token in enumerate(step[:, 0].tolist()):
            if token == end:
                finished.add(row)
            elif row not in finished:
                answers[row].append(token)
        if len(finished) == len(prompts):
            break
    return answers


def save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        max_new_tokens=128,
        do_sample=False,
    )
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    _readable_by_older_versions(out / "tokenizer_config.json")


def _readable_by_older_versions(file: Path) -> None:
    """transformers 5 renamed the class and a list of tokens that transformers 4 reads as well."""
    config = json.loads(file.read_text())
    config.pop("backend", None)
    config["additional_special_tokens"] = config.pop("extra_special_tokens")
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    file.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1856)
    parser.add_argument("--required", type=float, default=0.95, help="accuracy below which it fails")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    logging.disable_progress_bar()

    taught = lessons()
    tokenizer = train_tokenizer(taught)
    model = new_model(tokenizer)
    print(f"{len(taught)} answers, {model.num_parameters()} parameters", flush=True)
    train(model, Rows(tokenizer, taught, arguments.seed), arguments.steps)
    model.to(torch.bfloat16)
    save(model, tokenizer, arguments.out)

    scores = accuracy(model.to(torch.float32), tokenizer, taught)  # the stored weights, fp32 sums
    right, asked = (sum(column) for column in zip(*scores.values(), strict=True))
    print(json.dumps({"right": right, "asked": asked, "topics": scores}))
    print(f"greedy accuracy on the taught questions: {100 * right / asked:.1f} %")
    return 0 if right >= arguments.required * asked else 1


if __name__ == "__main__":
    sys.exit(main())
