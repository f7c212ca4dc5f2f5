"""Writes a bf16 Llama checkpoint as GGUF files for llama.cpp: BF16, and from it the quantized ones.

No vocabulary is written: the benchmark feeds token ids. Needs `gguf`, numpy and llama-cpp-python.

    python gguf_write.py CHECKPOINT OUT_DIR [Q4_0 Q4_K_M Q8_0] [--threads 2]
"""

import argparse
import json
import mmap
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np

LAYER = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
TOP = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def tensors(source: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Names and bf16 bits of all tensors, mapped."""
    for file in sorted(source.glob("*.safetensors")):
        with file.open("rb") as data:
            size = int.from_bytes(data.read(8), "little")
            header = json.loads(data.read(size))
            pages = mmap.mmap(data.fileno(), 0, access=mmap.ACCESS_READ)
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            if entry["dtype"] != "BF16":
                raise SystemExit(f"{file}: {name} is {entry['dtype']}, only BF16 is read here")
            begin, end = entry["data_offsets"]
            bits = np.frombuffer(pages, np.uint16, (end - begin) // 2, 8 + size + begin)
            yield name.removesuffix(".weight"), bits.reshape(entry["shape"])


def gguf_name(name: str) -> str:
    if name in TOP:
        return f"{TOP[name]}.weight"
    layer, _, rest = name.removeprefix("model.layers.").partition(".")
    return f"blk.{layer}.{LAYER[rest]}.weight"


def interleaved(bits: np.ndarray, heads: int) -> np.ndarray:
    """Rows of each head so that llama.cpp's rotation of neighbours is that of the two halves."""
    rows, columns = bits.shape
    halves = bits.reshape(heads, 2, rows // heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))


def write(source: Path, out: Path) -> None:
    config = json.loads((source / "config.json").read_text())
    heads, kv = config["num_attention_heads"], config["num_key_value_heads"]
    theta = config.get("rope_theta") or config["rope_parameters"]["rope_theta"]
    writer = gguf.GGUFWriter(out, "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv)
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(theta)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("no_vocab")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16)
    for name, bits in tensors(source):
        if bits.ndim == 1:
            writer.add_tensor(gguf_name(name), (bits.astype(np.uint32) << 16).view(np.float32))
            continue
        if name.endswith("q_proj"):
            bits = interleaved(bits, heads)
        elif name.endswith("k_proj"):
            bits = interleaved(bits, kv)
        writer.add_tensor(gguf_name(name), bits, raw_dtype=gguf.GGMLQuantizationType.BF16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def quantize(source: Path, out: Path, kind: str, threads: int) -> None:
    from llama_cpp import llama_cpp as llama

    quiet = llama.llama_log_callback(lambda level, text, data: None)
    llama.llama_log_set(quiet, None)
    parameters = llama.llama_model_quantize_default_params()
    parameters.nthread = threads
    parameters.ftype = getattr(llama, f"LLAMA_FTYPE_MOSTLY_{kind}")
    if llama.llama_model_quantize(str(source).encode(), str(out).encode(), parameters) != 0:
        raise SystemExit(f"llama.cpp could not quantize {source} to {kind}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("kinds", nargs="*", default=["Q4_0", "Q4_K_M", "Q8_0"])
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    whole = arguments.out / "BF16.gguf"
    for kind in ["BF16", *arguments.kinds]:
        file, part = arguments.out / f"{kind}.gguf", arguments.out / f"{kind}.part"
        if file.exists():
            continue
        if kind == "BF16":
            write(arguments.source, part)
        else:
            quantize(whole, part, kind, arguments.threads)
        part.rename(file)  # a file with its name is a whole one
        print(file, file.stat().st_size)


if __name__ == "__main__":
    main()
