"""What LingoLite is recorded with: prompts, ids of a file, or made-up texts."""

import argparse
from pathlib import Path
from typing import Any

import torch
from instrument import CannotRecord
from lingolite import BLOCKS, COMPONENTS, PARTS
from lingolite_model import END, PAD, START, Config
from translator_cases import file_cases
from translators import TranslationCase, padded

SOURCE, TARGET, LANGUAGES, FIRST_WORD = 10, 11, (4, 5, 6), 12  # as its trainer numbers them
PREFIX = "translation_tokenizer"


def cases(arguments: argparse.Namespace, config: Config) -> list[TranslationCase]:
    """What the command line asks for, else random words; always a padded batch, and a long source
    unless that is turned off."""
    pieces = _pieces(arguments.model, needed=bool(arguments.prompt))
    words = Words(config, arguments.seed)
    asked = _prompt_cases(arguments, pieces) if arguments.prompt else []
    asked += file_cases(arguments.tokens, PAD, paths=COMPONENTS) if arguments.tokens else []
    asked = [*(asked or [words.short(6, 5)]), words.batch((7, 2, 4))]
    length = min(200, config.max_seq_len) if arguments.long is None else arguments.long
    return asked + ([words.long(length)] if length >= 16 else [])


class Words:
    """Made-up texts, which depend on nothing but the arguments: `<src> <en> … </s> <tgt> <es>`."""

    def __init__(self, config: Config, seed: int) -> None:
        self.config = config
        self.generator = torch.Generator().manual_seed(seed)

    def _some(self, count: int) -> list[int]:
        last = self.config.vocab_size
        return torch.randint(FIRST_WORD, last, (count,), generator=self.generator).tolist()

    def source(self, language: int, count: int) -> list[int]:
        """`count` words in a language, to be translated into the next."""
        target = LANGUAGES[(language + 1) % 3]
        return [SOURCE, LANGUAGES[language], *self._some(count), END, TARGET, target]

    def target(self, count: int) -> list[int]:
        return [START, *self._some(count)]

    def short(self, source: int, target: int) -> TranslationCase:
        sources, targets = [self.source(0, source)], [self.target(target)]
        return padded("short", sources, targets, PAD, paths=COMPONENTS)

    def batch(self, counts: tuple[int, ...]) -> TranslationCase:
        """Languages in turn, to others, sources of different length."""
        sources = [self.source(i % 3, count) for i, count in enumerate(counts)]
        targets = [self.target(4) for _ in counts]
        return padded("batch", sources, targets, PAD, paths=PARTS)

    def long(self, length: int) -> TranslationCase:
        """Source and translation of this length; the last eight positions and four on the way."""
        kept = sorted({0, length // 4, length // 2, 3 * length // 4, *range(length - 8, length)})
        sources, targets = [self.source(2, length - 5)], [self.target(length - 1)]
        options = {"source_positions": kept, "target_positions": kept}
        return padded("long", sources, targets, PAD, paths=BLOCKS, **options)


def _pieces(source: Path, needed: bool) -> Any:
    """The tokenizer, if prompts need one."""
    if not needed:
        return None
    try:
        import sentencepiece
    except ImportError as problem:
        raise CannotRecord("--prompt of LingoLite needs the package sentencepiece") from problem
    file = source / f"{PREFIX}.model"
    if not file.is_file():
        raise CannotRecord(f"{source}: has no {file.name} for --prompt")
    return sentencepiece.SentencePieceProcessor(model_file=str(file))


def _prompt_cases(arguments: argparse.Namespace, pieces: Any) -> list[TranslationCase]:
    """Each prompt in every pair of languages; decoders are given words of the prompt."""
    if not arguments.source:
        raise CannotRecord("--prompt of a translator takes --from and --to")
    found: list[TranslationCase] = []
    for text in arguments.prompt:
        for source, target in zip(arguments.source, arguments.target, strict=True):
            marks = [_piece(pieces, f"<{mark}>") for mark in ("src", source, "tgt", target)]
            words = pieces.encode(text)
            ids = [*marks[:2], *words, END, *marks[2:]]
            name = f"prompt-{len(found) + 1}" if found else "short"
            target_ids = [START, *words[:12]]
            found.append(padded(name, [ids], [target_ids], PAD, paths=COMPONENTS))
    return found


def _piece(pieces: Any, name: str) -> int:
    found = pieces.piece_to_id(name)
    if found == pieces.unk_id():
        raise CannotRecord(f"the tokenizer knows no {name}")
    return found
