"""onnxruntime-genai: a folder that its model builder wrote.

    python onnx_peer.py FOLDER [--threads 2] [--rows 1] …
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime_genai as genai

import common


class Onnx:
    def __init__(self, asked: argparse.Namespace):
        config = genai.Config(asked.model)
        threads = {"intra_op_num_threads": asked.threads, "inter_op_num_threads": 1}
        config.overlay(json.dumps({"model": {"decoder": {"session_options": threads}}}))
        self.model = genai.Model(config)
        self.asked = asked

    def prompt(self, tokens: list[list[int]]) -> None:
        parameters = genai.GeneratorParams(self.model)
        length = len(tokens[0]) + self.asked.tokens  # at least, too: an end token ends nothing
        parameters.set_search_options(
            batch_size=len(tokens), min_length=length, max_length=length, do_sample=False
        )
        self.generator = genai.Generator(self.model, parameters)
        self.generator.append_tokens(np.array(tokens, np.int32))
        self.step()

    def step(self) -> None:
        self.generator.generate_next_token()
        self.generator.get_next_tokens()


if __name__ == "__main__":
    asked = common.arguments(__doc__)
    common.run(Onnx, asked, "onnxruntime-genai", "onnxruntime")
