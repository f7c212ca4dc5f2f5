"""Makes the model goldens: tiny random checkpoints of every supported shape, with reference packs.

Each folder holds `config.json`, `model.safetensors` (as transformers saves them) and the pack that
`tools/reference/record.py` records for it. Seeded: the same versions write the same files.

    python tools/goldens/models.py [--out libs/models/src/test/resources/goldens] [NAME]...
"""

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

import decoders
import record
import torch
from instrument import BLOCK, Case
from safetensors.torch import load_file
from torch import nn
from transformers import AutoModelForCausalLM
from transformers import LlamaConfig, MistralConfig, PreTrainedConfig, Qwen2Config, Qwen3Config
from transformers.utils import logging

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "libs/models/src/test/resources/goldens"
SIZES: dict[str, Any] = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 56,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
OUTLIER_CHANNELS = (3, 17)


@dataclass(frozen=True)
class Golden:
    config: type[PreTrainedConfig]
    options: dict[str, Any] = field(default_factory=dict)
    theta: float = 10000.0
    scaling: dict[str, Any] = field(default_factory=dict)
    short: int = 16  # tokens of the fully recorded case
    long: int = 0  # tokens of the case of which only block outputs are kept
    outliers: bool = False
    dtype: torch.dtype = torch.float32
    v4: bool = False  # also write config_v4.json, the spelling of transformers 4

    def build(self) -> PreTrainedConfig:
        rope = {"rope_type": "default", "rope_theta": self.theta, **self.scaling}
        return self.config(**{**SIZES, **self.options, "rope_parameters": rope})


