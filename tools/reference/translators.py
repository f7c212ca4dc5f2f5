"""Records encoder-decoder models (M2M-100, NLLB-200): a source in, the logits of its translation out.

A pass is teacher-forced: the decoder is given all of its ids at once, so that every position of a
case is one step of decoding. Sources of different length are padded at their end.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from decoders import check_rows
from instrument import SCORES_LIMIT, CannotRecord, Recording
from torch import Tensor, nn

ENCODER = re.compile(r"(model\.)?encoder\.")
STACK = r"model\.(encoder|decoder)"
BLOCKS = re.compile(STACK + r"\.(embed_positions|layers\.\d+|layer_norm)")
PARTS = re.compile(
    STACK + r"\.(embed_tokens|embed_positions|layer_norm"
    r"|layers\.\d+(\.((self_attn|encoder_attn)(\.([qkv]_proj|context))?|fc2))?)"
)  # context with all that it is made of: else it is not free of what quantization did to weights
COMPONENTS = re.compile(
    STACK + r"\.(embed_tokens|embed_positions|layer_norm|layers\.\d+"
    r"(\.((self_attn|encoder_attn)(\.([qkv]_proj|out_proj|scores|probs|context)|_layer_norm)?"
    r"|fc[12]|final_layer_norm))?)"
)


@dataclass(frozen=True)
class TranslationCase:
    """One pass of encoder and decoder.

    `source` is padded, `mask` says where; `target` begins with the start token and the language.
    Positions limit what is kept to these rows of the source's and the target's length axis.
    """

    name: str
    source: list[list[int]]
    mask: list[list[int]]
    target: list[list[int]]
    source_positions: list[int] | None = None
    target_positions: list[int] | None = None
    paths: re.Pattern[str] = COMPONENTS

    def wants(self, path: str) -> bool:
        return bool(self.paths.fullmatch(path))

    def selected(self, path: str, value: Tensor) -> Tensor:
        positions = self.source_positions if ENCODER.match(path) else self.target_positions
        return value if positions is None else value[:, positions]


def padded(
    name: str, sources: list[list[int]], target: list[list[int]], padding: int, **options: Any
) -> TranslationCase:
    width = max(map(len, sources))
    source = [row + [padding] * (width - len(row)) for row in sources]
    mask = [[1] * len(row) + [0] * (width - len(row)) for row in sources]
    return TranslationCase(name, source, mask, target, **options)


def run(model: nn.Module, case: TranslationCase) -> Recording:
    recording = Recording(case)
    with _instrumented(model, recording), torch.no_grad():
        logits = model(
            input_ids=torch.tensor(case.source),
            attention_mask=torch.tensor(case.mask),
            decoder_input_ids=torch.tensor(case.target),
            use_cache=False,
        ).logits
    logits = case.selected("logits", logits).to(torch.float32).contiguous()
    recording.tensors[f"{case.name}/logits"] = logits
    return recording


def described(case: TranslationCase) -> dict[str, Any]:
    return {
        "input_ids": case.source,
        "attention_mask": case.mask,
        "decoder_input_ids": case.target,
        "encoder_positions": case.source_positions,
        "positions": case.target_positions,
    }


@contextmanager
def _instrumented(model: nn.Module, recording: Recording) -> Iterator[None]:
    modeling = sys.modules[type(model).__module__]
    paths = {module: path for path, module in model.named_modules()}
    wanted = [(module, path) for module, path in paths.items() if recording.case.wants(path)]
    if not hasattr(modeling, "eager_attention_forward") or not wanted:
        raise CannotRecord(
            f"{type(model).__name__}: its modules are unknown here (known: m2m_100, which NLLB is)"
        )
    hooks = [module.register_forward_hook(_leaving(recording, path)) for module, path in wanted]
    try:
        with _eager_attention(modeling, recording, paths):
            yield
    finally:
        for hook in hooks:
            hook.remove()


def _leaving(recording: Recording, path: str) -> Callable[..., None]:
    def hook(module: nn.Module, _inputs: Any, output: Any) -> None:
        value = output[0] if isinstance(output, tuple) else output
        scale = getattr(module, "embed_scale", None)
        recording.keep(path, value, **({} if scale is None else {"scale": float(scale)}))

    return hook


@contextmanager
def _eager_attention(
    modeling: ModuleType, recording: Recording, paths: dict[nn.Module, str]
) -> Iterator[None]:
    attend = modeling.eager_attention_forward

    def keep(path: str, value: Tensor) -> None:
        if recording.case.wants(path):
            recording.keep(path, value)

    def recorded(
        module: nn.Module, query: Tensor, key: Tensor, *args: Any, scaling: float, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        context, probs = attend(module, query, key, *args, scaling=scaling, **kwargs)
        path = paths[module]
        # an engine need not make keys of padding, which scores of a batch's sources would show
        shown = path.endswith(".self_attn") or len(key) == 1
        if shown and max(query.shape[2], key.shape[2]) <= SCORES_LIMIT:
            keep(f"{path}.scores", torch.matmul(query, key.transpose(2, 3)) * scaling)
            keep(f"{path}.probs", probs)
        keep(f"{path}.context", context.flatten(2))
        return context, probs

    modeling.eager_attention_forward = recorded
    try:
        yield
    finally:
        modeling.eager_attention_forward = attend


def greedy(model: nn.Module, case: TranslationCase, count: int) -> dict[str, Any]:
    """Arg-max with a cache after start and language of the first row; the end token is included."""
    source = [token for token, mask in zip(case.source[0], case.mask[0], strict=True) if mask]
    prompt = case.target[0][:2]
    return {
        "input_ids": source,
        "prompt": prompt,
        "tokens": continued(model, source, prompt, count),
    }


def continued(model: nn.Module, source: list[int], prompt: list[int], count: int) -> list[int]:
    end = model.config.eos_token_id
    mask = torch.ones(1, len(source), dtype=torch.long)
    tokens: list[int] = []
    step, cache = torch.tensor([prompt]), None
    with torch.no_grad():
        encoded = model.get_encoder()(input_ids=torch.tensor([source]), attention_mask=mask)
        while len(tokens) < count and tokens[-1:] != [end]:
            output = model(
                encoder_outputs=encoded,
                attention_mask=mask,
                decoder_input_ids=step,
                past_key_values=cache,
                use_cache=True,
            )
            tokens.append(int(output.logits[0, -1].argmax()))
            step, cache = torch.tensor([tokens[-1:]]), output.past_key_values
    return tokens


def check(cases: list[TranslationCase], vocab: int) -> None:
    for case in cases:
        check_rows(case.name, case.source, vocab)
        check_rows(case.name, case.target, vocab)
        if len(case.source) != len(case.target):
            raise CannotRecord(
                f"case {case.name}: {len(case.source)} sources, {len(case.target)} translations"
            )
