"""Makes the goldens of LingoLite: tiny checkpoints with what `reference/lingolite_model.py`
computes by them.

    python tools/goldens/lingolite.py [--out libs/models/src/test/resources/translation] [NAME]...

Each folder holds a checkpoint in one of the shapes that LingoLite saves, `reference.json` and
`reference.safetensors`: components of single passes in fp32, and what greedy and beam search find.
`lingolite-trained` knows small numbers in three languages and has a tokenizer. Seeded: the same
versions write the same numbers.
"""

import argparse
import json
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/reference"))

import sentencepiece
import torch
from lingolite_model import END, PAD, START, Attention, Config, LingoLite, beam, greedy
from lingolite_tokenizer import LANGUAGES, encoded, train_tokenizer
from safetensors.torch import save_file
from torch import Tensor, nn
from translation import Case, compact

DEFAULT_OUT = ROOT / "libs/models/src/test/resources/translation"
COMPONENT = re.compile(
    r"(encoder|decoder)\.(final_norm|layers\.\d+"
    r"(\.(self_attn|cross_attn)(\.[qkvo]_proj)?|\.ffn(\.(gate|up|down)_proj)?|\.norm[123])?)"
)
FINAL = ("encoder.final_norm", "decoder.final_norm")
EN = "zero one two three four five six seven eight nine ten eleven twelve".split()
FR = "zéro un deux trois quatre cinq six sept huit neuf dix onze douze".split()
DE = "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split()
WORDS = {"en": EN, "fr": FR, "de": DE}
TINY = Config(
    vocab_size=300, d_model=32, n_encoder_layers=2, n_decoder_layers=2, n_heads=4, n_kv_heads=2,
    d_ff=64, max_seq_len=512, dropout=0.0,
)  # fmt: skip
UNEVEN = Config(
    vocab_size=101, d_model=48, n_encoder_layers=3, n_decoder_layers=1, n_heads=6, n_kv_heads=3,
    d_ff=40, max_seq_len=64, dropout=0.0, tie_embeddings=False,
)  # fmt: skip
FIRST_WORD = 12  # behind the marks and languages
NAMES = ("lingolite-tiny", "lingolite-uneven", "lingolite-trained", "lingolite-int8")


@contextmanager
def instrumented(model: LingoLite, case: Case) -> Iterator[None]:
    def leaving(path: str) -> Callable[..., None]:
        def hook(module: nn.Module, _inputs: Any, output: Tensor) -> None:
            case.keep(path, output)
            for name, value in module.seen.items() if isinstance(module, Attention) else ():
                case.keep(f"{path}.{name}", value)

        return hook

    embeddings = iter(["encoder.embedding", "decoder.embedding"])  # one module, asked twice

    def embedded(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        path = next(embeddings)
        if not case.final_only:
            case.keep(path, output)

    modules = model.named_modules()
    wanted = [(path, module) for path, module in modules if case.wants(path, COMPONENT, FINAL)]
    hooks = [module.register_forward_hook(leaving(path)) for path, module in wanted]
    hooks.append(model.encoder.embedding.register_forward_hook(embedded))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def padded(rows: list[list[int]]) -> Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [PAD] * (width - len(row)) for row in rows])


def run(model: LingoLite, case: Case) -> dict[str, Any]:
    source, lengths = padded(case.source), [len(row) for row in case.source]
    with instrumented(model, case), torch.no_grad():
        logits = model(source, torch.tensor(lengths), torch.tensor(case.target))
    return case.noted(source, logits)


def words(config: Config, count: int, seed: int) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(FIRST_WORD, config.vocab_size, (count,), generator=generator).tolist()


def text(config: Config, count: int, seed: int) -> list[int]:
    return [10, 4, *words(config, count, seed), END, 11, 6]


