"""Records what sacrebleu says of small, nasty corpora: scores, result lines, intervals, p-values.

    python -P tools/goldens/score.py [--out libs/foundry/src/test/resources/score.json]

`tools/score/sweep.py` records random corpora in the same format.
"""

import argparse
import json
import logging
import platform
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.metrics.bleu import _get_tokenizer
from sacrebleu.significance import PairedTest

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "libs/foundry/src/test/resources/score.json"
TOKENIZERS = ("13a", "char", "intl", "zh", "none")
SMOOTHINGS: list[tuple[str, float | None]] = [
    ("exp", None), ("none", None), ("floor", None), ("floor", 0.07), ("add-k", None), ("add-k", 0.6),
]

logging.getLogger("sacrebleu").setLevel(logging.ERROR)

LINES = [
    "It isn't 1,234.5-6, is it? (No...)", "a.b,c. 3.14.15, 9-to-5 - - 2-", "...", ".,.,", ",5 .5 5. 5,",
    "&quot;x&quot; &amp;lt; &lt;b&gt; &amp;amp; &apos; <skipped>done", "soft-\nhyphen\nbreak", "",
    "   ", "\u00a0\u2003x\u3000y\u0085z\u200b\ufeff", "tab\there\x1c\x1funit", "na\u00efve e\u0301 \u00e9",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea!", "\U0001d7d9.\U0001d7da,x",
    "中文，标点。混合 English 123.45！", "㐀䶵\u2e80\u2f00\uff21\U00020000\U0002f800", "日本語のテキスト、です。",
    "مرحبا، كيف حالك؟ ١٢٣٫٤٥", "שלום עליכם־", "हिन्दी में लिखा है।", "¿Qué? ¡Sí! «oui» „ja“ – — …",
    "€5 £3.50 ±2 × 3 ≈ 6 ½ ² №7", "x^2 `code` {a|b}~[c]_d\\e", "ΑΣ ΌΔΟΣ Σ ΑΣ.Α ΣΑΣ' İIıi ẞß ǅ ᾈ",
    "'quoted' (hi) \"a\" -- - ! !! a! !a", "word" * 30, "I'm 5'10\", don't", "100% #tag @me a/b c:d;e=f+g",
]

BASE = [
    ("The cat sat on the mat.", "The cat sat on a mat.", "A cat was on the mat."),
    ("It is 5.30, isn't it?", "It's half past five, isn't it?", "It is 5:30, is it not?"),
    ("He went to the bank to get money .", "He went to the bank for money.", None),
    ("ΟΔΥΣΣΕΥΣ sailed İzmir", "Οδυσσευς sailed to İZMİR", "Odysseus sailed"),
    ("中文句子，有标点。", "中文的句子，没有标点。", "一个中文句子。"),
    ("مرحبا بالعالم!", "مرحبا يا عالم!", "أهلا بالعالم"),
    ("\U0001f600 smile \U0001f601", "\U0001f600 smiles \U0001f602", "smile"),
    ("e\u0301tude na\u00efve", "\u00e9tude nai\u0308ve", "etude naive"),
    ("", "nothing was said", ""),
    ("something was said", "", "something"),
    ("the the the the the the", "the the cat the", "the dog the the the"),
    ("A &amp; B &lt;c&gt;", "A & B <c>", "A and B"),
]
OTHERS = [
    "A cat sat on the mat", "It is half past five.", "He walked to the bank.", "Odysseus sails", "中文句子。",
    "مرحبا", "smile", "étude", "nothing", "something was", "the cat", "A & B <c>",
]


def corpora() -> list[dict[str, Any]]:
    hypotheses, first, second = (list(column) for column in zip(*BASE))
    one = {"hypotheses": hypotheses, "baseline": OTHERS, "references": [first]}
    return [
        one,
        {**one, "references": [first, second]},
        {**one, "references": [first, [x or "" for x in second], OTHERS, hypotheses[::-1]]},
        {**one, "baseline": hypotheses},
        {"hypotheses": ["a b c d e"], "baseline": ["a b"], "references": [["a b c d f"]]},
        {"hypotheses": ["a", "b c"], "baseline": ["x", "b"], "references": [["a", "b d"]]},
        {"hypotheses": ["", ""], "baseline": ["a", ""], "references": [["x y", "z"]]},
        {"hypotheses": ["x", "y"], "baseline": ["", "y"], "references": [["", ""]]},
        {"hypotheses": LINES, "baseline": LINES[1:] + LINES[:1],
         "references": [LINES[2:] + LINES[:2], [x.upper() for x in LINES]]},
        {"hypotheses": first, "baseline": hypotheses, "references": [first]},
    ]


def bleus() -> list[dict[str, Any]]:
    usual = {"kind": "bleu", "tokenize": "13a", "smooth_method": "exp", "smooth_value": None,
             "lowercase": False, "effective_order": False, "max_ngram_order": 4}
    return [
        *({**usual, "tokenize": name} for name in TOKENIZERS),
        *({**usual, "smooth_method": name, "smooth_value": value} for name, value in SMOOTHINGS[1:]),
        {**usual, "effective_order": True, "lowercase": True},
        {**usual, "effective_order": True, "smooth_method": "add-k", "smooth_value": 2.5},
        {**usual, "max_ngram_order": 2, "tokenize": "intl", "lowercase": True},
    ]


