"""llama.cpp through its C functions: no tokenizer and no sampler but the largest logit.

    python llama_cpp_peer.py MODEL.gguf [--threads 2] [--rows 1] [--prompt-tokens 512] …
"""

import argparse

import llama_cpp.llama_cpp as llama
import numpy as np

import common

BATCH = 512


@llama.llama_log_callback
def quiet(level: int, text: bytes, data: object) -> None:
    if level == 4:  # errors
        print(text.decode(), end="")


class LlamaCpp:
    def __init__(self, asked: argparse.Namespace):
        llama.llama_log_set(quiet, None)
        llama.llama_backend_init()
        self.model = llama.llama_model_load_from_file(
            asked.model.encode(), llama.llama_model_default_params()
        )
        if not self.model:
            raise SystemExit(f"llama.cpp could not load {asked.model}")
        self.vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self.model))
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = asked.rows * -(-(asked.prompt_tokens + asked.tokens) // 256) * 256
        parameters.n_seq_max = asked.rows
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_threads = parameters.n_threads_batch = asked.threads
        self.context = llama.llama_init_from_model(self.model, parameters)
        if not self.context:
            raise SystemExit(f"llama.cpp could not make a context for {asked.model}")
        self.batch = llama.llama_batch_init(BATCH, 0, 1)
        self.last: list[int] = []
        self.length = 0

    def prompt(self, tokens: list[list[int]]) -> None:
        llama.llama_memory_clear(llama.llama_get_memory(self.context), True)
        self.length = len(tokens[0])
        entries = [
            (token, position, row, position == self.length - 1)
            for row, row_tokens in enumerate(tokens)
            for position, token in enumerate(row_tokens)
        ]
        self.last = []
        for start in range(0, len(entries), BATCH):
            self.last += self.decode(entries[start : start + BATCH])

    def step(self) -> None:
        position = self.length
        self.length += 1
        self.last = self.decode([(t, position, row, True) for row, t in enumerate(self.last)])

    def decode(self, entries: list[tuple[int, int, int, bool]]) -> list[int]:
        """Computes a batch and returns the likeliest token of each entry that asks for logits."""
        batch = self.batch
        batch.n_tokens = len(entries)
        for i, (token, position, row, wanted) in enumerate(entries):
            batch.token[i] = token
            batch.pos[i] = position
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = row
            batch.logits[i] = wanted
        if llama.llama_decode(self.context, batch) != 0:
            raise SystemExit("llama_decode failed")
        return [self.likeliest(i) for i, entry in enumerate(entries) if entry[3]]

    def likeliest(self, index: int) -> int:
        logits = llama.llama_get_logits_ith(self.context, index)
        return int(np.ctypeslib.as_array(logits, (self.vocabulary,)).argmax())


if __name__ == "__main__":
    asked = common.arguments(__doc__)
    common.run(LlamaCpp, asked, "llama-cpp-python")
