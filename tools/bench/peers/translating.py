"""What all translators do alike, as `bessemer benchmark` does it with one: sources are read, and
translations written of which start and language are given. The answer is a line of JSON.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import common


def arguments(description: str, *extra: tuple[str, dict]) -> argparse.Namespace:
    beams = ("--beams", {"type": int, "default": 1})
    encode = ("--encode", {"action": "store_true", "help": "only read sources"})
    return common.arguments(description, beams, encode, *extra)


def encoding(peer: Any, asked: argparse.Namespace) -> dict[str, float]:
    """The middle of all runs but the first, as ours."""
    seconds = []
    for run in range(asked.runs + 1):
        tokens = common.prompts(asked.rows, asked.prompt_tokens, asked.vocabulary, common.SEED + run)
        start = time.perf_counter()
        peer.encode(tokens)
        seconds.append(time.perf_counter() - start)
    middle = statistics.median_low(seconds[1:])
    return {"encode_seconds": middle, "encode": asked.rows * asked.prompt_tokens / middle}


def translation(peer: Any, asked: argparse.Namespace) -> dict[str, float]:
    rate = common.measured(peer, asked)
    first = asked.rows * asked.prompt_tokens / rate.prefill
    rest = asked.rows * (asked.tokens - 1) / rate.decode
    return {"decode": rate.decode, "first_token_seconds": first,
            "sentences": asked.rows / (first + rest)}


def run(load: Callable[[argparse.Namespace], Any], asked: argparse.Namespace, *packages: str) -> None:
    answer: dict[str, Any] = {"before_loading": common.memory(),
                              "versions": common.versions(*packages)}
    peer = load(asked)
    answer |= encoding(peer, asked) if asked.encode else translation(peer, asked)
    print(json.dumps(answer))
