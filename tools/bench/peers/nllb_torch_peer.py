"""NLLB in PyTorch through transformers, with its cache of keys and values.

    python nllb_torch_peer.py CHECKPOINT --dtype float32 [--threads 2] [--rows 1] [--beams 1] …
"""

import argparse
import time

import torch
from transformers import AutoModelForSeq2SeqLM, DynamicCache, EncoderDecoderCache

import common
import translating

START, LANGUAGE = 2, 256047


class Torch:
    """Greedy search is driven step by step, without the overhead of `generate`; the end is an
    ordinary token in it."""

    def __init__(self, asked: argparse.Namespace):
        torch.set_num_threads(asked.threads)
        self.model = AutoModelForSeq2SeqLM.from_pretrained(
            asked.model, dtype=getattr(torch, asked.dtype), local_files_only=True
        ).eval()

    @torch.inference_mode()
    def encode(self, tokens: list[list[int]]) -> None:
        """With the keys and values of cross-attention, which ours computes there, too."""
        encoded = self.model.get_encoder()(torch.tensor(tokens)).last_hidden_state
        for layer in self.model.get_decoder().layers:
            layer.encoder_attn.k_proj(encoded)
            layer.encoder_attn.v_proj(encoded)

    def prompt(self, tokens: list[list[int]]) -> None:
        ids = torch.tensor(tokens)
        self.mask = torch.ones_like(ids)
        with torch.inference_mode():
            self.encoded = self.model.get_encoder()(ids, attention_mask=self.mask)
        config = self.model.config
        self.cache = EncoderDecoderCache(DynamicCache(config=config), DynamicCache(config=config))
        self.forward(torch.tensor([[START, LANGUAGE]] * len(tokens)))

    def step(self) -> None:
        self.forward(self.last)

    @torch.inference_mode()
    def forward(self, ids: torch.Tensor) -> None:
        out = self.model(encoder_outputs=self.encoded, attention_mask=self.mask,
                         decoder_input_ids=ids, past_key_values=self.cache, use_cache=True)
        self.last = out.logits[:, -1:].argmax(-1)
        self.last.tolist()  # read, as the others do


class Beams(Torch):
    """`generate`, once for one token and once for all."""

    def __init__(self, asked: argparse.Namespace):
        super().__init__(asked)
        self.beams = asked.beams

    def generate(self, tokens: list[list[int]], count: int) -> tuple[float, float]:
        first = self.search(tokens, 1)
        return first, self.search(tokens, count) - first

    @torch.inference_mode()
    def search(self, tokens: list[list[int]], count: int) -> float:
        ids = torch.tensor(tokens)
        start = time.perf_counter()
        out = self.model.generate(
            ids, attention_mask=torch.ones_like(ids), num_beams=self.beams, do_sample=False,
            decoder_input_ids=torch.tensor([[START, LANGUAGE]] * len(tokens)),
            min_new_tokens=count, max_new_tokens=count,
        )
        seconds = time.perf_counter() - start
        assert out.shape[1] == 2 + count, out.shape
        return seconds


if __name__ == "__main__":
    asked = translating.arguments(
        __doc__, ("--dtype", {"choices": ("float32", "bfloat16"), "default": "float32"})
    )
    load = Torch if asked.beams == 1 else Beams
    translating.run(load, asked, "torch", "transformers")
