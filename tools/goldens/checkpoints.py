"""Writes the checkpoints that the tests of libs/checkpoint read, and what is in them.

    pip install -r tools/goldens/checkpoints-requirements.txt
    python tools/goldens/checkpoints.py libs/checkpoint/src/test/resources/goldens/checkpoints

`expected.json` maps each file or directory to its tensors: name, safetensors type, shape, and the
elements in row-major order as hexadecimal bytes. All files but legacy.pt come out the same at each run.
"""

import json
import os
import pathlib
import sys
from collections import OrderedDict

import safetensors.torch
import torch

TYPES = {
    torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8",
    torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2",
    torch.int16: "I16", torch.uint16: "U16", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int32: "I32", torch.uint32: "U32", torch.float32: "F32",
    torch.int64: "I64", torch.uint64: "U64", torch.float64: "F64",
}
expected = {}


def expect(file, tensors):
    expected[file] = [
        {
            "name": name,
            "type": TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "hex": raw(tensor.detach()).hex(),
        }
        for name, tensor in tensors.items()
    ]


def raw(tensor):
    flat = tensor.contiguous().reshape(-1)
    return bytes(flat.view(torch.uint8).tolist()) if flat.numel() else b""


def ramp(*shape, dtype=torch.float32):
    count = torch.Size(shape).numel()
    return (torch.arange(count, dtype=torch.float32) * 0.75 - 2).reshape(shape).to(dtype)


def every_type():
    tensors = {}
    for dtype, name in TYPES.items():
        values = torch.tensor([[0, 1, 2], [3, 100, 1]], dtype=torch.float32)
        tensors["type." + name] = values.to(dtype)
    return tensors


def write_safetensors(out):
    tensors = every_type() | {
        "scalar": torch.tensor(1.5),
        "empty": torch.zeros(0, 4, dtype=torch.bfloat16),
        "odd name\n\u00e9\u2028\"": ramp(3),
    }
    metadata = {"note": "caf\u00e9"}  # the order of several is random
    safetensors.torch.save_file(tensors, out / "every-type.safetensors", metadata=metadata)
    expect("every-type.safetensors", tensors)


def write_sharded(out, directory, base, save):
    (out / directory).mkdir(exist_ok=True)
    stem, ending = base.rsplit(".", 1)
    parts = [
        {"model.embed.weight": ramp(5, 4, dtype=torch.bfloat16), "model.norm.weight": ramp(4)},
        {"lm_head.weight": ramp(5, 4, dtype=torch.float16) + 1},
    ]
    weight_map = {}
    for i, part in enumerate(parts):
        shard = f"{stem}-{i + 1:05d}-of-{len(parts):05d}.{ending}"
        save(part, out / directory / shard)
        weight_map |= {name: shard for name in part}
    index = {"metadata": {"total_size": 96}, "weight_map": dict(sorted(weight_map.items()))}
    (out / directory / f"{base}.index.json").write_text(json.dumps(index, indent=2))
    expect(directory, parts[0] | parts[1])


def write_types_pt(out):
    unsupported = {torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16, torch.uint32, torch.uint64}
    tensors = {n: t for n, t in every_type().items() if t.dtype not in unsupported}
    torch.save(tensors, out / "types.pt")
    expect("types.pt", tensors)
    torch.save(tensors, out / "protocol4.pt", pickle_protocol=4)
    expect("protocol4.pt", tensors)


def write_views_pt(out):
    base = ramp(6, 8)
    half = ramp(4, 3, 2, dtype=torch.bfloat16)
    byte = torch.arange(20, dtype=torch.uint8).reshape(4, 5)
    wide = torch.arange(12, dtype=torch.int64).reshape(3, 4)
    tensors = {
        "base": base,
        "transposed": base.t(),
        "columns": base[:, 2:5],
        "every_other": base[1::2, ::3],
        "row": base[4],
        "scalar": base[2, 3],
        "permuted": half.permute(2, 0, 1),
        "bytes": byte.t(),
        "wide": wide.t()[1:],
        "empty": base[:0],
        "ones": base[:1, :1],
        "tied": base,
    }
    torch.save(tensors, out / "views.pt")
    expect("views.pt", tensors)
    torch.save({"a": torch.ones(1).expand(1000, 1000)}, out / "expanded.pt")


class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(5, 4)
        self.head = torch.nn.Linear(4, 5, bias=False)
        self.head.weight = self.embed.weight
        self.norm = torch.nn.BatchNorm1d(4)


def write_training_pt(out):
    torch.manual_seed(20261121)
    model = Tied()
    state = model.state_dict()
    expect("training.pt", state)
    wrapped = OrderedDict(("module._orig_mod." + name, t) for name, t in state.items())
    torch.save(
        {
            "epoch": 3,
            "loss": 0.25,
            "seed": 2**63 + 5,
            "config": {"layers": [1, -2, 300, 70000, None, True, False], "shape": torch.Size([2, 3])},
            "optimizer": {"state": {0: {"exp_avg": ramp(2)}}, "param_groups": [{"betas": (0.9, 0.98)}]},
            "model_state_dict": wrapped,
        },
        out / "training.pt",
    )
    torch.save(state, out / "module.pt")
    expect("module.pt", state)
    parts = {"encoder": {"w": torch.nn.Parameter(ramp(2, 2))}, "decoder": {"deep": {"w": ramp(3)}}}
    torch.save(parts, out / "nested.pt")
    expect("nested.pt", {"encoder.w": ramp(2, 2), "decoder.deep.w": ramp(3)})


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/bessemer-was-here",)


def write_refused(out):
    torch.save({"a": ramp(2), "b": Evil()}, out / "malicious.pt")
    torch.save({"a": ramp(2)}, out / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save({"a": ramp(2), "dtype": torch.float16}, out / "names-a-dtype.pt")
    torch.save([ramp(2)], out / "list.pt")


def write_index(out):
    """As mlx-lm writes it: sorted names, indented by 4."""
    weight_map = {"b": "model-00001-of-00002.safetensors", "a\u00e9": "model-00002-of-00002.safetensors"}
    index = {
        "metadata": {"total_size": 36, "total_parameters": 12},
        "weight_map": dict(sorted(weight_map.items())),
    }
    (out / "mlx.index.json").write_text(json.dumps(index, indent=4))


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    write_safetensors(out)
    write_sharded(out, "sharded-safetensors", "model.safetensors", safetensors.torch.save_file)
    write_sharded(out, "sharded-pytorch", "pytorch_model.bin", torch.save)
    write_types_pt(out)
    write_views_pt(out)
    write_training_pt(out)
    write_refused(out)
    write_index(out)
    (out / "expected.json").write_text(json.dumps(expected, indent=1))


if __name__ == "__main__":
    main()