ONE_KV_HEAD = {"num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 8192}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}
LONGROPE = {
    "rope_type": "longrope",
    "factor": 4.0,
    "original_max_position_embeddings": 64,
    "short_factor": [1.0, 1.05, 1.2, 1.5],
    "long_factor": [1.0, 1.8, 3.1, 4.0],
}
GOLDENS: dict[str, Golden] = {
    "llama-tied": Golden(LlamaConfig, {"tie_word_embeddings": True}),
    "llama-untied-gqa": Golden(
        LlamaConfig,
        {"vocab_size": 128, "hidden_size": 40, "num_attention_heads": 5, "num_key_value_heads": 1,
         "intermediate_size": 48},
        v4=True,
    ),
    "llama-biases": Golden(LlamaConfig, {"attention_bias": True, "mlp_bias": True}),
    "llama-bf16": Golden(LlamaConfig, {"tie_word_embeddings": True}, dtype=torch.bfloat16),
    "llama3-rope": Golden(LlamaConfig, ONE_KV_HEAD, 5e5, LLAMA3, long=4160, v4=True),
    "llama-linear": Golden(LlamaConfig, scaling={"rope_type": "linear", "factor": 4.0}),
    "llama-dynamic": Golden(
        LlamaConfig,
        {"max_position_embeddings": 64},
        scaling={"rope_type": "dynamic", "factor": 4.0},
        long=150,
    ),
    "llama-yarn": Golden(LlamaConfig, scaling=YARN, long=200, v4=True),
    "llama-longrope": Golden(LlamaConfig, scaling=LONGROPE, long=200),
    "llama-long": Golden(LlamaConfig, ONE_KV_HEAD, 5e5, long=4160),
    "llama-outliers": Golden(LlamaConfig, {"num_hidden_layers": 3, "intermediate_size": 40}, outliers=True),
    "mistral-window": Golden(MistralConfig, {"sliding_window": 8, "intermediate_size": 40}, short=24),
    "mistral-headdim": Golden(MistralConfig, {"head_dim": 12, "sliding_window": None}, 1e6),
    "qwen2-tied": Golden(Qwen2Config, {"tie_word_embeddings": True}, 1e6, v4=True),
    "qwen2-window": Golden(
        Qwen2Config,
        {"use_sliding_window": True, "max_window_layers": 1, "sliding_window": 8,
         "intermediate_size": 40},
        1e6,
        short=24,
    ),
    "qwen3": Golden(Qwen3Config, {"head_dim": 16, "intermediate_size": 40}, 1e6),
    "qwen3-tied": Golden(Qwen3Config, {"head_dim": 12, "tie_word_embeddings": True}, 1e6, v4=True),
}


def randomize(model: nn.Module) -> None:
    """Weights large enough that attention is not uniform and every parameter shows in the logits."""
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if "norm" in name:
            parameter.data = 1 + 0.2 * noise
        elif name.endswith("bias"):
            parameter.data = 0.3 * noise
        elif "embed_tokens" in name:
            parameter.data = (0.15 if model.config.tie_word_embeddings else 0.5) * noise
        else:
            gain = 1.6 if "q_proj" in name or "k_proj" in name else 0.9
            parameter.data = gain * noise / parameter.shape[-1] ** 0.5


def plant_outliers(model: nn.Module) -> None:
    """Two channels of the residual stream carry thousands, as in trained models.

    The embedding holds them and the first block moves them. The norms let little of them through
    and amplify the other channels, which the division by the large mean would otherwise erase.
    """
    channels = list(OUTLIER_CHANNELS)
    embedding = model.model.embed_tokens.weight.data
    embedding[:, channels] = 4000 + 800 * embedding[:, channels]
    model.model.layers[0].mlp.down_proj.weight.data[channels] *= 300
    for name, parameter in model.named_parameters():
        if "norm" in name:
            parameter.data *= 800
            parameter.data[channels] = 0.2


def v4_spelling(config: dict[str, Any]) -> dict[str, Any]:
    """The same config as transformers 4 wrote it: rope_theta, rope_scaling and torch_dtype."""
    old = {k: v for k, v in config.items() if k not in ("rope_parameters", "dtype", "layer_types")}
    rope = dict(config["rope_parameters"])
    old["rope_theta"] = rope.pop("rope_theta")
    old["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    old["torch_dtype"] = config["dtype"]
    old["transformers_version"] = "4.46.0"
    return dict(sorted(old.items()))


def make(name: str, golden: Golden, out: Path) -> str:
    """Writes the checkpoint and its pack; returns a line about them."""
    torch.manual_seed(sum(name.encode()))
    model = AutoModelForCausalLM.from_config(golden.build(), dtype=torch.float32)
    randomize(model)
    if golden.outliers:
        plant_outliers(model)
    folder = out / name
    model.to(golden.dtype).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    config = json.loads((folder / "config.json").read_text())
    if golden.v4:
        (folder / "config_v4.json").write_text(json.dumps(v4_spelling(config), indent=2) + "\n")
    record.record(folder, folder, cases(golden), greedy=12)
    return summary(name, folder)


def cases(golden: Golden) -> list[Case]:
    vocab = golden.build().vocab_size
    short = Case("short", decoders.vocabulary_rows(vocab, 1, golden.short, seed=7))
    batch = Case("batch", decoders.vocabulary_rows(vocab, 2, 12, seed=8), blocks_only=True)
    return [short, batch] + ([decoders.long_case(vocab, golden.long, seed=9)] if golden.long else [])


def summary(name: str, folder: Path) -> str:
    tensors = load_file(folder / "reference.safetensors")
    blocks = max(t.abs().max() for n, t in tensors.items() if BLOCK.search(n.split("/")[1]))
    logits = max(t.abs().max() for n, t in tensors.items() if n.endswith("/logits"))
    kilobytes = sum(file.stat().st_size for file in folder.iterdir()) / 1e3
    return f"{name:18s} {kilobytes:7.1f} kB  max|block| {blocks:9.2f}  max|logits| {logits:6.2f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(GOLDENS)}")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in GOLDENS]
    if unknown:
        parser.error(f"no golden is called {', '.join(unknown)}")
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    for name in arguments.names or GOLDENS:
        print(make(name, GOLDENS[name], arguments.out), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