def chrfs() -> list[dict[str, Any]]:
    usual = {"kind": "chrf", "char_order": 6, "word_order": 0, "beta": 2, "lowercase": False,
             "whitespace": False, "eps_smoothing": False}
    return [
        usual, {**usual, "word_order": 2}, {**usual, "word_order": 1, "lowercase": True},
        {**usual, "whitespace": True, "beta": 3}, {**usual, "eps_smoothing": True},
        {**usual, "eps_smoothing": True, "word_order": 2, "whitespace": True},
        {**usual, "char_order": 2, "beta": 1},
    ]


def metric(settings: dict[str, Any]) -> BLEU | CHRF:
    named = {key: value for key, value in settings.items() if key != "kind"}
    return BLEU(force=True, **named) if settings["kind"] == "bleu" else CHRF(**named)


def number(value: Any) -> float | None:
    return None if value is None else float(value)


def paired(corpus: dict[str, Any], settings: dict[str, Any], kind: str, count: int):
    systems = [("baseline", corpus["baseline"]), ("system", corpus["hypotheses"])]
    test = PairedTest(systems, {"m": metric(settings)}, corpus["references"], kind, count)
    signatures, scores = test()
    (name, signature), = signatures.items()
    baseline, system = scores[name]
    return {
        "count": count, "signature": str(signature), "p": number(system.p_value),
        "baseline": [number(x) for x in (baseline.score, baseline.mean, baseline.ci)],
        "system": [number(x) for x in (system.score, system.mean, system.ci)],
    }


def confidence(corpus: dict[str, Any], settings: dict[str, Any], count: int):
    """None where sacrebleu fails: Python's mean refuses a mixture of its floats and numpy's."""
    measure = metric(settings)
    try:
        score = measure.corpus_score(corpus["hypotheses"], corpus["references"], count)
    except TypeError:
        return None
    line = score.format(2, signature=measure.get_signature().format())
    return {"count": count, "mean": number(score._mean), "half": number(score._ci), "line": line}


def sentence(settings: dict[str, Any], corpus: dict[str, Any], index: int):
    references = [stream[index] for stream in corpus["references"]]
    score = metric(settings).sentence_score(corpus["hypotheses"][index], references)
    return {"score": number(score.score), "details": score._verbose}


def record(corpus: dict[str, Any], settings: dict[str, Any], samples: int) -> dict[str, Any]:
    measure = metric(settings)
    score = measure.corpus_score(corpus["hypotheses"], corpus["references"])
    signature = measure.get_signature().format()
    found = {
        "metric": settings, "score": number(score.score),
        "lines": [score.format(width, signature=signature) for width in (1, 5)],
        "sentences": [sentence(settings, corpus, i) for i in range(len(corpus["hypotheses"]))],
    }
    if samples:
        found["confidence"] = confidence(corpus, settings, samples)
        found["bs"] = paired(corpus, settings, "bs", samples)
        found["ar"] = paired(corpus, settings, "ar", samples)
    return found


def tokens(lines: list[str]):
    for name in TOKENIZERS:
        tokenizer = _get_tokenizer(name)()
        yield {"tokenizer": name, "tokens": [tokenizer(line.rstrip()).split() for line in lines]}


def generator():
    for seed in (0, 1, 12345, 2**32, 2**63 - 1):
        words = [str(x) for x in np.random.default_rng(seed).integers(2**64, size=3, dtype=np.uint64)]
        draws = np.random.default_rng(seed)
        bits = draws.integers(2, size=70, dtype=bool)
        below = [draws.choice(bound, size=5).tolist() for bound in (1, 3, 1000, 2**31 - 1)]
        yield {"seed": seed, "words": words, "bits": bits.astype(int).tolist(), "below": below}


def file(recorded: list[dict[str, Any]], lines: list[str]) -> dict[str, Any]:
    return {
        "recorded_with": {
            "sacrebleu": sacrebleu.__version__, "numpy": np.__version__,
            "python": platform.python_version(), "unicode": unicodedata.unidata_version,
        },
        "corpora": recorded,
        "tokens": {"lines": lines, "as": list(tokens(lines))},
        "lower": [line.lower() for line in lines],
        "generator": list(generator()),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    out = parser.parse_args().out
    recorded = []
    for i, corpus in enumerate(corpora()):
        found = []
        for j, settings in enumerate(bleus() + chrfs()):
            entry = record(corpus, settings, 130 if (i + j) % 3 == 0 or i < 2 else 0)
            if i > 1:
                del entry["sentences"][4:]
            found.append(entry)
        recorded.append({**corpus, "results": found})
    text = json.dumps(file(recorded, LINES), ensure_ascii=True, separators=(",", ":"))
    out.write_text(text.replace('{"metric"', '\n{"metric"') + "\n")
    print(f"{out}: {sum(len(c['results']) for c in recorded)} results, {out.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
