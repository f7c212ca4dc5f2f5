"""Compares our scores with sacrebleu's on random corpora: thousands of lines and settings.

Lines are random words, numbers, punctuation, entities, white space and characters of many scripts,
hypotheses are references with words dropped, doubled, swapped and changed.

    python -P tools/score/sweep.py [--cases 2000] [--seed 1] [--keep FILE]

Exit codes: 0 everything equal (scores to 1e-9, lines and signatures to the letter), 1 not.
"""

import argparse
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCabc", "àéîõüßœ", "αβγδΣσςΑΩ", "абвгдеЖЗ", "中文字符測試漢", "あいうカキク",
    "ابتثجحخ", "अआइकखग", "אבגד", "한국어말", "\U00010400\U00010428\U0001f600\U0001f9d1\U00020000", "e\u0301n\u0303o\u0308",
    "İIıiſKÅǅ", "0123456789", "٠١٢٣", "½²Ⅷ①",
]
MARKS = list(".,!?;:-'\"()[]{}<>|/\\&%$#@*+=~^_`") + [
    "...", "—", "…", "«", "»", "„", "“", "¿", "،", "؟", "。", "，", "、", "！", "€", "£", "±", "×", "°", "©", "−",
    "&amp;", "&lt;", "&gt;", "&quot;", "&amp;lt;", "<skipped>", "5.3", "1,000", "9-to-5", "-\n", "\u0301", "\u200d", "\ufeff",
]
SPACES = [" "] * 30 + ["", "", "", "\u00a0", "\u3000", "\t", "\u2009", "\u0085", "\x1f", "  ", "\u200b", "\n"]


def goldens():
    spec = importlib.util.spec_from_file_location("goldens", ROOT / "tools/goldens/score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def word(draw: random.Random) -> str:
    if draw.random() < 0.25:
        return draw.choice(MARKS)
    text = "".join(draw.choices(draw.choice(ALPHABETS[:1] * 8 + ALPHABETS), k=draw.randint(1, 6)))
    return text.capitalize() if draw.random() < 0.2 else text


def line(words: list[str], draw: random.Random) -> str:
    return "".join(part for w in words for part in (w, draw.choice(SPACES)))


def changed(words: list[str], vocabulary: list[str], draw: random.Random) -> list[str]:
    out = []
    for w in words:
        change = draw.random()
        if change < 0.1:
            continue
        out.append(draw.choice(vocabulary) if change < 0.25 else w.swapcase() if change < 0.3 else w)
        if change > 0.95:
            out.append(w)
    if len(out) > 2 and draw.random() < 0.4:
        i = draw.randrange(len(out) - 1)
        out[i], out[i + 1] = out[i + 1], out[i]
    return out


def corpus(draw: random.Random) -> dict[str, Any]:
    vocabulary = [word(draw) for _ in range(draw.choice([3, 12, 60]))]
    longest = draw.choice([2, 8, 30])
    true = [draw.choices(vocabulary, k=draw.randint(0, longest)) for _ in range(draw.choice([1, 2, 5, 12]))]

    def system() -> list[str]:
        return [line(changed(words, vocabulary, draw), draw) for words in true]

    references = [system() for _ in range(draw.choice([1, 1, 2, 4]))]
    if len(references) > 1 and draw.random() < 0.4:
        references[1:] = [[None if draw.random() < 0.3 else x for x in ref] for ref in references[1:]]
    return {"hypotheses": system(), "baseline": system(), "references": references}


def settings(draw: random.Random, module: Any) -> dict[str, Any]:
    if draw.random() < 0.5:
        method, value = draw.choice(module.SMOOTHINGS)
        if value is not None:
            value = round(draw.uniform(0.01, 3), 3)
        return {"kind": "bleu", "tokenize": draw.choice(module.TOKENIZERS), "smooth_method": method,
                "smooth_value": value, "lowercase": draw.random() < 0.4,
                "effective_order": draw.random() < 0.4,
                "max_ngram_order": draw.choice([4, 4, 4, 1, 2, 6])}
    return {"kind": "chrf", "char_order": draw.choice([6, 6, 6, 1, 3, 8]),
            "word_order": draw.choice([0, 2, 1, 3]), "beta": draw.choice([2, 2, 1, 3]),
            "lowercase": draw.random() < 0.4, "whitespace": draw.random() < 0.3,
            "eps_smoothing": draw.random() < 0.4}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="record into this file and compare nothing")
    options = parser.parse_args()
    draw, module, recorded = random.Random(options.seed), goldens(), []
    while sum(len(found["results"]) for found in recorded) < options.cases:
        made = corpus(draw)
        samples = draw.choice([0, 0, 0, 0, 25, 60])
        results = [module.record(made, settings(draw, module), samples) for _ in range(4)]
        recorded.append({**made, "results": results})
    lines = [text for found in recorded for text in found["hypotheses"]]
    text = json.dumps(module.file(recorded, lines))
    if options.keep:
        options.keep.write_text(text)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "score.json"
        file.write_text(text)
        command = ["./mvnw", "-q", "-B", "-Dquick", "-pl", "libs/foundry", "-am", "test",
                   "-Dtest=SacrebleuTest", "-Dsurefire.failIfNoSpecifiedTests=false",
                   f"-Dbessemer.score.goldens={file}"]
        code = subprocess.run(command, cwd=ROOT).returncode
    scores = sum(1 + len(result["sentences"]) for found in recorded for result in found["results"])
    print(f"{options.cases} cases, {scores} scores, {len(lines)} lines: {'equal' if code == 0 else 'NOT EQUAL'}")
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
