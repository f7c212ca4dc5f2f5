"""What all peers do alike: prompts read and tokens decoded, greedy, on random token ids.

As `bessemer benchmark` does it: a run that warms up and is not counted, then the counted ones, each
with an empty cache; every token is computed and read before the clock is. The answer is a line of
JSON, the last on standard output.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

SEED = 2025


class Peer(Protocol):
    """Steps can be timed one by one."""

    def prompt(self, tokens: list[list[int]]) -> None:
        """Empties the cache, reads one prompt a row, and ends when the first tokens are known."""

    def step(self) -> None:
        """Reads the last token of every row and ends when the next ones are known."""


class Whole(Protocol):
    """Generates in one call, and says itself how long which part took."""

    def generate(self, tokens: list[list[int]], count: int) -> tuple[float, float]:
        """Seconds until the first tokens, and from there to the last."""


@dataclass(frozen=True)
class Rate:
    prefill: float  # prompt tokens a second, all rows
    decode: float  # tokens a second after the first, all rows


def arguments(description: str, *extra: tuple[str, dict]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--first", action="store_true", help="only load, and the first token")
    parser.add_argument("--vocabulary", type=int, default=32000, help="token ids are below")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--prompt-tokens", type=int, default=512)
    parser.add_argument("--tokens", type=int, default=129, help="the first included")
    parser.add_argument("--runs", type=int, default=1)
    for name, options in extra:
        parser.add_argument(name, **options)
    return parser.parse_args()


def prompts(rows: int, length: int, vocabulary: int, seed: int = SEED) -> list[list[int]]:
    numbers = random.Random(seed)
    return [[numbers.randrange(vocabulary) for _ in range(length)] for _ in range(rows)]


def stepped(peer: Peer, tokens: list[list[int]], count: int) -> tuple[float, float]:
    start = time.perf_counter()
    peer.prompt(tokens)
    first = time.perf_counter()
    for _ in range(count - 1):
        peer.step()
    return first - start, time.perf_counter() - first


def measured(peer: Peer | Whole, asked: argparse.Namespace) -> Rate:
    prefill = decode = 0.0
    for run in range(asked.runs + 1):
        tokens = prompts(asked.rows, asked.prompt_tokens, asked.vocabulary, SEED + run)
        if hasattr(peer, "generate"):
            first, rest = peer.generate(tokens, asked.tokens)
        else:
            first, rest = stepped(peer, tokens, asked.tokens)
        if run > 0:
            prefill += first
            decode += rest
    counted = asked.rows * asked.runs
    return Rate(counted * asked.prompt_tokens / prefill, counted * (asked.tokens - 1) / decode)


def memory() -> dict[str, int]:
    """What the process takes, in bytes: all that is resident, and of that what is its own."""
    lines = Path("/proc/self/status").read_text().splitlines()
    sizes = {line.split()[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}
    return {"resident": sizes["VmRSS:"], "private": sizes["RssAnon:"]}


def versions(*packages: str) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


def run(
    load: Callable[[argparse.Namespace], Peer | Whole], asked: argparse.Namespace, *packages: str
) -> None:
    """Loads, measures and answers. Python's own start, imports and memory are kept apart."""
    answer: dict[str, Any] = {"before_loading": memory(), "versions": versions(*packages)}
    start = time.perf_counter()
    peer = load(asked)
    if asked.first:
        tokens = prompts(1, asked.prompt_tokens, asked.vocabulary)
        peer.generate(tokens, 1) if hasattr(peer, "generate") else peer.prompt(tokens)
        answer["first_token_seconds"] = time.perf_counter() - start
    else:
        answer |= asdict(measured(peer, asked))
    print(json.dumps(answer))
