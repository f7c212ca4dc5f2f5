"""OpenVINO GenAI: a folder with its model, asked with token ids; its own counters tell the times.

    python openvino_peer.py FOLDER [--threads 2] [--rows 1] …
"""

import argparse
import json
import time

import numpy as np
import openvino as ov
import openvino_genai as genai

import common


class OpenVino:
    def __init__(self, asked: argparse.Namespace):
        self.pipeline = genai.LLMPipeline(
            asked.model, "CPU", {"INFERENCE_NUM_THREADS": asked.threads, "NUM_STREAMS": 1}
        )

    def generate(self, tokens: list[list[int]], count: int) -> genai.RawPerfMetrics:
        ids = np.array(tokens, np.int64)
        inputs = genai.TokenizedInputs(ov.Tensor(ids), ov.Tensor(np.ones_like(ids)))
        config = genai.GenerationConfig(
            max_new_tokens=count, ignore_eos=True, do_sample=False, eos_token_id=-1
        )
        return self.pipeline.generate(inputs, config).perf_metrics.raw_metrics


def seconds(metrics: genai.RawPerfMetrics, rows: int) -> tuple[float, float]:
    """Of the prompt, and of what came after the first token."""
    first = metrics.m_times_to_first_token[0] / 1e6
    total = metrics.generate_durations[0] / 1e6
    return first, total - first
