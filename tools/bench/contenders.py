"""Who takes part: Bessemer and its peers, how each one's model is made and how it is asked.

A contender answers four kinds of turn with figures: `row` (one row: prefill, decode), `rows` (many
rows: decode), `cold` and `warm` (load to the first token). Every turn is a process of its own.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parents[1]
FIRST_PROMPT = "sixteen letters."  # 16 tokens of the byte-level tokenizer


@dataclass(frozen=True)
class Settings:
    work: Path
    threads: int
    prompt: int  # tokens of the prompt of one row
    tokens: int  # decoded after the first
    rows: int
    rows_prompt: int
    rows_tokens: int
    runs: int
    bessemer: Path
    pythons: dict[str, str] = field(default_factory=dict)

    def python(self, peer: str) -> str:
        """The Python in which a peer is installed."""
        name = f"BENCH_PYTHON_{peer.upper()}"
        return self.pythons.get(peer) or os.environ.get(name) or str(
            self.work / "peers" / peer / "bin" / "python"
        )

    @property
    def checkpoint(self) -> Path:
        return self.work / "llama-1.1b-bf16"

    def asks(self, kind: str) -> tuple[int, int, int]:
        """Rows, prompt tokens and tokens, the first included, of a kind of turn."""
        if kind == "row":
            return 1, self.prompt, self.tokens + 1
        if kind == "rows":
            return self.rows, self.rows_prompt, self.rows_tokens + 1
        return 1, len(FIRST_PROMPT), 2


@dataclass(frozen=True)
class Ours:
    name: str
    folder: str
    convert: tuple[str, ...]
    java_options: str = ""

    def model(self, settings: Settings) -> Path:
        return settings.work / self.folder

    def prepare(self, settings: Settings) -> list[str]:
        return [str(settings.bessemer), "convert", str(settings.checkpoint), *self.convert,
                "--local", "--out", str(self.model(settings))]

    def environment(self) -> dict[str, str]:
        return {"BESSEMER_JAVA_OPTIONS": self.java_options} if self.java_options else {}

    def command(self, kind: str, settings: Settings) -> list[str]:
        model, threads = str(self.model(settings)), ["--threads", str(settings.threads), "--local"]
        if kind in ("cold", "warm"):
            return [str(settings.bessemer), "generate", model, *threads, "--raw", "--prompt",
                    FIRST_PROMPT, "--max-tokens", "1", "--temperature", "0", "--json"]
        rows, prompt, tokens = settings.asks(kind)
        return [str(settings.bessemer), "benchmark", model, *threads, "--json",
                "--batch", str(rows), "--prompt-tokens", str(prompt), "--tokens", str(tokens),
                "--runs", str(settings.runs)]

    def figures(self, kind: str, output: str, wall_seconds: float) -> dict[str, Any]:
        """The first token counts from the start of the process to its end."""
        if kind in ("cold", "warm"):
            return {"first_token_seconds": wall_seconds}
        report = json.loads(output)
        result = report["results"][0]
        return {"prefill": result["prefill_per_second"], "decode": result["decode_per_second"],
                "backend": report["backend"], "token_millis": result["token"]}

    def bytes_per_token(self, settings: Settings) -> int:
        """What a step reads: every tensor but the rows of the embedding that it does not look up."""
        total = 0
        for file in self.model(settings).glob("*.safetensors"):
            with file.open("rb") as data:
                header = json.loads(data.read(int.from_bytes(data.read(8), "little")))
            total += sum(
                entry["data_offsets"][1] - entry["data_offsets"][0]
                for name, entry in header.items()
                if name != "__metadata__" and "embed_tokens" not in name
            )
        return total


@dataclass(frozen=True)
class Theirs:
    name: str
    peer: str  # whose Python runs it, and which script
    path: str  # of the model, under the working directory
    maker: tuple[str, ...] = ()  # script and arguments after the checkpoint and the folder
    options: tuple[str, ...] = ()

    def model(self, settings: Settings) -> Path:
        return settings.work / self.path

    def prepare(self, settings: Settings) -> list[str]:
        script, *rest = self.maker
        folder = self.model(settings).parent if script == "gguf_write.py" else self.model(settings)
        python = settings.python("export" if script == "openvino_export.py" else self.peer)
        return [python, str(BENCH / "peers" / script), str(settings.checkpoint), str(folder), *rest]

    def environment(self) -> dict[str, str]:
        return {}

    def command(self, kind: str, settings: Settings) -> list[str]:
        rows, prompt, tokens = settings.asks(kind)
        first = ["--first"] if kind in ("cold", "warm") else []
        return [settings.python(self.peer), str(BENCH / "peers" / f"{self.peer}_peer.py"),
                str(self.model(settings)), "--threads", str(settings.threads), "--rows", str(rows),
                "--prompt-tokens", str(prompt), "--tokens", str(tokens),
                "--runs", str(settings.runs), *self.options, *first]

    def figures(self, kind: str, output: str, wall_seconds: float) -> dict[str, Any]:
        return json.loads(output.strip().splitlines()[-1])


Contender = Ours | Theirs


def _gguf(kind: str) -> Theirs:
    return Theirs(f"llama.cpp {kind}", "llama", f"gguf/{kind}.gguf", ("gguf_write.py", kind))


CONTENDERS: dict[str, Contender] = {
    contender.name: contender
    for contender in (
        Ours("bessemer 4-bit", "llama-1.1b-4bit", ("-q", "4", "--group-size", "64")),
        _gguf("Q4_0"),
        _gguf("Q4_K_M"),
        Theirs("onnxruntime int4", "onnx", "onnx-int4", ("onnx_export.py",)),
        Theirs("OpenVINO int4", "openvino", "openvino-int4", ("openvino_export.py",)),
        Ours("bessemer 4-bit java", "llama-1.1b-4bit", ("-q", "4", "--group-size", "64"),
             "-Dbessemer.kernels=java"),
        Ours("bessemer 8-bit", "llama-1.1b-8bit", ("-q", "8", "--group-size", "64")),
        _gguf("Q8_0"),
        Ours("bessemer bf16", "llama-1.1b-mlx-bf16", ("--dtype", "bf16")),
        _gguf("BF16"),
        Theirs("PyTorch bf16", "torch", "llama-1.1b-bf16", (), ("--dtype", "bfloat16")),
        Ours("bessemer fp32", "llama-1.1b-mlx-fp32", ("--dtype", "fp32")),
        Theirs("PyTorch fp32", "torch", "llama-1.1b-bf16", (), ("--dtype", "float32")),
    )
}


def make_checkpoint(settings: Settings) -> None:
    """Writes the random checkpoint that all forms come from, once, in PyTorch's Python."""
    if settings.checkpoint.exists():
        return
    print(f"making {settings.checkpoint} ...", flush=True)
    part = settings.checkpoint.with_name("checkpoint.part")
    make = [settings.python("torch"), str(ROOT / "tools/checkpoints/make.py"), "llama-1.1b",
            "--out", str(part), "--dtype", "bf16"]
    subprocess.run(make, check=True)
    part.rename(settings.checkpoint)


def make_model(contender: Contender, settings: Settings) -> None:
    """Converts or exports the contender's model, once; later runs find it."""
    if contender.model(settings).exists():
        return
    print(f"making the model of {contender.name} ...", flush=True)
    command = contender.prepare(settings)
    if not shutil.which(command[0]):
        raise FileNotFoundError(f"{command[0]} does not exist: see tools/bench/README.md")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 or not contender.model(settings).exists():
        raise RuntimeError(f"{' '.join(command)}\n{(done.stdout + done.stderr)[-2000:]}")
