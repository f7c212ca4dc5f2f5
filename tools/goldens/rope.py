"""Records rotary frequencies as transformers computes them in fp32, for every kind of scaling.

Each entry holds a configuration, the length of the pass, the bits of the frequencies and the factor
of attention.

    python -P tools/goldens/rope.py [--out libs/models/src/test/resources/rope.json]
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "libs/models/src/test/resources/rope.json"

LLAMA3 = {
    "rope_type": "llama3",
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
LONGROPE = {
    "rope_type": "longrope",
    "original_max_position_embeddings": 4096,
    "short_factor": [1.0 + 0.03 * i for i in range(48)],
    "long_factor": [1.0 + 0.09 * i * i for i in range(48)],
}
# name, head width, theta, context, scaling, lengths of passes
CASES: list[tuple[str, int, float, int, dict[str, Any], list[int]]] = [
    ("default", 8, 1e4, 256, {}, [16]),
    ("default", 64, 1e4, 2048, {}, [16]),
    ("default", 80, 1e4, 2048, {}, [16]),
    ("default", 96, 1e4, 2048, {}, [16]),
    ("default", 128, 1e4, 4096, {}, [16]),
    ("default", 64, 5e5, 8192, {}, [16]),
    ("default", 128, 5e5, 8192, {}, [16]),
    ("default", 64, 1e6, 32768, {}, [16]),
    ("default", 128, 1e6, 32768, {}, [16]),
    ("default", 128, 5e6, 32768, {}, [16]),
    ("linear", 128, 1e4, 4096, {"rope_type": "linear", "factor": 3.0}, [16]),
    ("dynamic", 64, 1e4, 2048, {"rope_type": "dynamic", "factor": 3.0}, [16, 2048, 2049, 3000, 9001]),
    ("dynamic", 128, 1e6, 4096, {"rope_type": "dynamic", "factor": 2.5}, [4096, 5000, 16384]),
    ("yarn", 128, 1e6, 131072, YARN, [16]),
    ("yarn", 64, 1e4, 131072, {**YARN, "beta_fast": 16.0, "beta_slow": 2.0}, [16]),
    ("yarn", 64, 1e4, 131072, {**YARN, "truncate": False}, [16]),
    ("yarn", 64, 1e4, 131072, {**YARN, "factor": 40.0, "mscale": 0.707, "mscale_all_dim": 1.0}, [16]),
    ("yarn", 64, 1e4, 131072, {**YARN, "attention_factor": 1.25}, [16]),
    ("longrope", 96, 1e4, 131072, {**LONGROPE, "factor": 32.0}, [16, 4096, 4097]),
    ("longrope", 96, 1e4, 131072, {**LONGROPE, "factor": 32.0, "attention_factor": 1.1}, [16]),
    ("llama3", 128, 5e5, 131072, {**LLAMA3, "factor": 8.0}, [16]),
    ("llama3", 64, 5e5, 131072, {**LLAMA3, "factor": 32.0}, [16]),
]


def entries(width: int, theta: float, context: int, scaling: dict[str, Any], ends: list[int]):
    rope = {"rope_type": "default", **scaling, "rope_theta": theta}
    config = LlamaConfig(
        vocab_size=8,
        hidden_size=2 * width,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=context,
        rope_parameters=rope,
    )
    for end in ends:
        embedding = LlamaRotaryEmbedding(config)
        embedding(torch.zeros(1), torch.arange(end)[None])
        bits = embedding.inv_freq.view(torch.int32).tolist()
        yield {
            "config": {"rope_parameters": rope, "max_position_embeddings": context},
            "width": width,
            "end": end,
            "bits": bits,
            "attention_factor": embedding.attention_scaling,
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    out = parser.parse_args().out
    torch.set_num_threads(1)
    recorded = [e for _, *case in CASES for e in entries(*case)]
    lines = ",\n ".join(json.dumps(entry) for entry in recorded)
    out.write_text(f"[\n {lines}\n]\n")
    print(f"{out}: {len(recorded)} tables")
    return 0


if __name__ == "__main__":
    sys.exit(main())
