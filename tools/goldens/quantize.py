"""Makes the quantization goldens: what MLX's CPU `quantize` answers, bit for bit.

One input matrix with the groups that go wrong elsewhere (all zero, all negative, all positive,
constant, tiny, with large outliers) in fp32, bf16 and fp16, for every bit width and group size.
Names: `f32/input`, `f32/b4/g64/weight|scales|biases`, `f32/b4/g64/dequantized` (group 64 only).

    python tools/goldens/quantize.py [--out libs/tensor/src/test/resources/goldens]
"""

import argparse
import sys
from pathlib import Path

import mlx.core as mx
import numpy as np

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "libs/tensor/src/test/resources/goldens"
DTYPES = {"f32": mx.float32, "bf16": mx.bfloat16, "f16": mx.float16}
BITS = (2, 3, 4, 5, 6, 8)
GROUPS = (32, 64, 128)
DEQUANTIZED_GROUP = 64


def matrix() -> np.ndarray:
    """[8, 256]: each special case fills an aligned stretch of 128, the largest group."""
    random = np.random.default_rng(11)
    w = random.standard_normal((8, 256)).astype(np.float32)
    w[1, :128] = 0
    w[1, 128:] = -np.abs(w[1, 128:]) - 0.1
    w[2, :128] = np.abs(w[2, :128]) + 0.1
    w[2, 128:] = 0.37
    w[3, :128] *= 1e-6
    w[3, 128:] = -0.25
    w[4, ::37] *= 200
    w[5, :128] = np.linspace(-1, 1, 128)
    w[5, 128:] = np.tile([1.0, -1.0], 64)  # |min| = |max|
    w[6] *= 0.02  # the spread of trained weights
    w[7, :64] = 0
    w[7, 7] = 3.0
    return w


def goldens() -> dict[str, mx.array]:
    arrays: dict[str, mx.array] = {}
    for name, dtype in DTYPES.items():
        w = mx.array(matrix()).astype(dtype)
        arrays[f"{name}/input"] = w
        for bits in BITS:
            for group in GROUPS:
                key = f"{name}/b{bits}/g{group}"
                q, scales, biases = mx.quantize(w, group_size=group, bits=bits)
                arrays |= {f"{key}/weight": q, f"{key}/scales": scales, f"{key}/biases": biases}
                if group == DEQUANTIZED_GROUP:
                    arrays[f"{key}/dequantized"] = mx.dequantize(
                        q, scales, biases, group_size=group, bits=bits
                    )
    return arrays


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    mx.set_default_device(mx.cpu)
    arguments.out.mkdir(parents=True, exist_ok=True)
    file = arguments.out / "quantize.safetensors"
    arrays = goldens()
    mx.save_safetensors(str(file), arrays, metadata={"mlx": mx.__version__})
    print(f"{file}: {len(arrays)} arrays, {file.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
