"""Records a Qwen2 of realistic depth and width: 24 layers of 896, weights from a hash.

Nothing but the configuration, the tokens and some rows of PyTorch's logits and block outputs is
kept; the test makes the same weights from the same hash.

    python -P tools/goldens/realistic.py [--out libs/models/src/test/resources/realistic.json]
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "libs/models/src/test/resources/realistic.json"
SIZES = {
    "hidden_size": 896,
    "intermediate_size": 2432,
    "num_hidden_layers": 24,
    "num_attention_heads": 14,
    "num_key_value_heads": 2,
    "vocab_size": 4096,
    "max_position_embeddings": 32768,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": True,
}
TOKENS = 24
KEPT = 64  # values of a row
LAYERS = (0, 11, 23)


def hashed(name: str, count: int) -> np.ndarray:
    """`count` floats in [-1, 1), multiples of 2^-23: SplitMix64 of a counter, begun at the name."""
    seed = np.uint64(0xCBF29CE484222325)
    with np.errstate(over="ignore"):
        for byte in name.encode():
            seed = (seed ^ np.uint64(byte)) * np.uint64(0x100000001B3)
        z = seed + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) / np.float32(1 << 23)


def fill(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """One fp32 product, and a sum for norms: Java does the same operations."""
    values = hashed(name, int(np.prod(shape))).reshape(shape)
    if "norm" in name:
        return torch.from_numpy(np.float32(1) + np.float32(0.25) * values)
    if name.endswith("bias"):
        return torch.from_numpy(np.float32(0.5) * values)
    return torch.from_numpy(np.float32(0.0625) * values)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    out = parser.parse_args().out
    rope = {"rope_type": "default", "rope_theta": 1e6}
    config = Qwen2Config(**SIZES, rope_parameters=rope, attn_implementation="eager")
    model = Qwen2ForCausalLM(config).float().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(fill(name, tuple(parameter.shape)))
    tokens = [(i * 1237 + 11) % SIZES["vocab_size"] for i in range(TOKENS)]
    blocks: dict[str, list[float]] = {}
    for i in LAYERS:
        path = f"model.layers.{i}"

        def keep(_module, _inputs, output, path=path):
            hidden = output[0] if isinstance(output, tuple) else output
            blocks[path] = hidden.reshape(-1, SIZES["hidden_size"])[-1].tolist()

        model.model.layers[i].register_forward_hook(keep)
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0, -1]
    recorded = {
        "config": {"model_type": "qwen2", **SIZES, "rope_parameters": rope},
        "tokens": tokens,
        "blocks": {path: row[:KEPT] for path, row in blocks.items()},
        "largest": {path: max(map(abs, row)) for path, row in blocks.items()},
        "logits": logits[:KEPT].tolist(),
        "largest_logit": logits.abs().max().item(),
        "best": logits.argmax().item(),
    }
    out.write_text(json.dumps(recorded) + "\n")
    print(f"{out}: max|logits| {recorded['largest_logit']:.2f}, {recorded['largest']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
