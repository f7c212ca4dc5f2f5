"""The row of a LoRA step: `lora_step.py` measures both sides and answers in JSON."""

import json
import subprocess
from typing import Any

from contenders import BENCH, Settings

SCRIPT = BENCH / "lora_step.py"


def measure(settings: Settings) -> dict[str, Any]:
    """Runs it in PyTorch's Python; its last line on standard output is the figures.

    `{"bessemer": steps a second, "peft": steps a second}`; more keys are kept as they are.
    """
    if not SCRIPT.exists():
        return {"error": f"{SCRIPT.name} does not exist"}
    command = [settings.python("torch"), str(SCRIPT), "--work", str(settings.work),
               "--threads", str(settings.threads), "--bessemer", str(settings.bessemer)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return {"error": (done.stderr or done.stdout)[-1000:]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def cells(figures: dict[str, Any]) -> list[str]:
    """Its line of the table."""
    title = "LoRA step, 0.5B shape, fp32, 4 x 256"
    if "error" in figures:
        return [title, "steps/s", "-", "-", "-", "-", "-", "-", "not measured"]
    ours, theirs = figures["bessemer"], figures["peft"]
    return [title, "steps/s", f"{ours:.3f}", "PyTorch + peft", f"{theirs:.3f}",
            f"{ours / theirs:.2f}", "-", f">= {theirs:.3f}", "met" if ours >= theirs else "MISSED"]
