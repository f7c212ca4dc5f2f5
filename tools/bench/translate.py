"""Races Bessemer's translators against their peers, in one run, and prints how they compare.

The model has the shape of NLLB-200 600M and random weights, in every form that is needed (made once,
kept in the working directory). Nothing ends a translation before its length. Each turn is a process
of its own; contenders take turns, round after round; the best of all rounds counts, for everybody.
README.md says how to set peers up. Linux only.

    python tools/bench/translate.py --work DIR [--only decode,encode] [--rounds 2] [--threads 2]
"""

import argparse
import dataclasses
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import contenders
import engine
import machine
import rows
from contenders import ROOT
from translators import CONTENDERS, Settings, tensor_bytes

KINDS = ("one", "eight", "beams", "encode")
SHARE = 0.85  # of what streaming reads allow
CONVERSION_BYTES = 1e9  # private, at most

HF32, HF16, CT2 = ("PyTorch fp32",), ("PyTorch bf16",), ("CTranslate2 int8",)
EIGHT_BITS = ("bessemer 8-bit", "bessemer int8", "bessemer bf16")  # and more, but fp32
FASTEST = "the fastest"  # of EIGHT_BITS


def row(group: str, title: str, kind: str, ours: str, peers: tuple[str, ...], factor: float,
        limited: bool = False) -> rows.Row:
    figure = "encode" if kind == "encode" else "decode"
    return rows.Row(group, title, kind, figure, "tok/s", ours, peers, factor, limited=limited,
                    share=SHARE)


ROWS = (
    row("decode", "greedy, 1 sentence, 4-bit", "one", "bessemer 4-bit", HF32, 8.5, limited=True),
    row("decode", "greedy, 1 sentence, fp32", "one", "bessemer fp32", HF32, 1.15, limited=True),
    row("decode", "greedy, 1 sentence, bf16", "one", "bessemer bf16", HF16, 1.2),
    row("int8", "greedy, 1 sentence, int8", "one", "bessemer int8", CT2, 2),
    row("int8", "greedy, 8 sentences, int8", "eight", "bessemer int8", CT2, 1.3),
    row("int8", "4 beams, 1 sentence, int8", "beams", "bessemer int8", CT2, 1.3),
    row("encode", "encode, >= 8 bits, over fp32", "encode", FASTEST, HF32, 3.7),
    row("encode", "encode, >= 8 bits, over bf16", "encode", FASTEST, HF16, 1.2),
)
GROUPS = (*dict.fromkeys(row.group for row in ROWS), "conversion")

# Measured for the table of everybody, without a goal.
BESIDES = {
    "decode": (("bessemer 8-bit", "one"),),
    "int8": (("bessemer 4-bit", "eight"), ("bessemer 4-bit", "beams"), ("PyTorch fp32", "eight"),
             ("PyTorch fp32", "beams")),
    "encode": (("bessemer 4-bit", "encode"), ("bessemer fp32", "encode")),
}


class Race(engine.Bench):
    def __init__(self, settings: Settings, log: Path):
        super().__init__(settings, log, CONTENDERS)
        self.conversion: dict[str, Any] = {}

    def prepare(self, names: list[str]) -> None:
        subprocess.run([str(self.settings.bessemer), "--version"], check=True)  # builds, if it must
        make_checkpoints(self.settings)
        for name in names:
            try:
                contenders.make_model(CONTENDERS[name], self.settings)
            except (OSError, RuntimeError) as problem:
                self.missing[name] = str(problem)
                print(f"{name} does not take part: {problem}", file=sys.stderr)

    def speed(self, entry: dict[str, Any]) -> str:
        encode = f"encode {1e3 * entry['encode_seconds']:7.1f} ms" if "encode" in entry else ""
        if "decode" not in entry:
            return encode
        return (f"first token {1e3 * entry['first_token_seconds']:7.1f} ms,"
                f" decode {entry['decode']:6.1f} tok/s")

    def lines(self, chosen: list[rows.Row]) -> list[rows.Line]:
        fastest = max(EIGHT_BITS, key=lambda name: self.best(name, "encode", "encode") or 0)
        return super().lines([
            dataclasses.replace(row, ours=fastest, title=f"{row.title} ({fastest.split()[1]})")
            if row.ours == FASTEST else row
            for row in chosen
        ])

    def convert(self) -> None:
        """The published form to bf16, once: the most memory of its own, and the embeddings in what
        came out."""
        with tempfile.TemporaryDirectory(dir=self.settings.work) as folder:
            out = Path(folder) / "converted"
            machine.read_into_cache(self.settings.pickle)
            start = time.monotonic()
            command = [str(self.settings.bessemer), "convert", str(self.settings.pickle), "--dtype",
                       "bf16", "--local", "--out", str(out)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       text=True)
            sampler = machine.MemorySampler(process.pid)
            sampler.start()
            output, _ = process.communicate()
            sampler.stop()
            self.conversion = {"seconds": time.monotonic() - start, "private": sampler.private,
                               "resident": sampler.resident}
            if process.returncode != 0:
                self.conversion["error"] = output[-1000:]
                return
            self.conversion["embeddings"] = sum(
                "embed_tokens" in name or "lm_head" in name or name.startswith("model.shared.")
                for name in tensor_bytes(out))

    def conversion_cells(self) -> list[str]:
        found = self.conversion
        title = "conversion of the .bin, private memory"
        if "error" in found:
            return [title, "MB", "-", "-", "-", "-", "-", "-", "FAILED"]
        met = found["private"] < CONVERSION_BYTES and found["embeddings"] == 1
        return [title, "MB", rows.number(found["private"], 1e-6), "-", "-", "-", "-",
                f"<= {CONVERSION_BYTES / 1e6:.0f}", "met" if met else "MISSED"]

    def result(self) -> dict[str, Any]:
        return {**super().result(), "conversion": self.conversion}

    def contender_cells(self, name: str) -> list[str]:
        encode = self.best(name, "encode", "encode_seconds")
        first = self.best(name, "one", "first_token_seconds")
        rates = [self.best(name, kind, "decode") for kind in ("one", "eight", "beams")]
        sentences = self.best(name, "one", "sentences")
        memory = (self.best(name, "one", "resident_bytes"), self.best(name, "one", "private_bytes"))
        return [name, rows.number(encode, 1e3), rows.number(first, 1e3), *map(rows.number, rates),
                rows.number(sentences), *(rows.number(value, 1e-6) for value in memory)]


