"""Keeps many streams of completions open against an OpenAI endpoint, and says what came through.

Each stream asks for a chat completion (or, for models without a chat template, a completion of
text), reads it to its end, and asks again, until the time is over. Times are between pieces of text:
a token that completes no character sends none.
Standard library only.

    python tools/bench/served.py URL KEY MODEL [--streams 32] [--minutes 5] [--json FILE]

URL is the address up to and with `/v1`. Ends with 1 when a request failed.
"""

import argparse
import http.client
import json
import random
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

WORDS = "iron ore coal lime blast furnace heat slag steel ingot mould forge anvil hammer rail".split()
SHOWN_ERRORS = 5


@dataclass
class Outcome:
    """What one stream saw. Times in seconds."""

    first: list[float] = field(default_factory=list)
    between: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: int = 0
    tokens: int = 0  # as the server counts them, else pieces of text
    pieces: int = 0


class Stream(threading.Thread):
    def __init__(self, number: int, asked: argparse.Namespace, start: threading.Barrier):
        super().__init__(daemon=True)
        self.asked, self.start_together = asked, start
        self.numbers = random.Random(number)
        self.outcome = Outcome()

    def run(self) -> None:
        self.start_together.wait()
        end = time.monotonic() + self.asked.minutes * 60
        while time.monotonic() < end:
            try:
                self.request()
            except (OSError, http.client.HTTPException, ValueError, KeyError) as problem:
                self.outcome.errors.append(f"{type(problem).__name__}: {problem}")
                time.sleep(1)

    def request(self) -> None:
        address = urlsplit(self.asked.url)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.netloc, timeout=self.asked.timeout_seconds)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.asked.key}"}
        asked_at = time.monotonic()
        path = address.path + ("/completions" if self.asked.text else "/chat/completions")
        connection.request("POST", path, self.body(), headers)
        response = connection.getresponse()
        if response.status != 200:
            raise ValueError(f"{response.status} {response.read(500)!r}")
        try:
            self.read(response, asked_at)
        finally:
            connection.close()
        self.outcome.requests += 1

    def body(self) -> str:
        prompt = " ".join(self.numbers.choices(WORDS, k=self.asked.prompt_words))
        messages = [{"role": "user", "content": prompt}]
        return json.dumps({
            "model": self.asked.model, "stream": True, "stream_options": {"include_usage": True},
            "max_tokens": self.asked.tokens,
            **({"prompt": prompt} if self.asked.text else {"messages": messages}),
        })

    def read(self, response: http.client.HTTPResponse, asked_at: float) -> None:
        last, pieces, counted, finished = asked_at, 0, 0, False
        for line in response:
            if not line.startswith(b"data:"):
                continue
            data = line[5:].strip()
            if data == b"[DONE]":
                finished = True
                continue
            event: dict[str, Any] = json.loads(data)
            if "error" in event:
                raise ValueError(f"in the stream: {event['error']}")
            counted = (event.get("usage") or {}).get("completion_tokens", counted)
            choices = event.get("choices", [])
            if any(c.get("text") or c.get("delta", {}).get("content") for c in choices):
                now = time.monotonic()
                (self.outcome.between if pieces else self.outcome.first).append(now - last)
                last, pieces = now, pieces + 1
        if not finished:
            raise ValueError(f"the stream broke off after {pieces} pieces")
        self.outcome.tokens += counted or pieces
        self.outcome.pieces += pieces


def percentile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    return 1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))]


def summary(outcomes: list[Outcome], seconds: float) -> dict[str, Any]:
    first = [value for outcome in outcomes for value in outcome.first]
    between = [value for outcome in outcomes for value in outcome.between]
    errors = [error for outcome in outcomes for error in outcome.errors]
    tokens = sum(outcome.tokens for outcome in outcomes)
    per_stream = [outcome.tokens for outcome in outcomes]
    return {
        "seconds": seconds, "requests": sum(outcome.requests for outcome in outcomes),
        "errors": len(errors), "first_errors": errors[:SHOWN_ERRORS],
        "tokens": tokens, "tokens_per_second": tokens / seconds,
        "pieces": sum(outcome.pieces for outcome in outcomes),
        "tokens_of_slowest_stream": min(per_stream), "tokens_of_fastest_stream": max(per_stream),
        "first_token_millis": {"p50": percentile(first, 0.5), "p99": percentile(first, 0.99)},
        "between_tokens_millis": {"p50": percentile(between, 0.5), "p99": percentile(between, 0.99),
                                  "max": percentile(between, 1)},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("url")
    parser.add_argument("key")
    parser.add_argument("model")
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--tokens", type=int, default=128, help="at most, of each answer")
    parser.add_argument("--prompt-words", type=int, default=32)
    parser.add_argument("--text", action="store_true", help="ask /completions, not /chat/completions")
    parser.add_argument("--timeout-seconds", type=float, default=120, help="without a byte")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    barrier = threading.Barrier(asked.streams + 1)
    streams = [Stream(number, asked, barrier) for number in range(asked.streams)]
    for stream in streams:
        stream.start()
    barrier.wait()
    start = time.monotonic()
    for stream in streams:
        stream.join()
    result = summary([stream.outcome for stream in streams], time.monotonic() - start)
    print(json.dumps(result, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1) + "\n")
    return 1 if result["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
