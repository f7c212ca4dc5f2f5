"""Makes the goldens of translators: tiny M2M-100 checkpoints with what transformers computes by them.

Each folder holds `config.json` and `model.safetensors` as transformers saves them,
`reference.json` and `reference.safetensors`: components of single passes in fp32 with eager
attention, and what greedy and beam search find. Seeded: the same versions write the same files.

    python tools/goldens/translation.py [--out libs/models/src/test/resources/translation] [NAME]...
"""

import argparse
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import AutoTokenizer, M2M100Config, M2M100ForConditionalGeneration
from transformers import NllbTokenizer
from transformers.models.m2m_100 import modeling_m2m_100
from transformers.utils import logging

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "libs/models/src/test/resources/translation"
START, PAD, END = 2, 1, 2
LANGUAGES = (290, 291, 292)  # source and target language tokens of the tiny vocabularies
FIRST_WORD, WORDS = 4, 24  # the words that the trained one knows
COMPONENT = re.compile(
    r"model\.(encoder|decoder)\.(embed_tokens|embed_positions|layer_norm|layers\.\d+"
    r"(\.(self_attn|encoder_attn)(\.[qkv]_proj|\.out_proj|_layer_norm)?"
    r"|\.fc[12]|\.final_layer_norm)?)"
)
FINAL = ("model.encoder.layer_norm", "model.decoder.layer_norm")


@dataclass(frozen=True)
class Golden:
    options: dict[str, Any] = field(default_factory=dict)
    trained: bool = False

    def build(self) -> M2M100Config:
        sizes = {
            "vocab_size": 300,
            "d_model": 32,
            "encoder_layers": 2,
            "decoder_layers": 2,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "encoder_ffn_dim": 64,
            "decoder_ffn_dim": 64,
            "max_position_embeddings": 1024,
            "dropout": 0.0,
            "attention_dropout": 0.0,
            "activation_dropout": 0.0,
            "encoder_layerdrop": 0.0,
            "decoder_layerdrop": 0.0,
        }
        return M2M100Config(**{**sizes, **self.options})


GOLDENS = {
    "nllb-tiny": Golden(),
    "nllb-uneven": Golden(
        {
            "d_model": 48,
            "encoder_layers": 3,
            "decoder_layers": 1,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 6,
            "encoder_ffn_dim": 56,
            "decoder_ffn_dim": 80,
            "max_position_embeddings": 64,
            "scale_embedding": False,
        }
    ),
    "nllb-trained": Golden(trained=True),
}


def randomize(model: nn.Module) -> None:
    """Weights large enough that attention is not uniform and every parameter shows in the logits."""
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if "layer_norm" in name:
            parameter.data = (1 if name.endswith("weight") else 0) + 0.2 * noise
        elif name.endswith("bias"):
            parameter.data = 0.3 * noise
        elif "shared" in name:
            parameter.data = 0.15 * noise
        else:
            gain = 1.6 if "q_proj" in name or "k_proj" in name else 0.9
            parameter.data = gain * noise / parameter.shape[-1] ** 0.5


def sentences(rows: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """A made-up translation: words renamed by language, some said twice."""
    sources, targets = [], []
    for _ in range(rows):
        length = int(torch.randint(2, 9, (1,), generator=generator))
        words = torch.randint(0, WORDS, (length,), generator=generator).tolist()
        language = int(torch.randint(1, 3, (1,), generator=generator))
        out = [(w * 7 + 11 * language) % WORDS for w in words]
        doubled = [w for word in out for w in ([word, word] if word % 9 == language else [word])]
        sources.append([LANGUAGES[0], *(FIRST_WORD + w for w in words), END])
        targets.append([START, LANGUAGES[language], *(FIRST_WORD + w for w in doubled), END])
    return padded(sources), padded([t[:-1] for t in targets]), padded([t[1:] for t in targets])


def padded(rows: list[list[int]]) -> Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [PAD] * (width - len(row)) for row in rows])


def train(model: M2M100ForConditionalGeneration) -> None:
    """A little: enough that sentences end, not enough that the search is sure of itself."""
    generator = torch.Generator().manual_seed(3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    model.train()
    for _ in range(700):
        source, target, labels = sentences(48, generator)
        logits = model(
            input_ids=source, attention_mask=source.ne(PAD).long(), decoder_input_ids=target
        ).logits
        loss = nn.functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), ignore_index=PAD, label_smoothing=0.1
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"  trained to a loss of {loss.item():.3f}")


@dataclass
class Case:
    """One pass of encoder and decoder; `positions` limits what is kept of the length axes."""

    name: str
    source: list[list[int]]
    target: list[list[int]]
    positions: list[int] | None = None
    final_only: bool = False
    components: list[dict[str, str]] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)

    def wants(self, path: str, all_of: re.Pattern[str], final: tuple[str, ...]) -> bool:
        return path in final if self.final_only else bool(all_of.fullmatch(path))

    def keep(self, path: str, value: Tensor) -> None:
        if self.positions is not None:
            value = value[:, self.positions]
        name = f"{self.name}/{path}"
        self.tensors[name] = value.detach().to(torch.float32).contiguous().clone()
        self.components.append({"path": path, "tensor": name})

    def noted(self, source: Tensor, logits: Tensor) -> dict[str, Any]:
        """What `reference.json` says of it; keeps the logits."""
        if self.positions is not None:
            logits = logits[:, self.positions]
        self.tensors[f"{self.name}/logits"] = logits.contiguous()
        return {
            "name": self.name,
            "source": source.tolist(),
            "lengths": [len(row) for row in self.source],
            "target": self.target,
            "positions": self.positions,
            "components": self.components,
            "logits": f"{self.name}/logits",
        }