HEAD = ["", "encode ms", "first ms", "1 tok/s", "8 tok/s", "4 beams tok/s", "sentences/s",
        "resident MB", "private MB"]


def make_checkpoints(settings: Settings) -> None:
    """Written by transformers in PyTorch's Python, once."""
    if settings.checkpoint.exists() and settings.pickle.exists():
        return
    print(f"making {settings.checkpoint} ...", flush=True)
    settings.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.work) as part:
        made = Path(part) / "checkpoint", Path(part) / "pickle"
        subprocess.run([settings.python("torch"), str(ROOT / "tools/checkpoints/nllb.py"), "--out",
                        str(made[0]), "--bin", str(made[1])], check=True)
        for folder, target in zip(made, (settings.checkpoint, settings.pickle)):
            shutil.rmtree(target, ignore_errors=True)
            folder.rename(target)


def wanted_turns(groups: list[str], who: str) -> list[tuple[str, str]]:
    """Every turn that some row needs, once, in an order in which contenders alternate."""
    needed = {turn for group in groups for turn in BESIDES.get(group, ())}
    for row in ROWS:
        if row.group in groups:
            ours = EIGHT_BITS if row.ours == FASTEST else (row.ours,)
            needed |= {(name, row.kind) for name in (*ours, *row.peers)}
    return [(name, kind) for kind in KINDS for name in CONTENDERS
            if (name, kind) in needed and who.lower() in name.lower()]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, required=True, help="models are kept here, 11 GB")
    parser.add_argument("--only", default=",".join(GROUPS), help=f"of {','.join(GROUPS)}")
    parser.add_argument("--who", default="", help="only contenders with this in their name")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=2, help="counted runs in a turn, after one not")
    parser.add_argument("--source-tokens", type=int, default=20)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--encoded-tokens", type=int, default=128)
    parser.add_argument("--bessemer", type=Path, default=ROOT / "bessemer")
    parser.add_argument("--python", action="append", default=[], metavar="PEER=PATH",
                        help="of torch, ctranslate2; else BENCH_PYTHON_<PEER>, else"
                             " WORK/peers/<PEER>/bin/python")
    parser.add_argument("--prepare", action="store_true", help="make the models and measure nothing")
    parser.add_argument("--json", type=Path, help="default: WORK/translate.json")
    return parser.parse_args()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the turn's process is ended, too
    asked = arguments()
    groups = asked.only.split(",")
    if unknown := {*groups} - {*GROUPS}:
        raise SystemExit(f"--only {','.join(unknown)}: not one of {','.join(GROUPS)}")
    settings = Settings(
        asked.work, asked.threads, asked.source_tokens, asked.tokens, asked.encoded_tokens,
        asked.runs, asked.bessemer, dict(entry.split("=", 1) for entry in asked.python),
    )
    wanted = wanted_turns(groups, asked.who)
    race = Race(settings, asked.json or asked.work / "translate.json")
    race.prepare(list(dict.fromkeys(name for name, _ in wanted)))
    if asked.prepare:
        return 1 if race.missing else 0
    for number in range(1, asked.rounds + 1):
        race.round(number, wanted)
    lines = race.lines([row for row in ROWS if row.group in groups])
    cells = [line.cells() for line in lines]
    if "conversion" in groups:
        race.convert()
        cells.append(race.conversion_cells())
    race.save(lines)
    everybody = [race.contender_cells(name) for name in CONTENDERS
                 if any(name == contender for contender, _ in wanted)]
    print()
    print(rows.table([HEAD, *everybody], {*range(1, len(HEAD))}))
    print(f"\n{race.machine['cpu']}, {settings.threads} threads, streaming read"
          f" {max(race.limits):.1f} GB/s; the best of {asked.rounds} rounds")
    head = [f"{SHARE} x limit" if "limit" in title else title for title in rows.HEAD]
    print(rows.table([head, *cells], rows.NUMBERS))
    print(f"\n{race.log}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
