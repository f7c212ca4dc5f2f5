"""Turns the checkpoint into CTranslate2's form, int8, once. The checkpoint has no tokenizer: its
tokens are called t0, t1 and so on, but for the marks.

    python ctranslate2_export.py CHECKPOINT DIR
"""

import sys
from pathlib import Path

import torch
from ctranslate2.converters import TransformersConverter
from ctranslate2.converters.transformers import M2M100Loader
from transformers import AutoConfig

MARKS = ("<s>", "<pad>", "</s>", "<unk>")


class Tokenizer:
    bos_token, pad_token, eos_token, unk_token = MARKS


class Loader(M2M100Loader):
    def get_vocabulary(self, model: torch.nn.Module, tokenizer: Tokenizer) -> list[str]:
        size = model.config.vocab_size
        return [*MARKS, *(f"t{token}" for token in range(len(MARKS), size))]


def main() -> None:
    source, out = sys.argv[1], Path(sys.argv[2])
    from ctranslate2.converters import transformers as registry

    registry._MODEL_LOADERS["M2M100Config"] = Loader()
    Loader.get_tokenizer = Loader.load_tokenizer = lambda *_: Tokenizer()
    TransformersConverter(source).convert(str(out), quantization="int8")


if __name__ == "__main__":
    main()
