"""Sweeps translation over random models, texts and settings: `bessemer translate` against transformers.

Each round makes a checkpoint of random sizes and weights with a tokenizer, twelve lines of random
length, and settings of the search in `generation_config.json`; both translate the lines.

    python tools/parity/translation_sweep.py --work DIR [--rounds 20] [--seed 1]

Exit codes: 0 every line equal, 1 some differ, 2 wrong usage.
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/goldens"))

import torch
import translation
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


def ours(folder: Path) -> list[str]:
    command = [ROOT / "bessemer", "translate", folder, "--from", "eng_Latn", "--to", "fra_Latn"]
    command += ["--file", folder / "lines", "--out", folder / "out", "--batch", "5"]
    subprocess.run(list(map(str, command)), check=True, stderr=subprocess.DEVNULL)
    return (folder / "out").read_text(encoding="utf-8").split("\n")[:-1]


def sweep(folder: Path, seed: int) -> int:
    """Prints a line about the round; returns how many lines differ."""
    dice = random.Random(seed)
    model = make(folder, dice)
    options = settings(dice)
    (folder / "generation_config.json").write_text(json.dumps(options))
    lines = [" ".join(dice.choices(LETTERS, k=dice.randint(1, 30))) for _ in range(LINES)]
    (folder / "lines").write_text("\n".join(lines) + "\n")
    pairs = list(zip(ours(folder), reference(model, folder, lines, options), strict=True))
    differing = sum(a != b for a, b in pairs)
    print(f"round {seed}: {LINES - differing} of {LINES} equal, {options}", flush=True)
    for a, b in pairs:
        if a != b:
            print(f"  ours         {a}\n  transformers {b}")
    return differing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, required=True, help="folder for the checkpoints")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    seeds = range(arguments.seed, arguments.seed + arguments.rounds)
    differing = sum(sweep(arguments.work / f"round-{seed}", seed) for seed in seeds)
    print(f"{differing} of {len(seeds) * LINES} lines differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
