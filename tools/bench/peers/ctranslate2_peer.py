"""NLLB in CTranslate2, weights and activations in int8.

    python ctranslate2_peer.py DIR [--threads 2] [--rows 1] [--beams 1] …
"""

import argparse
import time

import ctranslate2

import translating

LANGUAGE = "t256047"


class Translator:
    def __init__(self, asked: argparse.Namespace):
        self.beams = asked.beams
        self.translator = ctranslate2.Translator(
            asked.model, device="cpu", compute_type="int8", inter_threads=1,
            intra_threads=asked.threads,
        )

    def generate(self, tokens: list[list[int]], count: int) -> tuple[float, float]:
        """Once for one token and once for all: nothing is heard in between."""
        first = self.search(tokens, 1)
        return first, self.search(tokens, count) - first

    def search(self, tokens: list[list[int]], count: int) -> float:
        sources = [[f"t{token}" for token in row] for row in tokens]
        length = 1 + count  # the language counts
        start = time.perf_counter()
        results = self.translator.translate_batch(
            sources, target_prefix=[[LANGUAGE]] * len(sources), beam_size=self.beams,
            min_decoding_length=length, max_decoding_length=length,
        )
        seconds = time.perf_counter() - start
        lengths = {len(result.hypotheses[0]) for result in results}
        assert lengths == {length}, lengths
        return seconds


if __name__ == "__main__":
    asked = translating.arguments(__doc__)
    translating.run(Translator, asked, "ctranslate2")
