"""Writes checkpoints of realistic shapes with random weights, for parity sweeps and races.

Weights are drawn in tiles and written as they come, so memory stays small whatever the model. The
directory loads in transformers and mlx-lm; its tokenizer is a plain byte-level one (256 bytes and
two special tokens), enough to run a prompt.

    python tools/checkpoints/make.py llama-1.1b --out DIR [--dtype bf16] [--seed 1] [--shards N]
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, PreTrainedConfig
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen3Config

TILE = 1 << 22  # elements drawn at once
SHARD_BYTES = 2_000_000_000
DTYPES = {"fp32": ("F32", 4, "float32"), "bf16": ("BF16", 2, "bfloat16"), "fp16": ("F16", 2, "float16")}
BEGIN, END = "<|begin|>", "<|end|>"


def _shape(
    config: type[PreTrainedConfig], layers: int, hidden: int, ffn: int, heads: int, kv: int,
    vocab: int, tied: bool, theta: float = 10000.0, **options: Any,
) -> PreTrainedConfig:
    return config(
        num_hidden_layers=layers, hidden_size=hidden, intermediate_size=ffn,
        num_attention_heads=heads, num_key_value_heads=kv, vocab_size=vocab,
        tie_word_embeddings=tied, bos_token_id=256, eos_token_id=257,
        rope_parameters={"rope_type": "default", "rope_theta": theta}, **options,
    )


LLAMA3 = {"rope_type": "llama3", "rope_theta": 5e5, "factor": 32.0, "low_freq_factor": 1.0,
          "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}


def shapes() -> dict[str, PreTrainedConfig]:
    """Published shapes, and the same depths and widths with a small vocabulary for parity."""
    llama32 = _shape(LlamaConfig, 16, 2048, 8192, 32, 8, 128256, True, max_position_embeddings=131072)
    llama32.rope_parameters = LLAMA3
    return {
        "llama-1.1b": _shape(LlamaConfig, 22, 2048, 5632, 32, 4, 32000, False),
        "llama3.2-1b": llama32,
        "qwen2-0.5b": _shape(Qwen2Config, 24, 896, 4864, 14, 2, 151936, True, 1e6),
        "qwen3-0.6b": _shape(Qwen3Config, 28, 1024, 3072, 16, 8, 151936, True, 1e6, head_dim=128),
        "llama-24x896": _shape(LlamaConfig, 24, 896, 2432, 14, 2, 2048, False, 5e5,
                               max_position_embeddings=8192),
        "qwen2-24x896": _shape(Qwen2Config, 24, 896, 2432, 14, 2, 2048, True, 1e6),
        "qwen3-12x512": _shape(Qwen3Config, 12, 512, 1536, 8, 4, 2048, False, 1e6, head_dim=128),
        "mistral-12x512": _shape(MistralConfig, 12, 512, 1536, 8, 2, 2048, False, sliding_window=32),
        "llama-tiny": _shape(LlamaConfig, 4, 256, 768, 4, 2, 512, False),
    }


@dataclass(frozen=True)
class Entry:
    name: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        return math.prod(self.shape)

    @property
    def mean(self) -> float:
        return 1.0 if "norm" in self.name else 0.0

    @property
    def spread(self) -> float:
        """Keeps activations near one through many layers."""
        if len(self.shape) == 1:
            return 0.1
        return 0.05 if "embed_tokens" in self.name else 0.9 / self.shape[1] ** 0.5


def entries(config: PreTrainedConfig) -> list[Entry]:
    """Names and shapes as transformers would save them, without allocating anything."""
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    tied = {"lm_head.weight"} if config.tie_word_embeddings else set()
    return [Entry(n, tuple(t.shape)) for n, t in model.state_dict().items() if n not in tied]


def tiles(entry: Entry, dtype: str, random: np.random.Generator) -> Iterator[np.ndarray]:
    for start in range(0, entry.elements, TILE):
        count = min(TILE, entry.elements - start)
        values = random.standard_normal(count, dtype=np.float32) * np.float32(entry.spread)
        yield _stored(values + np.float32(entry.mean), dtype)


def _stored(values: np.ndarray, dtype: str) -> np.ndarray:
    if dtype == "fp32":
        return values
    if dtype == "fp16":
        return values.astype(np.float16)
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)  # nearest, ties to even


def split(all_entries: list[Entry], count: int) -> list[list[Entry]]:
    """`count` parts of about equal size, in order."""
    total, done = sum(e.elements for e in all_entries), 0
    parts: list[list[Entry]] = [[] for _ in range(count)]
    for entry in all_entries:
        parts[min(count - 1, done * count // total)].append(entry)
        done += entry.elements
    return [part for part in parts if part]


def write_shard(file: BinaryIO, part: list[Entry], dtype: str, random: np.random.Generator) -> None:
    label, width, _ = DTYPES[dtype]
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for entry in part:
        end = offset + entry.elements * width
        header[entry.name] = {"dtype": label, "shape": entry.shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for entry in part:
        for tile in tiles(entry, dtype, random):
            file.write(tile.data)


def write_weights(config: PreTrainedConfig, out: Path, dtype: str, shards: int, seed: int) -> int:
    """Returns the number of bytes of the tensors."""
    listed = entries(config)
    total = sum(e.elements for e in listed) * DTYPES[dtype][1]
    parts = split(listed, shards or max(1, -(-total // SHARD_BYTES)))
    random = np.random.default_rng(seed)
    weight_map = {}
    for number, part in enumerate(parts, 1):
        name = f"model-{number:05d}-of-{len(parts):05d}.safetensors"
        name = name if len(parts) > 1 else "model.safetensors"
        with (out / name).open("wb") as file:
            write_shard(file, part, dtype, random)
        weight_map |= {entry.name: name for entry in part}
    if len(parts) > 1:
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        (out / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    return total


def write_tokenizer(out: Path) -> None:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([BEGIN, END])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=BEGIN, eos_token=END, clean_up_tokenization_spaces=False
    ).save_pretrained(out)


def make(shape: str, out: Path, dtype: str = "bf16", shards: int = 0, seed: int = 1) -> int:
    """Writes the checkpoint `shape` into `out`; returns the bytes of its tensors."""
    config = shapes()[shape]
    config.dtype = DTYPES[dtype][2]
    config.architectures = [type(config).__name__.replace("Config", "ForCausalLM")]
    out.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(out)
    write_tokenizer(out)
    return write_weights(config, out, dtype, shards, seed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shape", choices=sorted(shapes()))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dtype", choices=sorted(DTYPES), default="bf16")
    parser.add_argument("--shards", type=int, default=0, help="files; default: one per 2 GB")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    size = make(arguments.shape, arguments.out, arguments.dtype, arguments.shards, arguments.seed)
    print(f"{arguments.shape} {arguments.dtype}: {size / 1e9:.3f} GB in {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
