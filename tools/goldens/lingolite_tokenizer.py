"""LingoLite's tokenizer, and what SentencePiece makes of nasty texts with it.

    python tools/goldens/lingolite_tokenizer.py libs/checkpoint/src/test/resources/text

Writes the folder `lingolite`, as LingoLite saves a tokenizer, and `lingolite.json`: ids, decoded texts,
and marked sources, also such that are cut.
"""

import io
import json
import sys
from pathlib import Path

import sentencepiece

LANGUAGES = ("en", "es", "fr", "de", "it", "da")
SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "<src>", "<tgt>", *(f"<{code}>" for code in LANGUAGES))
PREFIX = "translation_tokenizer"


def train_tokenizer(
    folder: Path, lines: list[str], size: int, rule: str = "nmt_nfkc"
) -> sentencepiece.SentencePieceProcessor:
    folder.mkdir(parents=True, exist_ok=True)
    model = io.BytesIO()  # a model remembers the paths of the files that it is made of and in
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        vocab_size=size,
        character_coverage=0.9995,
        model_type="unigram",
        normalization_rule_name=rule,
        pad_id=0,
        bos_id=1,
        eos_id=2,
        unk_id=3,
        pad_piece="<pad>",
        bos_piece="<s>",
        eos_piece="</s>",
        unk_piece="<unk>",
        user_defined_symbols=[*(f"<{code}>" for code in LANGUAGES), "<src>", "<tgt>"],
        num_threads=1,
        minloglevel=2,
    )
    (folder / f"{PREFIX}.model").write_bytes(model.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    config = {
        "languages": list(LANGUAGES),
        "vocab_size": len(pieces),
        "special_tokens": list(SPECIAL),
        "model_prefix": PREFIX,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return pieces


def encoded(
    pieces: sentencepiece.SentencePieceProcessor,
    text: str,
    source: str,
    target: str,
    most: int | None = None,
) -> list[int]:
    """`<src> <source> text </s> <tgt> <target>`, of which the text is cut where it is too long."""
    before = [pieces.piece_to_id("<src>"), pieces.piece_to_id(f"<{source}>")]
    behind = [pieces.eos_id(), pieces.piece_to_id("<tgt>"), pieces.piece_to_id(f"<{target}>")]
    words = pieces.encode(text)
    if most is not None:
        words = words[: most - len(before) - len(behind)]
    return before + words + behind


def main() -> None:
    from tokenizer_files import CORPUS, TEXTS

    out = Path(sys.argv[1])
    lines = [line for text in CORPUS for line in text.splitlines()]
    pieces = train_tokenizer(out / "lingolite", lines, 190)
    tags = [
        "a <de> b", "<de>", "x<tgt><fr>y", "<src", "</s>", "one </s> two <s>", "<unk> <pad>",
        "\u2581", "a\u2581b", " \u2581 x", "\uff01\uff1f \u00bd \ufb01 \u2460", "\u3000wide\u3000space\u3000",
        "tab\tand\nline", "zero\u200bwidth", "\u0000", "e\u0301", "\u00ad", "\U0001f600\U0001f600 x \u4e16\u754c",
    ]  # fmt: skip
    special = {pieces.piece_to_id(token) for token in SPECIAL}
    texts = [
        {
            "text": text,
            "ids": pieces.encode(text),
            "decoded": pieces.decode([i for i in pieces.encode(text) if i not in special]),
        }
        for text in [*TEXTS, *tags]
    ]
    marked = [
        {"text": text, "from": "en", "to": "de", "most": most, "ids": encoded(pieces, text, "en", "de", most)}
        for text in TEXTS[:6]
        for most in (None, 5, 9, 64)
    ]
    (out / "lingolite.json").write_text(
        json.dumps({"texts": texts, "marked": marked}, indent=1, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
