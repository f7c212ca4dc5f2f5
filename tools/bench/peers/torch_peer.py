"""PyTorch through transformers, with its cache of keys and values.

    python torch_peer.py CHECKPOINT --dtype bfloat16 [--threads 2] [--rows 1] …
"""

import argparse

import torch
from transformers import AutoModelForCausalLM, DynamicCache

import common


class Torch:
    def __init__(self, asked: argparse.Namespace):
        torch.set_num_threads(asked.threads)
        self.model = AutoModelForCausalLM.from_pretrained(
            asked.model, dtype=getattr(torch, asked.dtype), local_files_only=True
        ).eval()

    def prompt(self, tokens: list[list[int]]) -> None:
        self.cache = DynamicCache(config=self.model.config)
        self.forward(torch.tensor(tokens))

    def step(self) -> None:
        self.forward(self.last)

    @torch.inference_mode()
    def forward(self, ids: torch.Tensor) -> None:
        out = self.model(ids, past_key_values=self.cache, use_cache=True, logits_to_keep=1)
        self.last = out.logits[:, -1:].argmax(-1)
        self.last.tolist()  # read, as the others do


if __name__ == "__main__":
    asked = common.arguments(
        __doc__,
        ("--dtype", {"choices": ("float32", "bfloat16"), "default": "bfloat16"}),
    )
    common.run(Torch, asked, "torch", "transformers")
