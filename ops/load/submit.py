"""Submits many jobs at once and checks what must hold for each of them.

200 requests by 20 clients, a tenth of which repeat an idempotency key, sometimes while the first
request with that key is under way. Then, from the job's rows and its events:

* a key has one job, whoever asked first; the same key with another specification is 409;
* every job has ended, once: its events count from 1 without gaps, the last is its only end;
* priorities were kept: no job began while one with a higher priority had been waiting for longer
  than --slack seconds;
* the stream of all jobs told of every end, and how soon (its clock is the database's: run this on
  the same machine).

    python ops/load/submit.py [--url URL --key-file FILE] [--source DIR] [--jobs 200] [--json FILE]

Python's standard library is enough. Exit code 1 if something did not hold.
"""

import argparse
import json
import random
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from client import Client, Refused, home, percentiles, running_url, upload

ROOT = Path(__file__).resolve().parents[2]
ENDS = ("succeeded", "failed", "cancelled")
PRIORITIES = (-10, 0, 10)


@dataclass
class Watch:
    """What the stream of all jobs tells, by job and state: when it came first."""

    listening: threading.Event = field(default_factory=threading.Event)
    came: dict[tuple[str, str], float] = field(default_factory=dict)
    missed: int = 0
    failure: str = ""

    def run(self, url: str, key: str) -> None:
        try:
            for message in Client(url, key, timeout=600).stream("GET", "/api/v1/events"):
                self.listening.set()
                if message and message.event == "missed":
                    self.missed += 1
                elif message:
                    job = json.loads(message.data)
                    self.came.setdefault((job["id"], job["state"]), message.came)
        except (OSError, Refused) as e:
            self.failure = str(e)
        self.listening.set()


@dataclass
class Plan:
    """One request: which key, which job, from which client."""

    key: str
    spec: dict[str, Any]
    priority: int
    answer: str = ""
    error: str = ""


def plans(source: str, jobs: int, duplicates: float, run: str) -> list[Plan]:
    repeated = round(jobs * duplicates)
    made = []
    for i in range(jobs - repeated):
        spec = {"source": source, "name": f"load-{run}-{i}", "bits": 4, "group_size": 32}
        made.append(Plan(f"{run}-{i}", spec, random.choice(PRIORITIES)))
    made += [Plan(p.key, p.spec, p.priority) for p in random.sample(made, repeated)]
    random.shuffle(made)
    return made


