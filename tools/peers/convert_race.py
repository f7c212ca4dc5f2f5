"""Races conversion to 4 bit against mlx-lm's converter: wall time and private memory.

Both convert the same bf16 checkpoint (1.1 billion parameters in Llama's shape, made on first use),
alternating, from a warm page cache. Each output is removed before the next turn. Wall time is from
the start of the process until its output is on the disk: mlx-lm's end and `sync`, or the line with
which Bessemer says that it has assembled, every file synced. What Bessemer does after that (comparing
every tensor with the source, running the model) mlx-lm does not do; it is shown apart, as proof.
Private memory is the highest sum of RssAnon over the process and its children, the proof included,
which leaves mapped file pages out. Linux only.

    python tools/peers/convert_race.py --work DIR [--rounds 3] [--json FILE]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).resolve().parents[1]
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Turn:
    contender: str
    wall_seconds: float
    proof_seconds: float  # after the wall time, where there is a proof
    peak_anon_bytes: int
    output_bytes: int


def private_bytes(root: int) -> int:
    """RssAnon of the process and of all that descend from it."""
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        try:
            status = Path(f"/proc/{process}/status").read_text()
            for task in Path(f"/proc/{process}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        total += sum(
            int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon")
        )
    return total


class Sampler(threading.Thread):
    def __init__(self, process: int):
        super().__init__(daemon=True)
        self.process, self.peak, self.ended = process, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, private_bytes(self.process))

    def stop(self) -> int:
        self.ended.set()
        self.join()
        return self.peak


def turn(contender: str, command: list[str], out: Path) -> Turn:
    shutil.rmtree(out, ignore_errors=True)
    os.sync()
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    sampler = Sampler(process.pid)
    sampler.start()
    assembled, lines = None, []
    for line in process.stderr or ():
        lines.append(line)
        if line.startswith("  assemble "):
            assembled = time.monotonic()
    process.wait()
    ended = time.monotonic()
    os.sync()
    wall = (assembled or time.monotonic()) - start
    peak = sampler.stop()
    if process.returncode != 0:
        raise RuntimeError(f"{contender} ended with {process.returncode}:\n{''.join(lines)[-2000:]}")
    written = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    shutil.rmtree(out)
    return Turn(contender, wall, ended - assembled if assembled else 0.0, peak, written)


def commands(source: Path, work: Path, bessemer: Path) -> dict[str, tuple[list[str], Path]]:
    ours, theirs = work / "race-bessemer", work / "race-mlx-lm"
    convert = [str(bessemer), "convert", str(source), "-q", "4", "--group-size", "64", "--local",
               "--out", str(ours)]
    peer = [sys.executable, "-m", "mlx_lm", "convert", "--hf-path", str(source), "--mlx-path",
            str(theirs), "-q", "--q-bits", "4", "--q-group-size", "64"]
    return {"bessemer": (convert, ours), "mlx-lm": (peer, theirs)}


def checkpoint(shape: str, work: Path) -> Path:
    """Makes the checkpoint once, and reads it so that both find it in memory."""
    source = work / f"race-{shape}"
    if not (source / "complete").exists():
        shutil.rmtree(source, ignore_errors=True)
        make = TOOLS / "checkpoints/make.py"
        subprocess.run([sys.executable, make, shape, "--out", source, "--dtype", "bf16"], check=True)
        (source / "complete").touch()
    for file in source.glob("*.safetensors"):
        with file.open("rb") as data:
            while data.read(1 << 24):
                pass
    return source


def summary(turns: list[Turn]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name in dict.fromkeys(t.contender for t in turns):
        mine = [t for t in turns if t.contender == name]
        result[name] = {
            "median_wall_seconds": statistics.median(t.wall_seconds for t in mine),
            "best_wall_seconds": min(t.wall_seconds for t in mine),
            "peak_anon_mib": max(t.peak_anon_bytes for t in mine) / 2**20,
            "output_bytes": mine[0].output_bytes,
        }
    medians = {name: values["median_wall_seconds"] for name, values in result.items()}
    if len(medians) == 2:
        result["ratio"] = medians["bessemer"] / medians["mlx-lm"]
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, required=True, help="directory with some 5 GB free")
    parser.add_argument("--shape", default="llama-1.1b", help="of tools/checkpoints/make.py")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bessemer", type=Path, default=TOOLS.parent / "bessemer")
    parser.add_argument("--only", choices=("bessemer", "mlx-lm"), help="let one run alone")
    parser.add_argument("--json", type=Path, help="write turns and summary to this file")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    source = checkpoint(arguments.shape, arguments.work)
    contenders = commands(source, arguments.work, arguments.bessemer)
    if arguments.only:
        contenders = {arguments.only: contenders[arguments.only]}
    turns = []
    print(f"{'':10s} {'wall s':>8s} {'proof s':>7s} {'RssAnon MiB':>12s} {'output MB':>10s}")
    try:
        for _ in range(arguments.rounds):
            for name, (command, out) in contenders.items():
                t = turn(name, command, out)
                turns.append(t)
                print(f"{name:10s} {t.wall_seconds:8.2f} {t.proof_seconds:7.2f} "
                      f"{t.peak_anon_bytes / 2**20:12.0f} {t.output_bytes / 1e6:10.1f}", flush=True)
    except (RuntimeError, OSError) as problem:
        print(f"convert_race: {problem}", file=sys.stderr)
        return 1
    result = {"shape": arguments.shape, "summary": summary(turns), "turns": [asdict(t) for t in turns]}
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result["summary"], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
