"""Sweeps parity over many shapes: makes checkpoints, records them with PyTorch, converts, validates.

Subjects are the tiny goldens (each spelled for transformers 5, and for 4 where there is one) and
random checkpoints of realistic depth and width from `tools/checkpoints/make.py`. Errors are scaled
as the gates scale them: max|a-b| / max(1, max|reference|).

    python tools/parity/sweep.py --work DIR [--long 4160] [NAME]...

Exit codes: 0 everything proved, 1 something was not, 2 wrong usage.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "libs/models/src/test/resources/goldens"
SHAPES = ("llama-24x896", "qwen2-24x896", "qwen3-12x512", "mistral-12x512")


@dataclass(frozen=True)
class Subject:
    name: str
    source: Path
    pack: Path


@dataclass(frozen=True)
class Result:
    name: str
    verdict: str
    isolated: float
    accumulated: float
    logits: float
    controls: str  # detected / applicable
    exits: tuple[int, int]  # of convert and of validate
    complaint: str = ""

    @property
    def passed(self) -> bool:
        return self.exits == (0, 0) and self.verdict.upper() == "PROVED"


def goldens(work: Path) -> Iterator[Subject]:
    for folder in sorted(GOLDENS.iterdir()):
        for config, suffix in (("config.json", ""), ("config_v4.json", "-v4")):
            if (folder / config).exists():
                source = work / "sources" / f"{folder.name}{suffix}"
                source.mkdir(parents=True, exist_ok=True)
                shutil.copy(folder / "model.safetensors", source)
                shutil.copy(folder / config, source / "config.json")
                yield Subject(source.name, source, folder)


def shaped(name: str, work: Path, long: int) -> Subject:
    """A checkpoint in fp32 with its pack, made once."""
    source, pack = work / "sources" / name, work / "packs" / f"{name}-{long}"
    if not (source / "complete").exists():
        _python("checkpoints/make.py", name, "--out", source, "--dtype", "fp32")
        (source / "complete").touch()
    if not (pack / "reference.json").exists():
        _python("reference/record.py", source, "--out", pack, "--long", long)
    return Subject(name, source, pack)


def _python(script: str, *arguments: Any) -> None:
    subprocess.run([sys.executable, ROOT / "tools" / script, *map(str, arguments)], check=True)


def examine(subject: Subject, bessemer: Path, work: Path) -> Result:
    out = work / "converted" / subject.name
    shutil.rmtree(out, ignore_errors=True)
    reference = ["--reference", str(subject.pack), "--local", "--json"]
    convert = _run(bessemer, "convert", subject.source, "--dtype", "fp32", "--out", out, *reference)
    validate = _run(bessemer, "validate", out, *reference)
    exits = (convert.returncode, validate.returncode)
    report = out / "parity.json"
    if not report.exists():
        complaint = (convert.stderr or convert.stdout).strip().splitlines()[-1:]
        nan = float("nan")
        return Result(subject.name, "none", nan, nan, nan, "", exits, "".join(complaint))
    return _read(subject.name, json.loads(report.read_text()), exits)


def _run(bessemer: Path, *arguments: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([bessemer, *map(str, arguments)], capture_output=True, text=True)


def _read(name: str, report: dict[str, Any], exits: tuple[int, int]) -> Result:
    components = [c for case in report["cases"] for c in case["components"]]
    findings = [control["finding"].upper() for control in report["controls"]]
    applicable = [finding for finding in findings if finding != "NOT_APPLICABLE"]
    return Result(
        name,
        report["verdict"],
        max((_scaled(c["isolated"]) for c in components if c["isolated"]), default=float("nan")),
        max(_scaled(c["accumulated"]) for c in components),
        max(_scaled(case["logits"]["accumulated"]) for case in report["cases"]),
        f"{applicable.count('DETECTED')}/{len(applicable)}",
        exits,
        "; ".join(report["reasons"]),
    )


def _scaled(measured: dict[str, Any]) -> float:
    figures = measured["figures"]
    return float(figures["max_abs"]) / max(1.0, float(figures["max_reference"]))


def table(results: list[Result]) -> str:
    lines = [f"{'':20s} {'verdict':10s} {'isolated':>9s} {'accumul.':>9s} {'logits':>9s} {'controls':>9s}  exits"]
    lines += [
        f"{r.name:20s} {r.verdict:10s} {r.isolated:9.1e} {r.accumulated:9.1e} {r.logits:9.1e} "
        f"{r.controls:>9s}  {r.exits[0]} {r.exits[1]}  {r.complaint}".rstrip()
        for r in results
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; default: all")
    parser.add_argument("--work", type=Path, required=True, help="directory with some 3 GB free")
    parser.add_argument("--long", type=int, default=4160, help="tokens of the shapes' long case")
    parser.add_argument("--bessemer", type=Path, default=ROOT / "bessemer")
    arguments = parser.parse_args()
    listed = list(goldens(arguments.work))
    unknown = set(arguments.names) - {s.name for s in listed} - set(SHAPES)
    if unknown:
        parser.error(f"nothing is called {', '.join(sorted(unknown))}")
    results = []
    for name in arguments.names or [*(s.name for s in listed), *SHAPES]:
        known = [s for s in listed if s.name == name]
        subject = known[0] if known else shaped(name, arguments.work, arguments.long)
        results.append(examine(subject, arguments.bessemer, arguments.work))
        print(table(results[-1:]).splitlines()[-1], flush=True)
    print(table(results))
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
