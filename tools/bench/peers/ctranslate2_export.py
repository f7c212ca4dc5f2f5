"""Turns the checkpoint into CTranslate2's form, int8, once. The checkpoint has no tokenizer: tokens
are called t0, t1 and so on, but for the marks.

    python ctranslate2_export.py CHECKPOINT DIR
"""

import sys

from ctranslate2.converters import TransformersConverter

MARKS = ("<s>", "<pad>", "</s>", "<unk>")
SIZE = 256206


class Tokenizer:
    bos_token, pad_token, eos_token, unk_token = MARKS
    unk_token_id = MARKS.index("<unk>")
    special_tokens_map: dict[str, list[str]] = {}

    def get_vocab(self) -> dict[str, int]:
        names = [*MARKS, *(f"t{token}" for token in range(len(MARKS), SIZE))]
        return {name: token for token, name in enumerate(names)}

    def convert_ids_to_tokens(self, token: int) -> str:
        return MARKS[token]


class Converter(TransformersConverter):
    def load_tokenizer(self, *_, **__) -> Tokenizer:
        return Tokenizer()


if __name__ == "__main__":
    Converter(sys.argv[1]).convert(sys.argv[2], quantization="int8")