def cases(config: Config) -> list[Case]:
    def target(count: int, seed: int) -> list[int]:
        return [START, *words(config, count, seed)]

    long = [0, 50, 100, 150, *range(193, 199)]
    return [
        Case("short", [text(config, 9, 1)], [target(8, 2)]),
        Case(
            "batch",
            [text(config, 9, 3), text(config, 3, 4), text(config, 6, 5)],
            [target(5, 6), target(5, 7), target(5, 8)],
            final_only=True,
        ),
        Case("blind", [text(config, 4, 11), []], [target(4, 12), target(4, 13)], final_only=True),
        Case("long", [text(config, 195, 9)], [target(199, 10)], long, final_only=True),
    ]


SEARCHES: list[dict[str, Any]] = [
    {"num_beams": 1},
    {"num_beams": 2},
    {"num_beams": 4},
    {"num_beams": 5},
    {"num_beams": 3, "early_stopping": "never"},
    {"num_beams": 1, "max_length": 6},
    {"num_beams": 4, "early_stopping": "never", "length_penalty": 2.0},
    {"num_beams": 4, "length_penalty": 0.0},
    {"num_beams": 4, "length_penalty": 0.6},
    {"num_beams": 4, "length_penalty": -1.0, "early_stopping": "never"},
    {"num_beams": 4, "max_length": 6},
    {"num_beams": 3, "max_length": 4},
]


def search(
    model: LingoLite, sources: list[list[int]], options: dict[str, Any]
) -> dict[str, Any]:
    settings = {"max_length": 20, "early_stopping": True, "length_penalty": 1.0, **options}
    found = [hypotheses(model, source, settings) for source in sources]
    return {**settings, "language": None, "source": sources, "hypotheses": found}


def hypotheses(
    model: LingoLite, source: list[int], settings: dict[str, Any]
) -> list[dict[str, Any]]:
    with torch.no_grad():
        if settings["num_beams"] == 1:
            return [{"tokens": greedy(model, source, settings["max_length"]), "score": 0.0}]
        found = beam(
            model,
            source,
            settings["num_beams"],
            settings["max_length"],
            settings["length_penalty"],
            settings["early_stopping"] is True,
        )
    return [{"tokens": tokens, "score": score} for tokens, score in found]


def randomize(model: nn.Module) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            scale = 0.3 if "norm" in name else parameter.shape[-1] ** -0.5
            parameter.normal_(0, scale).add_(1.0 if "norm" in name else 0.0)


