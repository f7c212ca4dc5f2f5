"""OpenVINO GenAI: a folder with its model, asked with token ids; its own counters tell the times.

    python openvino_peer.py FOLDER [--threads 2] [--rows 1] …
"""

import argparse

import numpy as np
import openvino as ov
import openvino_genai as genai

import common


class OpenVino:
    def __init__(self, asked: argparse.Namespace):
        self.pipeline = genai.LLMPipeline(asked.model, "CPU", INFERENCE_NUM_THREADS=asked.threads)

    def generate(self, tokens: list[list[int]], count: int) -> tuple[float, float]:
        ids = np.array(tokens, np.int64)
        inputs = genai.TokenizedInputs(ov.Tensor(ids), ov.Tensor(np.ones_like(ids)))
        config = genai.GenerationConfig(max_new_tokens=count, ignore_eos=True, do_sample=False)
        result = self.pipeline.generate(inputs, config)
        for row in result.tokens:
            if len(row) != count:
                raise SystemExit(f"OpenVINO ended after {len(row)} of {count} tokens")
        metrics = result.perf_metrics.raw_metrics  # microseconds
        first = metrics.m_times_to_first_token[0] / 1e6
        return first, metrics.generate_durations[0] / 1e6 - first


if __name__ == "__main__":
    asked = common.arguments(__doc__)
    common.run(OpenVino, asked, "openvino-genai", "openvino")
