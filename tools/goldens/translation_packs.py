"""Records the reference packs of the tiny translators that `goldens/translation.py` and
`goldens/lingolite.py` made.

    python tools/goldens/translation_packs.py [--out libs/foundry/src/test/resources/packs]
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/reference"))

import lingolite_cases
import lingolite_file
import record
import torch
from transformers import AutoConfig
from transformers.utils import logging
from translator_cases import Words
from translators import PARTS, TranslationCase

TRANSLATORS = ROOT / "libs/models/src/test/resources/translation"
DEFAULT_OUT = ROOT / "libs/foundry/src/test/resources/packs"
NAMES = ("nllb-trained", "nllb-uneven", "lingolite-trained", "lingolite-tiny", "lingolite-uneven")
LANGUAGES = [290, 291, 292]  # of all of them


def cases(model: Path) -> list[TranslationCase]:
    """As `record.py` makes them, but shorter."""
    if lingolite_file.is_in(model):
        own = lingolite_cases.Words(lingolite_file.read(model)[1], seed=1)
        return [own.short(4, 3), own.batch((3, 1, 2)), own.long(200)]
    words = Words(AutoConfig.from_pretrained(model), LANGUAGES, seed=1)
    sources = [words.source(i, count) for i, count in enumerate((5, 2, 3))]
    targets = [words.target((i + 1) % 3, 3) for i in range(3)]
    return [
        words.case("short", [words.source(0, 6)], [words.target(1, 3)]),
        words.case("batch", sources, targets, paths=PARTS),
        words.long(200),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    for name in NAMES:
        model, out = TRANSLATORS / name, arguments.out / name
        record.record(model, out, cases(model), greedy=12)
        (out / "reference.safetensors").chmod(0o644)
        kilobytes = sum(file.stat().st_size for file in out.iterdir()) / 1e3
        print(f"{name:17s} {kilobytes:7.1f} kB")


if __name__ == "__main__":
    main()
