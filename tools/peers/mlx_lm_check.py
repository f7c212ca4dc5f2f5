"""Checks that mlx-lm loads a directory that Bessemer wrote, and computes the same numbers.

mlx-lm loads it strictly (every tensor used, none missing) and runs it in fp32 on the CPU. Its
logits are compared with transformers in fp32, twice:

- on the directory's own weights, dequantized: the layout and the config are right;
- on the source: nothing was lost. A gate when the output keeps the source's precision, otherwise
  (quantized, or rounded to fewer bits) a figure.

    python tools/peers/mlx_lm_check.py MLX_DIR --source HF_DIR [--prompt TEXT]... [--json]

Exit codes: 0 within the tolerance, 1 outside of it or not loadable, 2 wrong usage.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import mlx.core as mx
import mlx.nn as mlx_nn
import numpy as np
import torch
from mlx_lm.utils import load_model, load_tokenizer
from torch import nn
from transformers import AutoModelForCausalLM
from transformers.utils import logging

TOLERANCE = 1e-4  # times max(1, max|reference|)


@dataclass(frozen=True)
class Agreement:
    against: str  # "own weights" or "source"
    max_abs: float
    max_reference: float
    argmax: float  # share of positions with the same most likely token
    kl: float  # mean KL divergence from the reference
    gate: bool

    @property
    def passed(self) -> bool:
        return not self.gate or self.max_abs <= TOLERANCE * max(1.0, self.max_reference)


def prompts(tokenizer: Any, texts: list[str], vocabulary: int) -> list[list[int]]:
    """The given texts, and token ids from the whole vocabulary."""
    random = np.random.default_rng(5)
    rows = [random.integers(0, vocabulary, length).tolist() for length in (1, 16, 48)]
    return rows + [tokenizer.encode(text) for text in texts]


def stored_weights(directory: Path) -> dict[str, mx.array]:
    weights: dict[str, mx.array] = {}
    for file in sorted(directory.glob("model*.safetensors")):
        weights |= mx.load(str(file))
    return weights


def dequantized(weights: dict[str, mx.array], model: mlx_nn.Module) -> dict[str, torch.Tensor]:
    """The stored weights as fp32, under the names that transformers gives them."""
    quantized = {p: m for p, m in model.named_modules() if hasattr(m, "group_size")}
    plain = {}
    for name, value in weights.items():
        path, _, kind = name.rpartition(".")
        if path in quantized and kind in ("scales", "biases"):
            continue
        if path in quantized and kind == "weight":
            scales, biases = (weights[f"{path}.{n}"].astype(mx.float32) for n in ("scales", "biases"))
            module = quantized[path]
            value = mx.dequantize(value, scales, biases, module.group_size, module.bits)
        plain[name] = torch.from_numpy(np.array(value.astype(mx.float32)))
    return plain


def compare(
    mine: mlx_nn.Module, reference: nn.Module, rows: list[list[int]], against: str, gate: bool
) -> Agreement:
    errors, peaks, same, divergences = [], [], [], []
    for row in rows:
        with torch.no_grad():
            expected = reference(input_ids=torch.tensor([row]), use_cache=False).logits[0]
        actual = torch.from_numpy(np.array(mine(mx.array([row]))[0].astype(mx.float32)))
        errors.append(float((actual - expected).abs().max()))
        peaks.append(float(expected.abs().max()))
        same.append((actual.argmax(-1) == expected.argmax(-1)).float())
        p, q = expected.double().log_softmax(-1), actual.double().log_softmax(-1)
        divergences.append((p.exp() * (p - q)).sum(-1))
    return Agreement(
        against, max(errors), max(peaks), float(torch.cat(same).mean()),
        float(torch.cat(divergences).mean()), gate,
    )


def check(directory: Path, source: Path, texts: list[str]) -> list[Agreement]:
    weights = stored_weights(directory)
    mine, config = load_model(directory, strict=True)
    mine.set_dtype(mx.float32)
    rows = prompts(load_tokenizer(directory), texts, config["vocab_size"])
    reference = AutoModelForCausalLM.from_pretrained(
        source, dtype=torch.float32, attn_implementation="eager", local_files_only=True,
        trust_remote_code=False,
    ).eval()
    original = {n: t.clone() for n, t in reference.state_dict().items()}
    own = dequantized(weights, mine)
    kept = all(torch.equal(own[name], original[name]) for name in own)
    end_to_end = compare(mine, reference, rows, "source", gate=kept)
    missing, unexpected = reference.load_state_dict(own, strict=False)
    tied = {"lm_head.weight"} if reference.config.tie_word_embeddings else set()
    if unexpected or set(missing) - tied:
        raise ValueError(f"transformers lacks {unexpected}, the directory lacks {missing}")
    return [compare(mine, reference, rows, "own weights", gate=True), end_to_end]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("directory", type=Path, metavar="MLX_DIR")
    parser.add_argument("--source", type=Path, required=True, metavar="HF_DIR")
    parser.add_argument("--prompt", action="append", default=["Hello, who are you?"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    mx.set_default_device(mx.cpu)
    logging.disable_progress_bar()
    try:
        agreements = check(arguments.directory, arguments.source, arguments.prompt)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        print(f"mlx_lm_check: {arguments.directory}: {problem}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps([asdict(a) | {"passed": a.passed} for a in agreements], indent=1))
    else:
        print(f"{'against':12s} {'max|a-b|':>9s} {'max|ref|':>9s} {'argmax':>7s} {'KL':>9s}")
        for a in agreements:
            verdict = ("passed" if a.passed else "FAILED") if a.gate else "for information"
            print(f"{a.against:12s} {a.max_abs:9.2e} {a.max_reference:9.2f} {a.argmax:7.1%} {a.kl:9.2e}  {verdict}")
    return 0 if all(a.passed for a in agreements) else 1


if __name__ == "__main__":
    sys.exit(main())