def submit_all(url: str, key: str, all_plans: list[Plan], clients: int) -> float:
    barrier = threading.Barrier(clients + 1)

    def one(mine: list[Plan]) -> None:
        client = Client(url, key)
        barrier.wait()
        for plan in mine:
            body = {"kind": "convert", "spec": plan.spec, "priority": plan.priority}
            try:
                plan.answer = client.call("POST", "/api/v1/jobs", body, Idempotency_Key=plan.key)["id"]
            except (OSError, Refused) as e:
                plan.error = str(e)
        client.close()

    threads = [threading.Thread(target=one, args=(all_plans[i::clients],)) for i in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun = time.time()
    for thread in threads:
        thread.join()
    return time.time() - begun


def wait_for_ends(client: Client, ids: list[str], seconds: float) -> dict[str, dict[str, Any]]:
    deadline = time.time() + seconds
    jobs: dict[str, dict[str, Any]] = {}
    open_ids = list(ids)
    while open_ids and time.time() < deadline:
        still = []
        for id in open_ids:
            jobs[id] = client.call("GET", f"/api/v1/jobs/{id}")
            if jobs[id]["state"] not in ENDS:
                still.append(id)
        open_ids = still
        print(f"\r{len(ids) - len(open_ids)} of {len(ids)} ended ", end="", file=sys.stderr, flush=True)
        if open_ids:
            time.sleep(1)
    print(file=sys.stderr)
    return jobs


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def history(client: Client, id: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while True:
        after = events[-1]["seq"] if events else 0
        page = client.call("GET", f"/api/v1/jobs/{id}/events?after={after}", Accept="application/json")
        events += page["items"]
        if not page["cursor"]:
            return events


def check_history(id: str, events: list[dict[str, Any]]) -> list[str]:
    wrong = []
    if [e["seq"] for e in events] != list(range(1, len(events) + 1)):
        wrong.append(f"{id}: its events do not count from 1 without gaps")
    ends = [e["type"] for e in events if e["type"] in ENDS]
    if len(ends) != 1 or events[-1]["type"] not in ENDS:
        wrong.append(f"{id}: ended {len(ends)} times: {ends}")
    if sum(e["type"] == "submitted" for e in events) != 1:
        wrong.append(f"{id}: was submitted more or less than once")
    return wrong


def inversions(jobs: list[dict[str, Any]], slack: float) -> list[str]:
    """Jobs that began while a more urgent one had been waiting for longer than `slack`."""
    wrong = []
    begun = [j for j in jobs if j["started_at"]]
    for job in begun:
        for other in begun:
            if (
                other["priority"] > job["priority"]
                and at(other["created_at"]) + slack < at(job["started_at"]) < at(other["started_at"])
            ):
                wrong.append(
                    f"{job['id']} (priority {job['priority']}) began at {job['started_at']}, before"
                    f" {other['id']} (priority {other['priority']}, waiting since {other['created_at']})"
                )
                break
    return wrong


def conflict(client: Client, plan: Plan) -> list[str]:
    other = dict(plan.spec, bits=8)
    body = {"kind": "convert", "spec": other, "priority": plan.priority}
    status, _, _ = client.raw("POST", "/api/v1/jobs", body, Idempotency_Key=plan.key)
    return [] if status == 409 else [f"the same key with another specification: {status}, not 409"]


def latencies(watch: Watch, jobs: list[dict[str, Any]]) -> dict[str, list[float]]:
    states = {"queued": "created_at", "running": "started_at"} | {end: "finished_at" for end in ENDS}
    result: dict[str, list[float]] = {"queued": [], "running": [], "ended": []}
    for job in jobs:
        for state, since in states.items():
            came = watch.came.get((job["id"], state))
            if came is not None and job[since]:
                result["ended" if state in ENDS else state].append(came - at(job[since]))
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--url", help="default: the cluster of $BESSEMER_HOME")
    parser.add_argument("--key-file", type=Path, help="default: $BESSEMER_HOME/admin.key")
    parser.add_argument("--source", type=Path, default=ROOT / "examples/tiny-llama")
    parser.add_argument("--jobs", type=int, default=200, help="requests, repeated ones included")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--duplicates", type=float, default=0.1)
    parser.add_argument("--slack", type=float, default=2, help="seconds; a claim takes a moment")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds until all must have ended")
    parser.add_argument("--keep", action="store_true", help="keep the models")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    url = arguments.url or running_url()
    key = (arguments.key_file or home() / "admin.key").read_text().strip()
    run = uuid.uuid4().hex[:8]
    client = Client(url, key)
    source = upload(client, arguments.source)

    watch = Watch()
    threading.Thread(target=watch.run, args=(url, key), daemon=True).start()
    watch.listening.wait(10)
    all_plans = plans(source, arguments.jobs, arguments.duplicates, run)
    submitting = submit_all(url, key, all_plans, arguments.clients)

    wrong = [f"{plan.key}: {plan.error}" for plan in all_plans if plan.error]
    by_key: dict[str, set[str]] = {}
    for plan in all_plans:
        by_key.setdefault(plan.key, set()).add(plan.answer)
    wrong += [f"{key} has {len(ids)} jobs" for key, ids in by_key.items() if len(ids) != 1]
    wrong += conflict(client, all_plans[0])
    ids = sorted({plan.answer for plan in all_plans if plan.answer})
    begun = time.time()
    jobs = wait_for_ends(client, ids, arguments.timeout)
    working = time.time() - begun
    states: dict[str, int] = {}
    for job in jobs.values():
        states[job["state"]] = states.get(job["state"], 0) + 1
        if job["state"] != "succeeded":
            wrong.append(f"{job['id']}: {job['state']} {job['error'] or ''}")
    for id in ids:
        wrong += check_history(id, history(client, id))
    inverted = inversions(list(jobs.values()), arguments.slack)
    wrong += inverted
    unseen = [id for id in ids if not any((id, end) in watch.came for end in ENDS)]
    wrong += [f"{id}: the stream did not tell of its end" for id in unseen]
    if watch.failure:
        wrong.append(f"the stream of all jobs: {watch.failure}")
    if not arguments.keep:
        for plan in {plan.key: plan for plan in all_plans}.values():
            client.raw("DELETE", f"/api/v1/models/{plan.spec['name']}")

    heard = {name: percentiles(values) for name, values in latencies(watch, list(jobs.values())).items()}
    result = {
        "requests": len(all_plans),
        "clients": arguments.clients,
        "jobs": len(ids),
        "states": states,
        "submit_seconds": round(submitting, 3),
        "work_seconds": round(working, 1),
        "inversions": len(inverted),
        "stream_missed": watch.missed,
        "heard_after_ms": heard,
        "wrong": wrong,
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{len(all_plans)} requests of {arguments.clients} clients in {submitting:.2f} s: {len(ids)} jobs, {states}")
    print(f"the last one ended {working:.1f} s later; began out of order: {len(inverted)}")
    for name, values in heard.items():
        print(f"heard of {name:8} after, ms: {values}")
    for line in wrong[:20]:
        print("WRONG", line)
    print("all held" if not wrong else f"{len(wrong)} did not hold")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
