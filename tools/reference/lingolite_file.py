"""Reads checkpoints of LingoLite, whose code is not needed.

They are `.pt` files of three shapes: what its trainer saves (`config`, `model_state_dict` with names
of a compiled model), what its exporter saves (`config`, `state_dict`), and the bare weights beside a
`config.json` or, in one of its own sizes, beside nothing. Also read are directories with
`model.safetensors` and a `config.json`. No code of a checkpoint is executed.
"""

import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from instrument import CannotRecord
from lingolite_model import END, START, Config, LingoLite
from safetensors.torch import load_file
from torch import Tensor

PRESETS = {  # d_model, layers of each stack, n_heads, n_kv_heads, d_ff
    "tiny": (256, 4, 4, 2, 1024),
    "small": (512, 6, 8, 2, 2048),
    "medium": (768, 8, 12, 4, 3072),
    "large": (1024, 12, 16, 4, 4096),
}
COPIES = ("decoder.embedding.weight", "decoder.lm_head.weight")
EMBEDDING = "encoder.embedding.weight"


def is_in(source: Path) -> bool:
    """Whether the directory holds a LingoLite."""
    if not (source / "config.json").is_file():
        return any(source.glob("*.pt"))
    noted = json.loads((source / "config.json").read_text(encoding="utf-8"))
    own = {"model_size", "n_encoder_layers", "n_kv_heads"} & noted.keys()
    return noted.get("model_type", "lingolite" if own else "") == "lingolite"


def weight_files(source: Path) -> list[Path]:
    """What Bessemer reads, too."""
    for name in ("model.safetensors", "pytorch_model.bin"):
        if (source / name).is_file():
            return [source / name]
    found = sorted(source.glob("*.pt"))
    if len(found) != 1:
        raise CannotRecord(f"{source}: {len(found)} .pt files, expected one")
    return found


def load(source: Path) -> LingoLite:
    """The checkpoint in fp32; refuses one whose weights do not all fit the configuration."""
    state, config = read(source)
    model = LingoLite(config)
    copies = COPIES if config.tie_embeddings else COPIES[:1]
    differing = [n for n in copies if n in state and not torch.equal(state[n], state[EMBEDDING])]
    if differing:
        raise CannotRecord(f"{source}: {', '.join(differing)} is not {EMBEDDING}")
    try:
        wrong = model.load_state_dict(state, strict=False)
    except RuntimeError as problem:
        raise CannotRecord(f"{source}: the weights do not fit the config: {problem}") from problem
    missing = sorted(set(wrong.missing_keys) - set(copies))
    if missing or wrong.unexpected_keys:
        raise CannotRecord(
            f"{source}: the weights do not fit the config: missing {missing},"
            f" unexpected {wrong.unexpected_keys}"
        )
    return model.eval()


def read(source: Path) -> tuple[dict[str, Tensor], Config]:
    file = weight_files(source)[0]
    saved: dict[str, Any]
    if file.suffix == ".safetensors":
        saved = load_file(file)
    else:
        saved = torch.load(file, map_location="cpu", weights_only=True)
    method = saved.get("quantization", {}).get("method", "dynamic_fp16")
    if method != "dynamic_fp16":
        raise CannotRecord(f"{file}: quantized by {method}; record what it was made from")
    state = saved.get("model_state_dict", saved.get("state_dict", saved))
    state = {name.removeprefix("_orig_mod."): value for name, value in state.items()}
    if EMBEDDING not in state:
        raise CannotRecord(f"{file}: has no {EMBEDDING}, it is no LingoLite")
    noted = saved.get("config")
    if (source / "config.json").is_file():
        noted = json.loads((source / "config.json").read_text(encoding="utf-8"))
    return state, _config(file, noted) if noted else _of_shapes(file, state)


def _config(file: Path, noted: dict[str, Any]) -> Config:
    size = noted.get("model_size", "small")
    if size not in PRESETS:
        raise CannotRecord(f"{file}: model_size is {size!r}; known are {', '.join(PRESETS)}")
    others = [noted.get("bos_token_id", START), noted.get("eos_token_id", END)]
    if others != [START, END]:
        raise CannotRecord(f"{file}: begin and end are tokens {others}, known are {START} and {END}")
    width, layers, heads, key_heads, inner = PRESETS[size]
    width = noted.get("d_model", width)
    if noted.get("efficient_ffn"):
        inner = -(-8 * width // 192) * 64  # 8 / 3 of the width, up to the next multiple of 64
    usual = {
        "d_model": width, "n_encoder_layers": layers, "n_decoder_layers": layers,
        "n_heads": heads, "n_kv_heads": key_heads, "d_ff": inner,
    }  # fmt: skip
    known = {field.name for field in fields(Config)}
    return Config(**usual | {name: value for name, value in noted.items() if name in known})


def _of_shapes(file: Path, state: dict[str, Tensor]) -> Config:
    vocabulary, width = state[EMBEDDING].shape
    keys = len(state["encoder.layers.0.self_attn.k_proj.weight"])
    fitting = [p for p in PRESETS.values() if p[0] == width and width // p[2] * p[3] == keys]
    if not fitting:
        raise CannotRecord(f"{file}: no config, and a width of {width} with keys of {keys}")
    count = {
        stack: sum(bool(re.fullmatch(rf"{stack}\.layers\.\d+\.norm1\.weight", n)) for n in state)
        for stack in ("encoder", "decoder")
    }
    head = state.get(COPIES[1])
    return Config(
        vocab_size=vocabulary,
        d_model=width,
        n_encoder_layers=count["encoder"],
        n_decoder_layers=count["decoder"],
        n_heads=fitting[0][2],
        n_kv_heads=fitting[0][3],
        d_ff=len(state["encoder.layers.0.ffn.gate_proj.weight"]),
        tie_embeddings=head is None or torch.equal(head, state[EMBEDDING]),
    )


def config_digest(config: Config) -> str:
    """Of what a file without a `config.json` says."""
    return hashlib.sha256(json.dumps(config.noted(), sort_keys=True).encode()).hexdigest()
