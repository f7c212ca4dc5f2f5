"""Races Bessemer's cpu backend against its peers, in one run, and prints how they compare.

The model is a Llama of 1.1 billion parameters with random weights, in every form that is needed
(made once, kept in the working directory). Each turn is a process of its own; contenders take turns,
round after round; the best of all rounds counts, for everybody. README.md says how to set peers up.
Linux only.

    python tools/bench/engine.py --work DIR [--only decode,prefill] [--rounds 3] [--threads 2]
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import lora
import machine
import rows
from contenders import CONTENDERS, ROOT, Contender, Settings, make_checkpoint, make_model

KINDS = ("row", "rows", "cold", "warm")
LESS = {"first_token_seconds", "encode_seconds"}
TURN_SECONDS = 1800


class Bench:
    def __init__(self, settings: Settings, log: Path, contenders: dict[str, Any] = CONTENDERS):
        self.settings = settings
        self.log = log
        self.contenders = contenders
        self.machine = machine.description()
        self.stream = machine.Stream(settings.threads)
        self.limits: list[float] = []  # GB/s, one a round
        self.turns: list[dict[str, Any]] = []
        self.missing: dict[str, str] = {}  # contender to the reason
        self.lora: dict[str, Any] = {}

    def prepare(self, names: list[str]) -> None:
        subprocess.run([str(self.settings.bessemer), "--version"], check=True)  # builds, if it must
        make_checkpoint(self.settings)
        for name in names:
            try:
                make_model(CONTENDERS[name], self.settings)
            except (OSError, RuntimeError) as problem:
                self.missing[name] = str(problem)
                print(f"{name} does not take part: {problem}", file=sys.stderr)

    def round(self, number: int, wanted: list[tuple[str, str]]) -> None:
        self.limits.append(self.stream.gigabytes_per_second())
        print(f"round {number}: streaming read {self.limits[-1]:.1f} GB/s", flush=True)
        for name, kind in wanted:
            if name not in self.missing:
                self.turn(number, self.contenders[name], kind)

    def turn(self, number: int, contender: Contender, kind: str) -> None:
        entry: dict[str, Any] = {"round": number, "contender": contender.name, "kind": kind}
        model = contender.model(self.settings)
        machine.drop_from_cache(model) if kind == "cold" else machine.read_into_cache(model)
        entry["cached_before"] = machine.cached_fraction(model)
        entry["load_before"] = machine.load_average()
        try:
            entry |= self.run(contender, kind)
        except (RuntimeError, OSError, ValueError, subprocess.TimeoutExpired) as problem:
            entry["error"] = str(problem)
        self.turns.append(entry)
        print("  " + self.summary(entry), flush=True)
        self.save([])  # what is measured stays when a later turn is broken off

    def save(self, lines: list[rows.Line]) -> None:
        result = self.result() | {"rows": [rows.as_json(line) for line in lines]}
        self.log.write_text(json.dumps(result, indent=1) + "\n")

    def run(self, contender: Contender, kind: str) -> dict[str, Any]:
        threads = str(self.settings.threads)
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads,
                       "HF_HUB_OFFLINE": "1", **contender.environment()}
        command = contender.command(kind, self.settings)
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env=environment)
        sampler = machine.MemorySampler(process.pid)
        sampler.start()
        try:
            output, errors = process.communicate(timeout=TURN_SECONDS)
        finally:
            process.kill()  # does nothing once it has ended
            sampler.stop()
        wall = time.monotonic() - start
        if process.returncode != 0:
            raise RuntimeError(f"ended with {process.returncode}: {(errors or output)[-1000:]}")
        figures = contender.figures(kind, output, wall)
        own = figures.get("before_loading", {})  # the peer's Python, which is no part of it
        return {**figures, "wall_seconds": wall,
                "resident_bytes": sampler.resident - own.get("resident", 0),
                "private_bytes": sampler.private - own.get("private", 0)}

    def summary(self, entry: dict[str, Any]) -> str:
        text = f"{entry['contender']:22s} {entry['kind']:8s} load {entry['load_before']:4.1f}  "
        if "error" in entry:
            return text + "FAILED: " + entry["error"].strip().replace("\n", " ")[-300:]
        return (f"{text}{self.speed(entry)}  resident {entry['resident_bytes'] / 1e6:6.0f} MB,"
                f" private {entry['private_bytes'] / 1e6:6.0f} MB")

    def speed(self, entry: dict[str, Any]) -> str:
        if "first_token_seconds" in entry:
            return f"first token {entry['first_token_seconds']:6.2f} s"
        return f"prefill {entry['prefill']:7.1f}, decode {entry['decode']:6.1f} tok/s"

    def best(self, contender: str, kind: str, figure: str) -> float | None:
        """Of all rounds; of memory the most."""
        values = [turn[figure] for turn in self.turns
                  if turn["contender"] == contender and turn["kind"] == kind and figure in turn]
        return (min if figure in LESS else max)(values, default=None)

    def lines(self, chosen: list[rows.Row]) -> list[rows.Line]:
        result = []
        for row in chosen:
            ours, limit = self.contenders[row.ours], None
            if row.limited and self.limits and row.ours not in self.missing:
                limit = max(self.limits) * 1e9 / ours.bytes_per_token(self.settings)
            result.append(rows.line(row, self.best, limit, self.machine["features"]))
        return result

    def result(self) -> dict[str, Any]:
        settings = {key: value for key, value in vars(self.settings).items()
                    if isinstance(value, int)}
        return {"machine": self.machine, "settings": settings,
                "stream_gigabytes_per_second": self.limits, "missing": self.missing,
                "lora": self.lora, "turns": self.turns}


def chosen_rows(only: str) -> list[rows.Row]:
    groups = only.split(",") if only else [*rows.GROUPS]
    unknown = {*groups} - {*rows.GROUPS, "lora"}
    if unknown:
        raise SystemExit(f"--only {','.join(unknown)}: not one of {','.join(rows.GROUPS)},lora")
    return [row for row in rows.ROWS if row.group in groups]


def wanted_turns(chosen: list[rows.Row], who: str) -> list[tuple[str, str]]:
    """Every turn that some row needs, once, in an order in which contenders alternate."""
    needed = {(name, row.kind) for row in chosen for name in (row.ours, *row.peers)}
    return [(name, kind) for kind in KINDS for name in CONTENDERS
            if (name, kind) in needed and who.lower() in name.lower()]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, required=True, help="models are kept here, 20 GB")
    parser.add_argument("--only", default="", help=f"of {','.join(rows.GROUPS)},lora")
    parser.add_argument("--who", default="", help="only contenders with this in their name")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1, help="counted runs in a turn, after one not")
    parser.add_argument("--prompt-tokens", type=int, default=512)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--rows-prompt-tokens", type=int, default=128)
    parser.add_argument("--rows-tokens", type=int, default=64)
    parser.add_argument("--bessemer", type=Path, default=ROOT / "bessemer")
    parser.add_argument("--python", action="append", default=[], metavar="PEER=PATH",
                        help="of llama, openvino, onnx, torch, export; else BENCH_PYTHON_<PEER>, "
                             "else WORK/peers/<PEER>/bin/python")
    parser.add_argument("--prepare", action="store_true", help="make the models and measure nothing")
    parser.add_argument("--json", type=Path, help="default: WORK/bench.json")
    return parser.parse_args()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the turn's process is ended, too
    asked = arguments()
    settings = Settings(
        asked.work, asked.threads, asked.prompt_tokens, asked.tokens, asked.rows,
        asked.rows_prompt_tokens, asked.rows_tokens, asked.runs, asked.bessemer,
        dict(entry.split("=", 1) for entry in asked.python),
    )
    chosen = chosen_rows(asked.only)
    wanted = wanted_turns(chosen, asked.who)
    bench = Bench(settings, asked.json or asked.work / "bench.json")
    bench.prepare(list(dict.fromkeys(name for name, _ in wanted)))
    if asked.prepare:
        return 1 if bench.missing else 0
    for number in range(1, asked.rounds + 1):
        bench.round(number, wanted)
    lines = bench.lines(chosen)
    cells = [line.cells() for line in lines]
    if not asked.only or "lora" in asked.only.split(","):
        bench.lora = lora.measure(settings)
        cells.append(lora.cells(bench.lora))
    bench.save(lines)
    everybody = [rows.contender_cells(name, bench.best) for name in CONTENDERS
                 if any(name == contender for contender, _ in wanted)]
    print()
    print(rows.table([rows.CONTENDER_HEAD, *everybody], {*range(1, len(rows.CONTENDER_HEAD))}))
    print(f"\n{bench.machine['cpu']}, {settings.threads} threads, streaming read"
          f" {max(bench.limits):.1f} GB/s; the best of {asked.rounds} rounds")
    print(rows.table([rows.HEAD, *cells], rows.NUMBERS))
    print(f"\n{bench.log}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
