"""Times a step of LoRA: Bessemer, and PyTorch with peft, on the same machine one after the other.

A random checkpoint of a published shape in fp32, batches of full rows, all predictions counted,
adapters of rank 8 on every linear of every block, AdamW, gradients clipped. The best of a few steps
counts; the first, which warms up, does not. Bessemer takes the loss in what it calls backward.

    python tools/bench/lora_step.py [--shape qwen2-0.5b] [--batch 4] [--length 256] [--steps 4]
        [--threads 2] [--work DIR] [--bessemer COMMAND] [--only bessemer|peft]

Needs `tools/requirements.txt` and `peft`. A table goes to standard error; the last line of standard
output is JSON: steps a second of `bessemer` and of `peft`, their `ratio`, and the `parts` of a step in
seconds.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
KEYS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def checkpoint(work: Path, shape: str) -> Path:
    directory = work / f"{shape}-fp32"
    if not (directory / "config.json").exists():
        script = ROOT / "tools/checkpoints/make.py"
        command = [sys.executable, script, shape, "--out", directory, "--dtype", "fp32"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return directory


def bessemer(model: Path, work: Path, a: argparse.Namespace) -> dict[str, float]:
    random = np.random.default_rng(3)
    data = work / "texts.jsonl"
    with data.open("w") as file:
        for _ in range(a.batch * 2):
            letters = random.integers(97, 123, a.length + 64).astype(np.uint8)
            file.write(json.dumps({"text": letters.tobytes().decode()}) + "\n")
    with tempfile.TemporaryDirectory(dir=work) as out:
        command = [
            a.bessemer, "train", "lora", model, "--local", "--data", data,
            "--out", Path(out) / "run", "--steps", a.steps + 1, "--batch", a.batch, "--max-length",
            a.length + 1, "--layers", 0, "--valid-share", 0, "--threads", a.threads, "--save-every", 1000,
        ]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        lines = [json.loads(x) for x in (Path(out) / "run/metrics.jsonl").read_text().splitlines()]
    assert all(line["predictions"] == a.batch * a.length for line in lines)
    best = min(lines[1:], key=lambda line: line["seconds"])
    return {
        "seconds": best["seconds"],
        "forward": best["forward_seconds"],
        "backward": best["backward_seconds"],
        "optimizer": best["optimizer_seconds"],
    }


def pytorch(model: Path, a: argparse.Namespace) -> dict[str, float]:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(a.threads)
    base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32, local_files_only=True)
    adapted = get_peft_model(base, LoraConfig(r=8, lora_alpha=160, target_modules=KEYS)).train()
    parameters = [p for p in adapted.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-5)
    generator = torch.Generator().manual_seed(3)
    best: dict[str, float] = {}
    for step in range(a.steps + 1):
        tokens = torch.randint(97, 123, (a.batch, a.length + 1), generator=generator)
        begun = time.perf_counter()
        logits = adapted(input_ids=tokens[:, :-1], use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        forward = time.perf_counter()
        loss.backward()
        backward = time.perf_counter()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        float(loss.detach())
        ended = time.perf_counter()
        if step > 0 and (not best or ended - begun < best["seconds"]):
            best = {
                "seconds": ended - begun,
                "forward": forward - begun,
                "backward": backward - forward,
                "optimizer": ended - backward,
            }
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shape", default="qwen2-0.5b")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "bessemer-lora")
    parser.add_argument("--bessemer", default=str(ROOT / "bessemer"))
    parser.add_argument("--only", choices=["bessemer", "peft"])
    a = parser.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    model = checkpoint(a.work, a.shape)
    parts: dict[str, dict[str, float]] = {}
    if a.only != "peft":
        parts["bessemer"] = bessemer(model, a.work, a)
    if a.only != "bessemer":
        parts["peft"] = pytorch(model, a)
    print(f"LoRA step, {a.shape} fp32, batch {a.batch} x {a.length}, {a.threads} threads", file=sys.stderr)
    for name, seconds in parts.items():
        text = ", ".join(f"{part} {value:.2f} s" for part, value in seconds.items())
        print(f"  {name:9s} {text}", file=sys.stderr)
    figures: dict[str, Any] = {name: 1 / seconds["seconds"] for name, seconds in parts.items()}
    if len(parts) == 2:
        figures["ratio"] = figures["bessemer"] / figures["peft"]
        print(f"  PyTorch's time over Bessemer's: {figures['ratio']:.2f}", file=sys.stderr)
    print(json.dumps(figures | {"parts": parts}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
