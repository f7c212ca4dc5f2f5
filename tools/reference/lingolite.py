"""Records LingoLite by `lingolite_model.py`, a definition of our own."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from instrument import SCORES_LIMIT, Recording
from lingolite_model import START, Attention, LingoLite, Scaled
from lingolite_model import greedy as continued
from torch import Tensor, nn
from translators import TranslationCase, check, described

__all__ = ["check", "described", "greedy", "run"]

BLOCKS = re.compile(r"(encoder|decoder)\.(layers\.\d+|final_norm)")
PARTS = re.compile(
    r"(encoder|decoder)\.(embedding(\.scaled)?|final_norm"
    r"|layers\.\d+(\.((self_attn|cross_attn)(\.([qkv]_proj|[qk]_rope|context))?|ffn))?)"
)  # context with all that it is made of
COMPONENTS = re.compile(
    r"(encoder|decoder)\.(embedding(\.scaled)?|final_norm|layers\.\d+"
    r"(\.(self_attn|cross_attn)(\.([qkvo]_proj|[qk]_rope|scores|probs|context))?"
    r"|\.ffn(\.(gate|up|down)_proj)?|\.norm[123])?)"
)


def run(model: LingoLite, case: TranslationCase) -> Recording:
    recording = Recording(case)
    lengths = torch.tensor([sum(row) for row in case.mask])
    with _instrumented(model, recording), torch.no_grad():
        logits = model(torch.tensor(case.source), lengths, torch.tensor(case.target))
    recording.tensors[f"{case.name}/logits"] = case.selected("logits", logits).contiguous()
    return recording


@contextmanager
def _instrumented(model: LingoLite, recording: Recording) -> Iterator[None]:
    hooks = []
    for path, module in model.named_modules():
        if isinstance(module, Attention):
            attended = _attended(recording, path, module)
            hooks.append(module.o_proj.register_forward_pre_hook(attended))
        if isinstance(module, Scaled):
            hooks.append(module.register_forward_hook(_scaled(recording, path)))
        elif not isinstance(module, nn.Embedding) and recording.case.wants(path):
            hooks.append(module.register_forward_hook(_leaving(recording, path)))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _leaving(recording: Recording, path: str) -> Callable[..., None]:
    def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        recording.keep(path, output)

    return hook


def _scaled(recording: Recording, path: str) -> Callable[..., None]:
    """The one embedding's rows, under the name of the stack that asked for them."""
    embedding = path.replace("scaled", "embedding")

    def hook(module: Scaled, inputs: tuple[Tensor], output: Tensor) -> None:
        if recording.case.wants(embedding):
            recording.keep(embedding, inputs[0])
            recording.keep(f"{embedding}.scaled", output, scale=module.scale)

    return hook


def _attended(recording: Recording, path: str, attention: Attention) -> Callable[..., None]:
    def hook(_module: nn.Module, _inputs: Any) -> None:
        scores = attention.seen["scores"]
        # an engine need not make keys of padding, which scores of a batch's sources would show
        shown = path.endswith(".self_attn") or len(scores) == 1
        small = shown and max(scores.shape[2:]) <= SCORES_LIMIT
        for name in ("q_rope", "k_rope", "scores", "probs", "context"):
            known = name in attention.seen and (small or name not in ("scores", "probs"))
            if known and recording.case.wants(f"{path}.{name}"):
                recording.keep(f"{path}.{name}", attention.seen[name])

    return hook


def greedy(model: LingoLite, case: TranslationCase, count: int) -> dict[str, Any]:
    """Arg-max after the start token, of the first row; the end token is included."""
    source = [token for token, mask in zip(case.source[0], case.mask[0], strict=True) if mask]
    with torch.no_grad():
        tokens = continued(model, source, count + 1)
    return {"input_ids": source, "prompt": [START], "tokens": tokens}
