"""Trains a tiny SentencePiece model and records what the tokenizers of NLLB-200 and M2M-100 make of it.

    python tools/goldens/translation_tokenizers.py libs/checkpoint/src/test/resources/text

Writes `nllb-pieces` and `m2m100-pieces`, which have no tokenizer.json as most published translators,
and translators.json with ids and decoded texts.
"""

import io
import json
import pathlib
import sys

import sentencepiece
from tokenizer_files import CORPUS, TEXTS
from transformers import M2M100Tokenizer, NllbTokenizer
from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

PIECES = 420
# Texts that hold marks of SentencePiece or controls are read apart by the two implementations that
# transformers itself has; they are not compared.
SKIPPED = ("▁", "\u0000", "<s>")


def train(folder: pathlib.Path) -> pathlib.Path:
    folder.mkdir(parents=True, exist_ok=True)
    model = io.BytesIO()  # a model remembers the paths of the files that it is made of and in
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(line for text in CORPUS for line in text.splitlines()),
        model_writer=model,
        model_type="bpe",
        vocab_size=PIECES,
        character_coverage=0.98,
        num_threads=1,
        minloglevel=2,
    )
    path = folder / "sentencepiece.bpe.model"
    path.write_bytes(model.getvalue())
    return path


def configure(folder: pathlib.Path, kind: str) -> None:
    marks = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    config = {**marks, "tokenizer_class": kind, "clean_up_tokenization_spaces": False}
    if kind == "NllbTokenizer":  # as published; from pieces alone, transformers knows no languages
        config["additional_special_tokens"] = FAIRSEQ_LANGUAGE_CODES
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")


def m2m100(folder: pathlib.Path, model: pathlib.Path) -> M2M100Tokenizer:
    """Ids in an order of their own, as fairseq's dictionary has them."""
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(model))
    words = [pieces.id_to_piece(i) for i in range(3, len(pieces))]
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *sorted(words)]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False) + "\n")
    return M2M100Tokenizer(str(folder / "vocab.json"), str(model))


def recorded(tokenizer, folder: str, language: str) -> dict:
    """Words and, of M2M-100, the language. From pieces alone, transformers 5 gives NLLB's `<mask>` the id
    before the languages, where the published tokenizers and models have it behind them."""
    texts = [text for text in TEXTS if not any(mark in text for mark in SKIPPED)]
    ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    return {
        "folder": folder,
        "language": language,
        "token": None if "_" in language else tokenizer.convert_tokens_to_ids(f"__{language}__"),
        "texts": [
            {"text": t, "ids": i, "decoded": tokenizer.decode(i, skip_special_tokens=True)}
            for t, i in zip(texts, ids, strict=True)
        ],
    }


def main() -> None:
    out = pathlib.Path(sys.argv[1])
    nllb = train(out / "nllb-pieces")
    configure(nllb.parent, "NllbTokenizer")
    other = out / "m2m100-pieces"
    other.mkdir(exist_ok=True)
    model = other / "sentencepiece.bpe.model"
    model.write_bytes(nllb.read_bytes())
    configure(other, "M2M100Tokenizer")
    records = [
        recorded(NllbTokenizer.from_pretrained(nllb.parent), "nllb-pieces", "deu_Latn"),
        recorded(m2m100(other, model), "m2m100-pieces", "de"),
    ]
    (out / "translators.json").write_text(
        json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
