"""Races BLEU and chrF of 10,000 sentence pairs against sacrebleu, both as processes, in one run.

The text is random words with a natural distribution of lengths and frequencies, about 1.8 million
characters a side; hypotheses are references with some words changed. Both read the same files, and
the lines they print must be equal. Turns alternate; the best of each counts.

    ./bessemer --version                      # builds, so that no turn does
    python -P tools/bench/score.py [--pairs 10000] [--turns 5] [--json]

Exit codes: 0 goal reached, 1 not, or the lines differ.
"""

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOAL = 5
CHARACTERS = 180  # of a line


def vocabulary(draw: random.Random) -> list[str]:
    letters, weights = "etaoinshrdlucmfwygpbvkxqjz", [12.7, *range(26, 1, -1)]
    return ["".join(draw.choices(letters, weights, k=max(1, round(draw.gauss(6, 2.5))))) for _ in range(20000)]


def texts(pairs: int) -> tuple[str, str]:
    draw = random.Random(5)
    words = vocabulary(draw)
    sums = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
    hypotheses, references = [], []
    for _ in range(pairs):
        longest, reference = max(20, draw.gauss(CHARACTERS, 60)), []
        while sum(len(word) + 1 for word in reference) < longest:
            word = draw.choices(words, cum_weights=sums)[0]
            reference.append(word + "," if draw.random() < 0.07 else word)
        hypothesis = [draw.choices(words, cum_weights=sums)[0] if draw.random() < 0.25 else w for w in reference]
        references.append(" ".join(reference).capitalize() + ".")
        hypotheses.append(" ".join(hypothesis).capitalize() + ".")
    return "\n".join(hypotheses) + "\n", "\n".join(references) + "\n"


def turn(command: list[str]) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - start, done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    ours, theirs, equal = [], [], True
    with tempfile.TemporaryDirectory() as folder:
        hyp, ref = Path(folder) / "hyp", Path(folder) / "ref"
        for file, text in zip((hyp, ref), texts(options.pairs)):
            file.write_text(text)
        characters = len(hyp.read_text()) + len(ref.read_text())
        bessemer = [str(ROOT / "bessemer"), "eval", "score", "--hyp", str(hyp), "--ref", str(ref),
                    "--metric", "bleu,chrf", "--width", "6"]
        sacrebleu = [sys.executable, "-m", "sacrebleu", str(ref), "-i", str(hyp), "-m", "bleu", "chrf",
                     "-w", "6", "-f", "text"]
        for _ in range(options.turns):
            seconds, said = turn(sacrebleu)
            theirs.append(seconds)
            seconds, answer = turn(bessemer)
            ours.append(seconds)
            equal &= said == answer
    ratio = min(theirs) / min(ours)
    found = {"pairs": options.pairs, "characters": characters, "sacrebleu_seconds": min(theirs),
             "bessemer_seconds": min(ours), "ratio": ratio, "goal": GOAL, "equal": equal,
             "load_average": os.getloadavg()[0], "processors": os.cpu_count()}
    if options.json:
        print(json.dumps({**found, "all_sacrebleu": theirs, "all_bessemer": ours}, indent=1))
    else:
        print(f"{options.pairs:,} pairs, {characters:,} characters: sacrebleu {min(theirs):.2f} s, bessemer "
              f"{min(ours):.2f} s with its start: {ratio:.1f} x (goal {GOAL} x), lines "
              f"{'equal' if equal else 'DIFFER'}; load {found['load_average']:.1f}")
    return 0 if equal and ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
