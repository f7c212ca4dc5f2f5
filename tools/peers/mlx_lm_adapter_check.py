"""Checks that mlx-lm loads adapters that `bessemer train lora` wrote, and computes the same.

mlx-lm loads model and adapters and runs them in fp32 on the CPU. Its logits are compared with those
of transformers on what `bessemer fuse` made of the two; fusing in fp32 is tested against Bessemer's
own model with adapters. Convert the model to fp32 first, so that nothing is rounded on the way:

    ./bessemer convert MODEL --out FP32 --dtype fp32 --local
    ./bessemer train lora FP32 --data examples/fine-tune/forge.jsonl --out ADAPTER …
    ./bessemer fuse FP32 ADAPTER --out FUSED
    python tools/peers/mlx_lm_adapter_check.py FP32 ADAPTER FUSED

Exit codes: 0 within the tolerance, 1 outside of it or not loadable, 2 wrong usage.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import mlx.core as mx
import numpy as np
import torch
from mlx_lm.tuner.utils import load_adapters
from mlx_lm.utils import load_model
from transformers import AutoModelForCausalLM
from transformers.utils import logging

TOLERANCE = 1e-4  # times max(1, max|reference|)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path, metavar="FP32")
    parser.add_argument("adapter", type=Path, metavar="ADAPTER")
    parser.add_argument("fused", type=Path, metavar="FUSED")
    arguments = parser.parse_args()
    mx.set_default_device(mx.cpu)
    logging.disable_progress_bar()
    plain, config = load_model(arguments.model, strict=True)
    adapted, _ = load_model(arguments.model, strict=True)
    adapted = load_adapters(adapted, str(arguments.adapter))
    for model in (plain, adapted):
        model.set_dtype(mx.float32)
        model.eval()
    reference = AutoModelForCausalLM.from_pretrained(
        arguments.fused, dtype=torch.float32, attn_implementation="eager", local_files_only=True,
        trust_remote_code=False,
    ).eval()
    random = np.random.default_rng(5)
    failed = False
    print(f"{'tokens':>6s} {'max|mlx-lm - fused|':>20s} {'max|adapters do|':>17s} {'max|logit|':>11s}")
    for length in (1, 16, 48):
        row = random.integers(0, config["vocab_size"], length).tolist()
        with torch.no_grad():
            expected = reference(input_ids=torch.tensor([row]), use_cache=False).logits[0].numpy()
        actual, without = (np.array(model(mx.array([row]))[0]) for model in (adapted, plain))
        error, largest = np.abs(actual - expected).max(), np.abs(expected).max()
        effect = np.abs(actual - without).max()
        within = error <= TOLERANCE * max(1.0, largest) and effect > 100 * error
        failed |= not within
        print(f"{length:6d} {error:20.2e} {effect:17.3f} {largest:11.2f}  {'passed' if within else 'FAILED'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
