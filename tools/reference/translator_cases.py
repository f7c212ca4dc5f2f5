"""What encoder-decoder models are recorded with: prompts, ids of a file, or made-up texts."""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import torch
from instrument import CannotRecord
from transformers import AutoTokenizer
from translators import BLOCKS, PARTS, TranslationCase, padded

LANGUAGE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}|__[a-z]{2,3}__")
FIRST_WORD = 4  # after begin, padding, end, unknown


def cases(arguments: argparse.Namespace, config: Any) -> list[TranslationCase]:
    """What the command line asks for, else random words in three languages; always a padded batch,
    and a long source unless that is turned off."""
    tokenizer = _tokenizer(arguments.model)
    words = Words(config, _languages(tokenizer, config.vocab_size), arguments.seed)
    asked = _prompt_cases(arguments, tokenizer, config) if arguments.prompt else []
    asked += file_cases(arguments.tokens, config.pad_token_id) if arguments.tokens else []
    asked = [*(asked or [words.short()]), words.batch()]
    length = 200 if arguments.long is None else arguments.long
    return asked + ([words.long(length)] if length else [])


class Words:
    """Made-up texts, which depend on nothing but the arguments."""

    def __init__(self, config: Any, languages: list[int], seed: int) -> None:
        self.config = config
        self.languages = languages
        self.generator = torch.Generator().manual_seed(seed)

    def _some(self, count: int) -> list[int]:
        last = max(FIRST_WORD + 1, min(self.languages))
        return torch.randint(FIRST_WORD, last, (count,), generator=self.generator).tolist()

    def source(self, language: int, count: int) -> list[int]:
        return [self.languages[language], *self._some(count), self.config.eos_token_id]

    def target(self, language: int, count: int) -> list[int]:
        start = self.config.decoder_start_token_id
        return [start, self.languages[language], *self._some(count)]

    def short(self) -> TranslationCase:
        return self.case("short", [self.source(0, 8)], [self.target(1, 5)])

    def batch(self) -> TranslationCase:
        """Three languages to three others, sources of 9, 4 and 6 tokens."""
        sources = [self.source(i, count) for i, count in enumerate((7, 2, 4))]
        targets = [self.target((i + 1) % 3, 3) for i in range(3)]
        return self.case("batch", sources, targets, paths=PARTS)

    def long(self, length: int) -> TranslationCase:
        """Source and translation of this length; the last eight positions and four on the way."""
        kept = sorted({0, length // 4, length // 2, 3 * length // 4, *range(length - 8, length)})
        source, target = self.source(2, length - 2), self.target(0, length - 2)
        return self.case(
            "long", [source], [target], paths=BLOCKS, source_positions=kept, target_positions=kept
        )

    def case(self, name: str, sources: Any, targets: Any, **options: Any) -> TranslationCase:
        return padded(name, sources, targets, self.config.pad_token_id, **options)


def _tokenizer(model: Path) -> Any:
    if not (model / "tokenizer_config.json").is_file():
        return None
    return AutoTokenizer.from_pretrained(model, local_files_only=True, trust_remote_code=False)


def _languages(tokenizer: Any, vocab: int) -> list[int]:
    """The first, one in the middle and the last of a tokenizer's languages; without a tokenizer
    three ids near the end of the vocabulary, where M2M-100 and NLLB have them."""
    known = tokenizer.get_vocab() if tokenizer else {}
    ids = sorted(i for token, i in known.items() if LANGUAGE.fullmatch(token) and i < vocab)
    if len(ids) < 3:
        return [vocab - 12, vocab - 11, vocab - 10]
    return [ids[0], ids[len(ids) // 2], ids[-1]]


def _prompt_cases(
    arguments: argparse.Namespace, tokenizer: Any, config: Any
) -> list[TranslationCase]:
    """Each prompt in every pair of languages; decoders are given words of the prompt."""
    if tokenizer is None:
        raise CannotRecord(f"{arguments.model}: has no tokenizer for --prompt")
    if not arguments.source:
        raise CannotRecord("--prompt of a translator takes --from and --to")
    pairs = list(zip(arguments.source, arguments.target, strict=True))
    found = []
    for text in arguments.prompt:
        for source, target in pairs:
            tokenizer.src_lang = _language(tokenizer, source).strip("_")
            ids = tokenizer(text)["input_ids"]
            language = tokenizer.convert_tokens_to_ids(_language(tokenizer, target))
            words = [token for token in ids if token not in tokenizer.all_special_ids]
            decoder = [config.decoder_start_token_id, language, *words[:12]]
            name = f"prompt-{len(found) + 1}" if found else "short"
            found.append(padded(name, [ids], [decoder], config.pad_token_id))
    return found


def _language(tokenizer: Any, code: str) -> str:
    """The token of a language: eng_Latn as it is, fr as __fr__."""
    for token in (code, f"__{code}__"):
        if LANGUAGE.fullmatch(token) and _exists(tokenizer, token):
            return token
    raise CannotRecord(f"the tokenizer knows no language {code}")


def _exists(tokenizer: Any, token: str) -> bool:
    return tokenizer.convert_tokens_to_ids(token) not in (None, tokenizer.unk_token_id)


def file_cases(path: Path, padding: int, **options: Any) -> list[TranslationCase]:
    content = json.loads(path.read_text(encoding="utf-8"))
    expected = '{"name": {"input_ids": [[ids], …], "decoder_input_ids": [[ids], …]}, …}'
    if not isinstance(content, dict):
        raise CannotRecord(f"{path}: expected {expected}")
    try:
        return [
            padded(name, value["input_ids"], value["decoder_input_ids"], padding, **options)
            for name, value in content.items()
        ]
    except (KeyError, TypeError, ValueError) as problem:
        raise CannotRecord(f"{path}: expected {expected}") from problem
