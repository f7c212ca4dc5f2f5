"""Listens to a transformers model: module outputs by hooks, attention by wrapping its functions."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

SCORES_LIMIT = 64  # scores and probabilities grow with the square of the length
BLOCK = re.compile(r"model\.layers\.\d+")
COMPONENT = re.compile(
    r"model\.(embed_tokens|norm|layers\.\d+"
    r"(\.(input_layernorm|post_attention_layernorm|self_attn(\.([qkvo]_proj|[qk]_norm))?"
    r"|mlp(\.(gate|up|down)_proj)?))?)"
)


class CannotRecord(Exception):
    """The checkpoint, or what was asked of it, does not allow a recording. The message says why."""


@dataclass(frozen=True)
class Case:
    """One forward pass: `positions` limits what is kept to these rows of the length axis."""

    name: str
    tokens: list[list[int]]
    positions: list[int] | None = None
    blocks_only: bool = False

    def wants(self, path: str) -> bool:
        return bool((BLOCK if self.blocks_only else COMPONENT).fullmatch(path))

    def selected(self, _path: str, value: Tensor) -> Tensor:
        return value if self.positions is None else value[:, self.positions]



@dataclass
class Recording:
    """The components of one case in the order in which PyTorch finished them."""

    case: Any
    components: list[dict[str, Any]] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    attention: str = ""  # path of the attention module that is running

    def keep(self, path: str, value: Tensor, **about: Any) -> None:
        """`about` goes into the description of the component."""
        value = self.case.selected(path, value)
        name = f"{self.case.name}/{path}"
        stored = self._same_as_last(value)
        if stored is None:
            self.tensors[name] = value.detach().to(torch.float32).contiguous().clone()
        self.components.append({"path": path, "tensor": stored or name, **about})

    def _same_as_last(self, value: Tensor) -> str | None:
        """o_proj and self_attn, down_proj and mlp, are one tensor under two paths: stored once."""
        if not self.components:
            return None
        last = self.components[-1]["tensor"]
        same = self.tensors[last].shape == value.shape and torch.equal(self.tensors[last], value)
        return last if same else None


@contextmanager
def instrumented(model: nn.Module, recording: Recording) -> Iterator[None]:
    """Hooks every module of interest, and the two functions of eager attention."""
    hooks = []
    for path, module in model.named_modules():
        if path.endswith(".self_attn"):
            hooks.append(module.register_forward_pre_hook(_entering(recording, path)))
        if recording.case.wants(path):
            hooks.append(module.register_forward_hook(_leaving(recording, path)))
    try:
        with _eager_attention(_modeling(model), recording):
            yield
    finally:
        for hook in hooks:
            hook.remove()


def _entering(recording: Recording, path: str) -> Callable[..., None]:
    def hook(_module: nn.Module, _inputs: Any) -> None:
        recording.attention = path

    return hook


def _leaving(recording: Recording, path: str) -> Callable[..., None]:
    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        recording.keep(path, output[0] if isinstance(output, tuple) else output)

    return hook


def _modeling(model: nn.Module) -> ModuleType:
    module = sys.modules[type(model).__module__]
    missing = [
        name
        for name in ("apply_rotary_pos_emb", "eager_attention_forward", "repeat_kv")
        if not hasattr(module, name)
    ]
    if missing:
        raise CannotRecord(
            f"{type(model).__name__}: {module.__name__} has no {', '.join(missing)}, "
            "so its attention cannot be instrumented (known: llama, mistral, qwen2, qwen3)"
        )
    return module


@contextmanager
def _eager_attention(modeling: ModuleType, recording: Recording) -> Iterator[None]:
    if recording.case.blocks_only:
        yield
        return
    rotate, attend = modeling.apply_rotary_pos_emb, modeling.eager_attention_forward

    def rotate_recorded(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        q, k = rotate(*args, **kwargs)
        recording.keep(f"{recording.attention}.q_rope", q)
        recording.keep(f"{recording.attention}.k_rope", k)
        return q, k

    def attend_recorded(
        module: nn.Module, query: Tensor, key: Tensor, *args: Any, scaling: float, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        context, probs = attend(module, query, key, *args, scaling=scaling, **kwargs)
        if query.shape[2] <= SCORES_LIMIT:
            keys = modeling.repeat_kv(key, module.num_key_value_groups)
            scores = torch.matmul(query, keys.transpose(2, 3)) * scaling
            recording.keep(f"{recording.attention}.scores", scores)
            recording.keep(f"{recording.attention}.probs", probs)
        recording.keep(f"{recording.attention}.context", context.flatten(2))
        return context, probs

    modeling.apply_rotary_pos_emb = rotate_recorded
    modeling.eager_attention_forward = attend_recorded
    try:
        yield
    finally:
        modeling.apply_rotary_pos_emb, modeling.eager_attention_forward = rotate, attend
