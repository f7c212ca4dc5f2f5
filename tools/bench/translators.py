"""Who takes part in the race of translators, how each one's model is made and how it is asked.

A contender answers four kinds of turn with figures: `one` (one sentence), `eight` (eight), `beams`
(one, four beams), `encode` (reading one source). Every turn is a process of its own.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contenders import BENCH


@dataclass(frozen=True)
class Settings:
    work: Path
    threads: int
    source: int  # tokens of a sentence
    tokens: int  # of its translation
    encoded: int  # tokens that are read where only reading is measured
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
        return self.work / "nllb-600m"

    @property
    def pickle(self) -> Path:
        """The same as `pytorch_model.bin`, the form that NLLB is published in."""
        return self.work / "nllb-600m-bin"

    def asks(self, kind: str) -> tuple[int, int, int, int]:
        """Sentences, tokens of each, tokens of a translation, beams."""
        if kind == "encode":
            return 1, self.encoded, 2, 1
        return (8 if kind == "eight" else 1), self.source, self.tokens, 4 if kind == "beams" else 1


@dataclass(frozen=True)
class Ours:
    name: str
    folder: str
    convert: tuple[str, ...]

    def model(self, settings: Settings) -> Path:
        return settings.work / self.folder

    def prepare(self, settings: Settings) -> list[str]:
        return [str(settings.bessemer), "convert", str(settings.checkpoint), *self.convert,
                "--local", "--out", str(self.model(settings))]

    def environment(self) -> dict[str, str]:
        return {}

    def command(self, kind: str, settings: Settings) -> list[str]:
        sentences, source, tokens, beams = settings.asks(kind)
        runs = 10 * settings.runs if kind == "encode" else settings.runs
        return [str(settings.bessemer), "benchmark", str(self.model(settings)), "--local", "--json",
                "--threads", str(settings.threads), "--batch", str(sentences),
                "--prompt-tokens", str(source), "--tokens", str(tokens), "--beams", str(beams),
                "--runs", str(runs)]

    def figures(self, kind: str, output: str, wall_seconds: float) -> dict[str, Any]:
        report = json.loads(output)
        result = report["results"][0]
        encode, asked = result["encode"]["p50"] / 1e3, result["settings"]
        found = {"encode_seconds": encode, "backend": report["backend"],
                 "encode": asked["batch"] * asked["source_tokens"] / encode}
        if kind == "encode":
            return found
        return found | {"decode": result["decode_per_second"],
                        "first_token_seconds": result["first_token"]["p50"] / 1e3,
                        "sentences": result["sentences_per_second"],
                        "token_millis": result["token"]}

    def bytes_per_token(self, settings: Settings) -> int:
        """What a step of one sentence reads: the decoder without the keys and values that its
        sources are turned into once, and the embedding, which is the output layer."""
        return sum(size for name, size in tensor_bytes(self.model(settings)).items()
                   if name.startswith("model.shared.")
                   or (name.startswith("model.decoder.") and not once(name)))


def once(name: str) -> bool:
    return "encoder_attn.k_proj" in name or "encoder_attn.v_proj" in name


def tensor_bytes(model: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for file in model.glob("*.safetensors"):
        with file.open("rb") as data:
            header = json.loads(data.read(int.from_bytes(data.read(8), "little")))
        sizes |= {name: entry["data_offsets"][1] - entry["data_offsets"][0]
                  for name, entry in header.items() if name != "__metadata__"}
    return sizes


@dataclass(frozen=True)
class Theirs:
    name: str
    peer: str  # whose Python runs it
    script: str
    path: str  # of the model, under the working directory
    maker: str = ""  # script that makes it of the checkpoint
    options: tuple[str, ...] = ()

    def model(self, settings: Settings) -> Path:
        return settings.work / self.path

    def prepare(self, settings: Settings) -> list[str]:
        return [settings.python(self.peer), str(BENCH / "peers" / self.maker),
                str(settings.checkpoint), str(self.model(settings))]

    def environment(self) -> dict[str, str]:
        return {}

    def command(self, kind: str, settings: Settings) -> list[str]:
        sentences, source, tokens, beams = settings.asks(kind)
        encode = ["--encode"] if kind == "encode" else []
        runs = max(1, settings.runs // 2) if self.peer == "torch" else settings.runs
        runs = 10 * runs if kind == "encode" else runs
        return [settings.python(self.peer), str(BENCH / "peers" / self.script),
                str(self.model(settings)), "--threads", str(settings.threads),
                "--rows", str(sentences), "--prompt-tokens", str(source), "--tokens", str(tokens),
                "--beams", str(beams), "--runs", str(runs), "--vocabulary", "256000",
                *self.options, *encode]

    def figures(self, kind: str, output: str, wall_seconds: float) -> dict[str, Any]:
        return json.loads(output.strip().splitlines()[-1])


Contender = Ours | Theirs

CONTENDERS: dict[str, Contender] = {
    contender.name: contender
    for contender in (
        Ours("bessemer 4-bit", "nllb-4bit", ("-q", "4", "--group-size", "64")),
        Ours("bessemer 8-bit", "nllb-8bit", ("-q", "8", "--group-size", "64")),
        Ours("bessemer int8", "nllb-int8", ("--dtype", "int8")),
        Theirs("CTranslate2 int8", "ctranslate2", "ctranslate2_peer.py", "nllb-ctranslate2",
               "ctranslate2_export.py"),
        Ours("bessemer bf16", "nllb-bf16", ("--dtype", "bf16")),
        Theirs("PyTorch bf16", "torch", "nllb_torch_peer.py", "nllb-600m",
               options=("--dtype", "bfloat16")),
        Ours("bessemer fp32", "nllb-fp32", ("--dtype", "fp32")),
        Theirs("PyTorch fp32", "torch", "nllb_torch_peer.py", "nllb-600m",
               options=("--dtype", "float32")),
    )
}
