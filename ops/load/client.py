"""A gateway as the load tools see it: JSON over one kept connection, and streams of events."""

import hashlib
import http.client
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class Refused(Exception):
    def __init__(self, status: int, body: str, headers: Any):
        super().__init__(f"{status}: {body[:500]}")
        self.status = status
        self.headers = headers


@dataclass(frozen=True)
class Message:
    """One event of a stream, and when it came (seconds since 1970)."""

    event: str
    data: str
    came: float


def home() -> Path:
    return Path(os.environ.get("BESSEMER_HOME") or Path.home() / ".bessemer")


def running_url() -> str:
    return json.loads((home() / "cluster.json").read_text())["url"]


class Client:
    """One connection; not for several threads."""

    def __init__(self, url: str, key: str, timeout: float = 60):
        parts = urlsplit(url)
        if parts.scheme != "http":
            raise SystemExit(f"{url}: the load tools speak http, on the gateway's own machine")
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        self.headers = {"Authorization": "Bearer " + key}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        status, answer, got = self.raw(method, path, body, **headers)
        if status >= 300:
            raise Refused(status, answer.decode(errors="replace"), got)
        return json.loads(answer) if answer else None

    def raw(self, method: str, path: str, body: Any = None, **headers: str):
        """Status, body and headers; a body that is no bytes goes as JSON."""
        sent = dict(self.headers)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        elif body is not None:
            sent["Content-Type"] = "application/octet-stream"
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        self.connection.request(method, path, body=body, headers=sent)
        answer = self.connection.getresponse()
        return answer.status, answer.read(), answer.headers

    def stream(self, method: str, path: str, body: Any = None) -> Iterator[Message | None]:
        """Its messages until it ends; None for each comment, the first of which says that one is heard."""
        sent = dict(self.headers, Accept="text/event-stream")
        if body is not None:
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        self.connection.request(method, path, body=body, headers=sent)
        answer = self.connection.getresponse()
        if answer.status != 200:
            raise Refused(answer.status, answer.read().decode(errors="replace"), answer.headers)
        event, data = "message", []
        while line := answer.readline():
            came = time.time()
            text = line.decode().rstrip("\r\n")
            if text.startswith("data:"):
                data.append(text[5:].removeprefix(" "))
            elif text.startswith("event:"):
                event = text[6:].strip()
            elif text.startswith(":"):
                yield None
            elif not text and data:
                yield Message(event, "\n".join(data), came)
                event, data = "message", []

    def close(self) -> None:
        self.connection.close()


def upload(client: Client, folder: Path) -> str:
    """Registers a folder as a source and sends its files; the id."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    declared = [
        {
            "file": file.name,
            "bytes": file.stat().st_size,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        }
        for file in files
    ]
    source = client.call("POST", "/api/v1/sources", {"name": folder.name, "files": declared})
    if not source["complete"]:
        for file in files:
            client.call("PUT", f"/api/v1/sources/{source['id']}/files/{file.name}", file.read_bytes())
    return source["id"]


def percentiles(values: list[float]) -> dict[str, float]:
    """Of values in seconds; in milliseconds."""
    ordered = sorted(values)
    if not ordered:
        return {}

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 3)

    return {"count": len(ordered), "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1)}
