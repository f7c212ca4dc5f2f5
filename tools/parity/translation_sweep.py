"""Sweeps translation over random models, texts and settings: `bessemer translate` against transformers
(M2M-100, which NLLB is) and against a definition of our own in PyTorch (LingoLite).

Each round makes a checkpoint of random sizes and weights with a tokenizer, twelve lines of random
length, and settings of the search in `generation_config.json`; both translate the lines.

    python tools/parity/translation_sweep.py --work DIR [--family lingolite] [--rounds 20] [--seed 1]

Exit codes: 0 every line equal, 1 some differ, 2 wrong usage.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/goldens"))

import lingolite
import torch
import translation
from lingolite_tokenizer import encoded, train_tokenizer
from transformers import AutoTokenizer, M2M100ForConditionalGeneration
from transformers.utils import logging

LINES = 12
LETTERS = "abcdefghijklmnopqrstuvwx"


def shape(dice: random.Random) -> dict[str, Any]:
    encoder, decoder = dice.choice((1, 2, 4)), dice.choice((1, 2, 4))
    return {
        "d_model": 8 * encoder * dice.choice((2, 3, 4, 8)) * (4 // encoder),
        "encoder_layers": dice.randint(1, 4),
        "decoder_layers": dice.randint(1, 4),
        "encoder_attention_heads": encoder,
        "decoder_attention_heads": decoder,
        "encoder_ffn_dim": 16 * dice.randint(2, 12),
        "decoder_ffn_dim": 16 * dice.randint(2, 12),
        "scale_embedding": dice.random() < 0.7,
    }


def settings(dice: random.Random) -> dict[str, Any]:
    return {
        "num_beams": dice.choice((1, 1, 2, 3, 4, 5, 8)),
        "max_length": dice.randint(4, 40),
        "length_penalty": dice.choice((-0.5, 0.0, 0.6, 1.0, 1.0, 1.7)),
        "no_repeat_ngram_size": dice.choice((0, 0, 0, 1, 2, 3)),
        "early_stopping": dice.choice((False, True, "never")),
    }


def make(folder: Path, dice: random.Random) -> M2M100ForConditionalGeneration:
    torch.manual_seed(dice.randrange(1 << 30))
    config = translation.Golden(shape(dice)).build()
    config._attn_implementation = "eager"
    model = M2M100ForConditionalGeneration(config)
    translation.randomize(model)
    model.model.shared.weight.data *= dice.choice((0.5, 1.0, 2.0))
    model.eval().save_pretrained(folder)
    translation.save_tokenizer(folder)
    return model


def reference(
    model: M2M100ForConditionalGeneration, folder: Path, lines: list[str], options: dict[str, Any]
) -> list[str]:
    tokenizer = AutoTokenizer.from_pretrained(folder, src_lang="eng_Latn")
    inputs = tokenizer(lines, return_tensors="pt", padding=True)
    with torch.no_grad():
        found = model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            forced_bos_token_id=tokenizer.convert_tokens_to_ids("fra_Latn"),
            do_sample=False,
            **options,
        )
    return tokenizer.batch_decode(found, skip_special_tokens=True)


@dataclass(frozen=True)
class Round:
    """A model and a task, and what PyTorch makes of it."""

    languages: tuple[str, str]
    options: dict[str, Any]
    lines: list[str]
    expected: list[str]


def m2m_100(folder: Path, dice: random.Random) -> Round:
    model = make(folder, dice)
    options = settings(dice)
    lines = [" ".join(dice.choices(LETTERS, k=dice.randint(1, 30))) for _ in range(LINES)]
    expected = reference(model, folder, lines, options)
    return Round(("eng_Latn", "fra_Latn"), options, lines, expected)


def of_lingolite(folder: Path, dice: random.Random) -> Round:
    words = [word for some in lingolite.WORDS.values() for word in some]
    corpus = [f"{one} {other}" for one in words for other in words]
    pieces = train_tokenizer(folder, corpus, dice.randint(64, 76), "identity")
    key_heads, group = dice.choice((1, 2, 4)), dice.choice((1, 2, 3))
    heads = key_heads * group
    torch.manual_seed(dice.randrange(1 << 30))
    model = lingolite.LingoLite(
        lingolite.Config(
            vocab_size=len(pieces), d_model=heads * dice.choice((4, 8, 16)),
            n_encoder_layers=dice.randint(1, 4), n_decoder_layers=dice.randint(1, 4),
            n_heads=heads, n_kv_heads=key_heads, d_ff=16 * dice.randint(2, 12), dropout=0.0,
            tie_embeddings=dice.random() < 0.7,
        )
    ).eval()  # fmt: skip
    lingolite.randomize(model)
    shape = dice.choice(("lingolite-tiny", "lingolite-uneven", "lingolite-trained"))
    lingolite.save(shape, model, folder)
    options = {
        "num_beams": dice.choice((1, 1, 2, 3, 4, 5, 8)),
        "max_length": dice.randint(4, 40),
        "length_penalty": dice.choice((-0.5, 0.0, 0.6, 1.0, 1.0, 1.7)),
        "early_stopping": dice.choice((True, "never")),
    }
    source, target = dice.sample(list(lingolite.WORDS), 2)
    lines = [" ".join(dice.choices(words, k=dice.randint(1, 30))) for _ in range(LINES)]
    expected = []
    for line in lines:
        ids = encoded(pieces, line, source, target)
        tokens = lingolite.hypotheses(model, ids, options)[0]["tokens"]
        expected.append(pieces.decode([t for t in tokens if t >= lingolite.FIRST_WORD]))
    return Round((source, target), options, lines, expected)


FAMILIES: dict[str, Callable[[Path, random.Random], Round]] = {
    "m2m_100": m2m_100,
    "lingolite": of_lingolite,
}


def ours(folder: Path, languages: tuple[str, str]) -> list[str]:
    source, target = languages
    command = [ROOT / "bessemer", "translate", folder, "--from", source, "--to", target]
    command += ["--file", folder / "lines", "--out", folder / "out", "--batch", "5"]
    subprocess.run(list(map(str, command)), check=True, stderr=subprocess.DEVNULL)
    return (folder / "out").read_text(encoding="utf-8").split("\n")[:-1]


def sweep(family: str, folder: Path, seed: int) -> int:
    """Prints a line about the round; returns how many lines differ."""
    folder.mkdir(parents=True, exist_ok=True)
    made = FAMILIES[family](folder, random.Random(seed))
    (folder / "generation_config.json").write_text(json.dumps(made.options))
    (folder / "lines").write_text("\n".join(made.lines) + "\n", encoding="utf-8")
    pairs = list(zip(ours(folder, made.languages), made.expected, strict=True))
    differing = sum(a != b for a, b in pairs)
    print(f"{family} {seed}: {LINES - differing} of {LINES} equal, {made.options}", flush=True)
    for a, b in pairs:
        if a != b:
            print(f"  ours    {a}\n  PyTorch {b}")
    return differing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, required=True, help="folder for the checkpoints")
    parser.add_argument("--family", choices=FAMILIES, action="append", help="both unless given")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    families = arguments.family or list(FAMILIES)
    seeds = range(arguments.seed, arguments.seed + arguments.rounds)
    differing = 0
    for family in families:
        for seed in seeds:
            differing += sweep(family, arguments.work / f"{family}-{seed}", seed)
    print(f"{differing} of {len(families) * len(seeds) * LINES} lines differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