def pairs(
    count: int, generator: torch.Generator, pieces: sentencepiece.SentencePieceProcessor
) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers in one language, and the same in another."""
    sources, targets = [], []
    languages = list(WORDS)
    for _ in range(count):
        length = int(torch.randint(1, 6, (), generator=generator))
        numbers = torch.randint(len(EN), (length,), generator=generator).tolist()
        one, other = torch.randperm(3, generator=generator)[:2].tolist()
        source, target = languages[one], languages[other]
        sources.append(encoded(pieces, said(numbers, source), source, target))
        targets.append([START, *pieces.encode(said(numbers, target)), END])
    return padded(sources), torch.tensor([len(s) for s in sources]), padded(targets)


def said(numbers: list[int], language: str) -> str:
    return " ".join(WORDS[language][number] for number in numbers)


def train(model: LingoLite, pieces: sentencepiece.SentencePieceProcessor) -> None:
    """Enough that it counts right, with smoothing, so that beams have something to choose."""
    generator = torch.Generator().manual_seed(3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.98))
    steps = 2200
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, steps)
    for _ in range(steps):
        source, lengths, target = pairs(48, generator, pieces)
        logits = model(source, lengths, target[:, :-1])
        loss = nn.functional.cross_entropy(
            logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PAD, label_smoothing=0.1
        )
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    print(f"  trained to a loss of {loss.item():.3f}")


TEXTS = [
    ("three seven", "en", "de", 1),
    ("one  two eleven", "en", "fr", 1),
    ("fünf zwölf acht", "de", "en", 4),
    ("dix", "fr", "de", 4),
    ("nine nine zero four", "en", "de", 2),
]


def translated(
    model: LingoLite,
    pieces: sentencepiece.SentencePieceProcessor,
    words: str,
    source: str,
    target: str,
    beams: int,
) -> dict[str, Any]:
    ids = encoded(pieces, words, source, target)
    settings = {
        "num_beams": beams, "max_length": 32, "early_stopping": True, "length_penalty": 1.0,
    }  # fmt: skip
    with torch.no_grad():
        best = hypotheses(model, ids, settings)[0]["tokens"]
    return {
        "text": words,
        "from": source,
        "to": target,
        "beams": beams,
        "ids": ids,
        "translation": pieces.decode([token for token in best if token >= FIRST_WORD]),
    }


def save(name: str, model: LingoLite, folder: Path) -> None:
    """Each in another of the three shapes."""
    state = model.state_dict()
    config = model.config.noted()
    if name == "lingolite-tiny":  # as its trainer saves a compiled model
        compiled = OrderedDict((f"_orig_mod.{key}", value) for key, value in state.items())
        optimizer = {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 1e-4}]}
        saved = {
            "config": config,
            "model_state_dict": compiled,
            "optimizer_state_dict": optimizer,
            "scheduler_state_dict": {"total_steps": 5, "_last_lr": [1e-4], "cycle": True},
            "global_step": 3,
            "best_val_loss": 2.5,
            "torch_rng_state": torch.arange(8, dtype=torch.uint8),
        }
    elif name == "lingolite-uneven":
        quantization = {"method": "dynamic_fp16", "backend": "native_fp16"}
        saved = {"config": config, "quantization": quantization, "state_dict": state}
    else:
        saved = state
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    torch.save(saved, folder / "model.pt")


def make(name: str, out: Path) -> None:
    torch.manual_seed(sum(name.encode()))
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    if name == "lingolite-int8":
        refused(folder)
        return
    texts = []
    if name == "lingolite-trained":
        lines = [said([n, m], language) for language in WORDS for n in range(13) for m in range(13)]
        pieces = train_tokenizer(folder, lines, 70, "identity")  # small
        config = Config(**{**TINY.noted(), "vocab_size": len(pieces)})
        model = LingoLite(config)
        train(model, pieces)
        texts = [translated(model, pieces, *line) for line in TEXTS]
        numbers = [[7], [3, 11], [1, 0, 12, 5], [6, 6], [9, 2, 8, 4, 10]]
        sources = [encoded(pieces, said(n, "en"), "en", "de") for n in numbers]
    else:
        config = TINY if name == "lingolite-tiny" else UNEVEN
        model = LingoLite(config)
        randomize(model)
        sources = [text(config, count, seed) for count, seed in ((5, 21), (8, 22), (2, 23))]
    save(name, model, folder)
    all_cases = cases(config)
    pack = {
        "recorded_with": {"torch": torch.__version__, "sentencepiece": sentencepiece.__version__},
        "cases": [run(model, case) for case in all_cases],
        "searches": [search(model, sources, options) for options in SEARCHES],
        "texts": texts,
    }
    tensors = {n: t for case in all_cases for n, t in case.tensors.items()}
    save_file(tensors, folder / "reference.safetensors")
    (folder / "reference.json").write_text(compact(pack), encoding="utf-8")
    lengths = [len(h["tokens"]) for s in pack["searches"] for r in s["hypotheses"] for h in r[:1]]
    kilobytes = sum(file.stat().st_size for file in folder.iterdir()) / 1e3
    print(f"{name:18s} {kilobytes:7.1f} kB; lengths of results {sorted(set(lengths))}", texts)


def refused(folder: Path) -> None:
    """As it saves weights of 8 bits, but for their content."""
    torch.save(
        {
            "format_version": 1,
            "config": TINY.noted(),
            "quantization": {"method": "dynamic_int8", "backend": "eager_int8_compat"},
            "model_state_dict": {
                "encoder.layers.0.self_attn.q_proj.weight_q": torch.ones(2, 2, dtype=torch.int8)
            },
        },
        folder / "model.pt",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    assert set(WORDS) <= set(LANGUAGES)
    for name in arguments.names or NAMES:
        make(name, arguments.out)


if __name__ == "__main__":
    main()
