"""What the gateway adds: the same request straight to a service and through the gateway.

Both ways alternate, one request at a time over kept connections, so that whatever else the machine
does falls on both. The straight way needs a token as the gateway makes it, so this runs on the
gateway's own machine, as the user who may read keys/token.key.

* A request: GET /api/v1/models (a query of the database) and GET /v1/models.
* A streamed token, with --model: /v1/chat/completions with the same prompt and seed. Time to the
  first token, time between tokens, and the whole stream divided by its tokens.

    python ops/load/gateway_overhead.py [--requests 3000] [--model NAME] [--streams 30] [--json FILE]

Python's standard library and the openssl command are enough. Measure on a quiet machine.
"""

import argparse
import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from client import Client, home, percentiles, running_url


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw_signature(der: bytes) -> bytes:
    """The two numbers of an ECDSA signature, 32 bytes each, as JWS wants them."""
    numbers, place = b"", 2
    for _ in range(2):
        length = der[place + 1]
        numbers += der[place + 2 : place + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        place += 2 + length
    return numbers


class Token:
    """Signed with the installation's key for one service; a new one every 30 s."""

    def __init__(self, key: Path, audience: str):
        self.key = key
        self.audience = audience
        self.text = ""
        self.until = 0.0

    def fresh(self) -> str:
        if time.time() > self.until:
            now = int(time.time())
            claims = {
                "iss": "bessemer-gateway",
                "aud": self.audience,
                "sub": "benchmark",
                "tenant": "default",
                "scope": "infer read",
                "iat": now,
                "exp": now + 60,
            }
            parts = [{"alg": "ES256"}, claims]
            signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
            command = ["openssl", "dgst", "-sha256", "-sign", str(self.key)]
            der = subprocess.run(command, input=signed.encode(), check=True, capture_output=True).stdout
            self.text = signed + "." + base64url(raw_signature(der))
            self.until = time.time() + 30
        return self.text


class Way:
    """A connection and how its authorization is kept fresh."""

    def __init__(self, url: str, token: Callable[[], str]):
        self.client = Client(url, "")
        self.token = token

    def ready(self) -> Client:
        self.client.headers["Authorization"] = "Bearer " + self.token()
        return self.client

    def get(self, path: str) -> float:
        client = self.ready()
        begun = time.perf_counter()
        status, body, _ = client.raw("GET", path)
        took = time.perf_counter() - begun
        if status != 200:
            raise SystemExit(f"{path}: {status} {body[:300]!r}")
        return took

    def tokens(self, body: dict[str, Any]) -> list[float]:
        """When each piece of text came, in seconds after the request was sent."""
        client = self.ready()
        begun = time.time()
        came = []
        for message in client.stream("POST", "/v1/chat/completions", body):
            if message and message.data != "[DONE]":
                choices = json.loads(message.data).get("choices") or [{}]
                if choices[0].get("delta", {}).get("content"):
                    came.append(message.came - begun)
        return came


def alternate(straight: Way, gateway: Way, path: str, requests: int) -> dict[str, Any]:
    for _ in range(max(200, requests // 10)):  # until both are compiled
        straight.get(path)
        gateway.get(path)
    times: dict[str, list[float]] = {"straight": [], "gateway": []}
    for i in range(requests):
        for name, way in (("straight", straight), ("gateway", gateway))[:: 1 if i % 2 else -1]:
            times[name].append(way.get(path))
    return compared(times)


def compared(times: dict[str, list[float]]) -> dict[str, Any]:
    result: dict[str, Any] = {name: percentiles(values) for name, values in times.items()}
    if all(times.values()):
        result["added"] = {
            name: round(result["gateway"][name] - result["straight"][name], 3)
            for name in ("p50", "p90", "p99")
        }
    return result


def streams(straight: Way, gateway: Way, model: str, count: int, tokens: int) -> dict[str, Any]:
    body = {
        "model": model,
        "stream": True,
        "seed": 1,
        "temperature": 0,
        "max_tokens": tokens,
        "messages": [{"role": "user", "content": "Count."}],
    }
    first: dict[str, list[float]] = {"straight": [], "gateway": []}
    between: dict[str, list[float]] = {"straight": [], "gateway": []}
    whole: dict[str, list[float]] = {"straight": [], "gateway": []}
    for i in range(count + 4):
        for name, way in (("straight", straight), ("gateway", gateway))[:: 1 if i % 2 else -1]:
            came = way.tokens(body)
            if len(came) < 2:
                raise SystemExit(f"{model} made {len(came)} pieces of text; a stream needs more")
            if i >= 4:
                first[name].append(came[0])
                between[name] += [b - a for a, b in zip(came, came[1:])]
                whole[name].append((came[-1] - came[0]) / (len(came) - 1))
    return {
        "first_token": compared(first),
        "between_tokens": compared(between),
        "stream_by_tokens": compared(whole),
    }


def service_url(home_directory: Path, name: str) -> str:
    cluster = json.loads((home_directory / "cluster.json").read_text())
    return f"http://127.0.0.1:{cluster['ports'][name]}"


def table(title: str, compared_times: dict[str, Any]) -> None:
    print(f"\n{title}, ms")
    print(f"{'':10}{'p50':>10}{'p90':>10}{'p99':>10}{'max':>10}")
    for name, values in compared_times.items():
        cells = [f"{values[p]:10.3f}" if p in values else " " * 10 for p in ("p50", "p90", "p99", "max")]
        print(f"{name:10}" + "".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--url", help="the gateway; default: the cluster of $BESSEMER_HOME")
    parser.add_argument("--conversion-url", help="default: from cluster.json")
    parser.add_argument("--inference-url", help="default: from cluster.json")
    parser.add_argument("--key-file", type=Path, default=home() / "admin.key")
    parser.add_argument("--token-key", type=Path, default=home() / "keys/token.key")
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--model", help="a model of the catalogue, for streams")
    parser.add_argument("--streams", type=int, default=30)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    key = arguments.key_file.read_text().strip()
    gateway = Way(arguments.url or running_url(), lambda: key)
    services = {
        "conversion-service": arguments.conversion_url or service_url(home(), "conversion-service"),
        "inference-service": arguments.inference_url or service_url(home(), "inference-service"),
    }
    straight = {
        name: Way(url, Token(arguments.token_key, name).fresh) for name, url in services.items()
    }
    result: dict[str, Any] = {}
    for path, service in (("/api/v1/models", "conversion-service"), ("/v1/models", "inference-service")):
        result[path] = alternate(straight[service], gateway, path, arguments.requests)
        table(f"GET {path}", result[path])
    if arguments.model:
        result["stream"] = streams(
            straight["inference-service"], gateway, arguments.model, arguments.streams, arguments.tokens
        )
        for name, values in result["stream"].items():
            table(name.replace("_", " "), values)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