@contextmanager
def instrumented(model: nn.Module, case: Case) -> Iterator[None]:
    paths = {module: path for path, module in model.named_modules()}
    attend = modeling_m2m_100.eager_attention_forward

    def recorded(module: nn.Module, q: Tensor, k: Tensor, *args: Any, **kwargs: Any) -> Any:
        context, probs = attend(module, q, k, *args, **kwargs)
        if not case.final_only:
            path = paths[module]
            case.keep(f"{path}.scores", torch.matmul(q, k.transpose(2, 3)) * kwargs["scaling"])
            case.keep(f"{path}.probs", probs)
            case.keep(f"{path}.context", context.flatten(2))
        return context, probs

    def leaving(path: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            value = output[0] if isinstance(output, tuple) else output
            case.keep(path, value.expand(len(case.source), -1, -1))

        return hook

    wanted = [(m, p) for m, p in paths.items() if case.wants(p, COMPONENT, FINAL)]
    hooks = [module.register_forward_hook(leaving(path)) for module, path in wanted]
    modeling_m2m_100.eager_attention_forward = recorded
    try:
        yield
    finally:
        modeling_m2m_100.eager_attention_forward = attend
        for hook in hooks:
            hook.remove()


def run(model: M2M100ForConditionalGeneration, case: Case) -> dict[str, Any]:
    source = padded(case.source)
    with instrumented(model, case), torch.no_grad():
        logits = model(
            input_ids=source,
            attention_mask=source.ne(PAD).long(),
            decoder_input_ids=torch.tensor(case.target),
            use_cache=False,
        ).logits
    return case.noted(source, logits)


def words(count: int, seed: int) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(FIRST_WORD, FIRST_WORD + WORDS, (count,), generator=generator).tolist()


def text(count: int, seed: int) -> list[int]:
    return [LANGUAGES[0], *words(count, seed), END]


def cases() -> list[Case]:
    forced = [START, LANGUAGES[1]]
    long = [0, 50, 100, 150, *range(193, 199)]
    return [
        Case("short", [text(9, 1)], [[*forced, *words(7, 2)]]),
        Case(
            "batch",
            [text(9, 3), text(3, 4), text(6, 5)],
            [[*forced, *words(4, 6)], [*forced, *words(4, 7)], [*forced, *words(4, 8)]],
            final_only=True,
        ),
        Case("long", [text(198, 9)], [[*forced, *words(198, 10)]], long, final_only=True),
    ]


SEARCHES: list[dict[str, Any]] = [
    {"num_beams": 1},
    {"num_beams": 1, "no_repeat_ngram_size": 2},
    {"num_beams": 1, "max_length": 6},
    {"num_beams": 2},
    {"num_beams": 4},
    {"num_beams": 5},
    {"num_beams": 4, "early_stopping": True},
    {"num_beams": 4, "early_stopping": "never"},
    {"num_beams": 4, "early_stopping": "never", "length_penalty": 2.0},
    {"num_beams": 4, "length_penalty": 0.0},
    {"num_beams": 4, "length_penalty": 0.5},
    {"num_beams": 4, "length_penalty": -1.0},
    {"num_beams": 4, "no_repeat_ngram_size": 1},
    {"num_beams": 4, "no_repeat_ngram_size": 2, "early_stopping": True},
    {"num_beams": 5, "no_repeat_ngram_size": 3, "length_penalty": 1.5},
    {"num_beams": 4, "max_length": 6},
    {"num_beams": 3, "max_length": 4, "early_stopping": True},
    {"num_beams": 4, "language": None},
    {"num_beams": 1, "language": None},
]


def search(model: M2M100ForConditionalGeneration, options: dict[str, Any]) -> dict[str, Any]:
    """All hypotheses of a batch of unequal length that transformers finds."""
    settings = {"max_length": 24, "language": LANGUAGES[2], **options}
    rows = [text(5, 21), text(8, 22), text(2, 23), text(12, 24), text(5, 25)]
    source = padded(rows)
    beams = settings["num_beams"]
    with torch.no_grad():
        found = model.generate(
            input_ids=source,
            attention_mask=source.ne(PAD).long(),
            do_sample=False,
            num_return_sequences=beams,
            output_scores=True,
            return_dict_in_generate=True,
            forced_bos_token_id=settings["language"],
            **{k: v for k, v in settings.items() if k != "language"},
        )
    scores = found.sequences_scores.tolist() if beams > 1 else [0.0] * len(rows)
    tokens = [trimmed(row) for row in found.sequences.tolist()]
    hypotheses = [
        [
            {"tokens": t, "score": s}
            for t, s in zip(tokens[i : i + beams], scores[i : i + beams], strict=True)
            if s > -1e8  # a place that no hypothesis took
        ]
        for i in range(0, len(tokens), beams)
    ]
    return {**settings, "source": rows, "hypotheses": hypotheses}


def trimmed(row: list[int]) -> list[int]:
    """Without the start token and what pads it."""
    row = row[1:]
    while row and row[-1] == PAD:
        row.pop()
    return row


def make(name: str, golden: Golden, out: Path) -> None:
    torch.manual_seed(sum(name.encode()))
    config = golden.build()
    config._attn_implementation = "eager"
    model = M2M100ForConditionalGeneration(config)
    if golden.trained:
        train(model)
    else:
        randomize(model)
    model.eval()
    folder = out / name
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if name == "nllb-tiny":
        save_bin(model, out / "nllb-bin")
    all_cases = cases()
    texts = []
    if golden.trained:
        save_tokenizer(folder)
        texts = [translated(model, folder, *line) for line in TEXTS]
    pack = {
        "recorded_with": {"torch": torch.__version__, "transformers": transformers.__version__},
        "cases": [run(model, case) for case in all_cases],
        "searches": [search(model, options) for options in SEARCHES],
        "texts": texts,
    }
    tensors = {n: t for case in all_cases for n, t in case.tensors.items()}
    save_file(tensors, folder / "reference.safetensors")
    (folder / "reference.json").write_text(compact(pack), encoding="utf-8")
    lengths = [len(h["tokens"]) for s in pack["searches"] for r in s["hypotheses"] for h in r[:1]]
    kilobytes = sum(file.stat().st_size for file in folder.iterdir()) / 1e3
    print(f"{name:14s} {kilobytes:7.1f} kB; lengths of results {sorted(set(lengths))}")


TEXTS = [
    ("a b c", "eng_Latn", "fra_Latn", 1),
    ("x  w v u", "eng_Latn", "deu_Latn", 1),
    ("h e l l o", "eng_Latn", "fra_Latn", 4),
    ("q", "eng_Latn", "deu_Latn", 4),
]


def save_tokenizer(folder: Path) -> None:
    """An NLLB tokenizer of which the letters a to x are the words of the trained model."""
    words = [chr(ord("a") + i) for i in range(WORDS)]
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", *("▁" + w for w in words), "▁", *words]
    vocabulary += [f"<unused{i}>" for i in range(len(vocabulary), LANGUAGES[0] - 1)] + ["<mask>"]
    codes = ["eng_Latn", "fra_Latn", "deu_Latn"]
    tokenizer = NllbTokenizer(
        vocab={token: i for i, token in enumerate([*vocabulary, *codes])},
        merges=[("▁", w) for w in words],
        extra_special_tokens=codes,
    )
    assert tuple(tokenizer.convert_tokens_to_ids(codes)) == LANGUAGES
    tokenizer.save_pretrained(folder)


def translated(
    model: M2M100ForConditionalGeneration, folder: Path, text: str, source: str, to: str, beams: int
) -> dict[str, Any]:
    tokenizer = AutoTokenizer.from_pretrained(folder, src_lang=source)
    inputs = tokenizer(text, return_tensors="pt")
    found = model.generate(
        **inputs,
        forced_bos_token_id=tokenizer.convert_tokens_to_ids(to),
        num_beams=beams,
        max_length=32,
        do_sample=False,
    )
    return {
        "text": text,
        "from": source,
        "to": to,
        "beams": beams,
        "ids": inputs["input_ids"][0].tolist(),
        "translation": tokenizer.batch_decode(found, skip_special_tokens=True)[0],
    }


def save_bin(model: M2M100ForConditionalGeneration, folder: Path) -> None:
    """The checkpoint as version 4 wrote it: one file of PyTorch with the embedding four times, in one
    storage, and the tables of positions."""
    state = {name: value.detach() for name, value in model.state_dict().items()}
    shared = state["model.shared.weight"]
    for copy in ("model.encoder.embed_tokens", "model.decoder.embed_tokens", "lm_head"):
        state[f"{copy}.weight"] = shared
    for stack in (model.model.encoder, model.model.decoder):
        name = "encoder" if stack is model.model.encoder else "decoder"
        state[f"model.{name}.embed_positions.weights"] = stack.embed_positions.weights[:66].clone()
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(state, folder / "pytorch_model.bin")
    model.config.save_pretrained(folder)


def compact(pack: dict[str, Any]) -> str:
    """Indented, but with lists of numbers and small objects on one line each."""
    lines = json.dumps(pack, indent=1)
    lines = re.sub(r"\[[\s\d,-]+\]", lambda m: re.sub(r"\s+", "", m.group()), lines)
    small = re.compile(r"\{\s+(\"(?:path|tokens)\": [^{}]*?)\s+\}")
    return small.sub(lambda m: "{" + re.sub(r"\s+", " ", m[1]) + "}", lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(GOLDENS)}")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    for name in arguments.names or GOLDENS:
        make(name, GOLDENS[name], arguments.out)


if __name__ == "__main__":
    main()
