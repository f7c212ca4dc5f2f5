"""LingoLite in PyTorch, written from its description: the oracle of goldens and reference packs.

Attention is spelled out (no fused kernels), keys are repeated for their group of queries, nothing is
cached: every step of a search computes the whole prefix again.
"""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

PAD, START, END, UNKNOWN = 0, 1, 2, 3


@dataclass(frozen=True)
class Config:
    """Under the names that checkpoints have. Without arguments it is the preset `small`."""

    vocab_size: int = 24_000
    d_model: int = 512
    n_encoder_layers: int = 6
    n_decoder_layers: int = 6
    n_heads: int = 8
    n_kv_heads: int = 2
    d_ff: int = 2048
    max_seq_len: int = 512
    dropout: float = 0.1
    tie_embeddings: bool = True
    pad_token_id: int = PAD

    model_type = "lingolite"
    is_encoder_decoder = True
    eos_token_id = END

    def noted(self) -> dict:
        return asdict(self)


class Norm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        mean_square = x.float().pow(2).mean(-1, keepdim=True)
        return x.float() * torch.rsqrt(mean_square + 1e-6) * self.weight


def rotated(x: Tensor) -> Tensor:
    """Rotary positions of `[B, H, L, E]`, halves paired, angles in fp32."""
    length, width = x.shape[-2:]
    frequencies = 1.0 / (10_000 ** (torch.arange(0, width, 2).float() / width))
    angles = torch.outer(torch.arange(length).float(), frequencies)
    cos = torch.cat([angles.cos()] * 2, -1)
    sin = torch.cat([angles.sin()] * 2, -1)
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat([-right, left], -1) * sin


class Attention(nn.Module):
    def __init__(self, config: Config, rotary: bool) -> None:
        super().__init__()
        self.heads, self.key_heads = config.n_heads, config.n_kv_heads
        self.width = config.d_model // config.n_heads
        self.rotary = rotary
        keys = self.key_heads * self.width
        self.q_proj = nn.Linear(config.d_model, config.d_model, bias=False)
        self.k_proj = nn.Linear(config.d_model, keys, bias=False)
        self.v_proj = nn.Linear(config.d_model, keys, bias=False)
        self.o_proj = nn.Linear(config.d_model, config.d_model, bias=False)
        self.seen: dict[str, Tensor] = {}

    def split(self, x: Tensor, heads: int) -> Tensor:
        return x.view(*x.shape[:2], heads, self.width).transpose(1, 2)

    def forward(self, x: Tensor, source: Tensor, mask: Tensor) -> Tensor:
        """`mask` `[B or 1, 1, L or 1, S]` is true where a query may look."""
        q = self.split(self.q_proj(x), self.heads)
        k = self.split(self.k_proj(source), self.key_heads)
        v = self.split(self.v_proj(source), self.key_heads)
        if self.rotary:
            q, k = rotated(q), rotated(k)
            self.seen["q_rope"], self.seen["k_rope"] = q, k
        groups = self.heads // self.key_heads
        k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
        scores = q @ k.transpose(-1, -2) * self.width**-0.5
        probs = scores.masked_fill(~mask, -torch.inf).softmax(-1)
        probs = probs.where(mask.any(-1, keepdim=True), 0.0)  # who sees nothing gets zeros
        context = (probs @ v).transpose(1, 2).flatten(2)
        self.seen |= {"scores": scores, "probs": probs, "context": context}
        return self.o_proj(context)


class FeedForward(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.d_model, config.d_ff, bias=False)
        self.up_proj = nn.Linear(config.d_model, config.d_ff, bias=False)
        self.down_proj = nn.Linear(config.d_ff, config.d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class EncoderLayer(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.self_attn = Attention(config, rotary=True)
        self.ffn = FeedForward(config)
        self.norm1, self.norm2 = Norm(config.d_model), Norm(config.d_model)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        normed = self.norm1(x)
        x = x + self.self_attn(normed, normed, mask)
        return x + self.ffn(self.norm2(x))


class DecoderLayer(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.self_attn = Attention(config, rotary=True)
        self.cross_attn = Attention(config, rotary=False)
        self.ffn = FeedForward(config)
        self.norm1, self.norm2 = Norm(config.d_model), Norm(config.d_model)
        self.norm3 = Norm(config.d_model)

    def forward(self, x: Tensor, causal: Tensor, encoded: Tensor, mask: Tensor) -> Tensor:
        normed = self.norm1(x)
        x = x + self.self_attn(normed, normed, causal)
        x = x + self.cross_attn(self.norm2(x), encoded, mask)
        return x + self.ffn(self.norm3(x))


class Scaled(nn.Module):
    """A module, so that what goes in and comes out can be listened to."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = math.sqrt(width)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


class Stack(nn.Module):
    def __init__(self, config: Config, embedding: nn.Embedding, layers: list[nn.Module]) -> None:
        super().__init__()
        self.embedding = embedding
        self.scaled = Scaled(config.d_model)
        self.layers = nn.ModuleList(layers)
        self.final_norm = Norm(config.d_model)

    def embedded(self, tokens: Tensor) -> Tensor:
        return self.scaled(self.embedding(tokens))


class LingoLite(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        shared = nn.Embedding(config.vocab_size, config.d_model)
        self.encoder = Stack(
            config, shared, [EncoderLayer(config) for _ in range(config.n_encoder_layers)]
        )
        self.decoder = Stack(
            config, shared, [DecoderLayer(config) for _ in range(config.n_decoder_layers)]
        )
        self.decoder.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        if config.tie_embeddings:
            self.decoder.lm_head.weight = shared.weight

    def encode(self, source: Tensor, mask: Tensor) -> Tensor:
        x = self.encoder.embedded(source)
        for layer in self.encoder.layers:
            x = layer(x, mask)
        return self.encoder.final_norm(x)

    def decode(self, target: Tensor, encoded: Tensor, mask: Tensor) -> Tensor:
        length = target.shape[1]
        causal = torch.ones(length, length, dtype=torch.bool).tril()[None, None]
        x = self.decoder.embedded(target)
        for layer in self.decoder.layers:
            x = layer(x, causal, encoded, mask)
        return self.decoder.lm_head(self.decoder.final_norm(x))

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        mask = seen(lengths, source.shape[1])
        return self.decode(target, self.encode(source, mask), mask)


def seen(lengths: Tensor, width: int) -> Tensor:
    """True where a source has tokens: `[N, 1, 1, S]`."""
    return (torch.arange(width)[None] < lengths[:, None])[:, None, None]


def greedy(model: LingoLite, source: list[int], max_length: int) -> list[int]:
    """Without the start token."""
    mask = torch.ones(1, 1, 1, len(source), dtype=torch.bool)
    encoded = model.encode(torch.tensor([source]), mask)
    tokens = [START]
    while len(tokens) < max_length and tokens[-1] != END:
        logits = model.decode(torch.tensor([tokens]), encoded, mask)[0, -1]
        tokens.append(int(logits.argmax()))
    return tokens[1:]


def beam(
    model: LingoLite,
    source: list[int],
    beams: int,
    max_length: int,
    length_penalty: float = 1.0,
    early_stopping: bool = True,
) -> list[tuple[list[int], float]]:
    """The best hypotheses, without the start token, and their scores.

    Of all continuations the best `2 * beams` are candidates. Those that end are kept and take no
    place of a live one. It is over when as many ended as there are beams, or at the longest length,
    where what lives is compared with what ended. Lengths count the start token and the end."""
    mask = torch.ones(1, 1, 1, len(source), dtype=torch.bool)
    encoded = model.encode(torch.tensor([source]), mask)
    live: list[tuple[list[int], float]] = [([START], 0.0)]
    ended: list[tuple[list[int], float]] = []
    for length in range(2, max_length + 1):
        rows = torch.tensor([tokens for tokens, _ in live])
        logits = model.decode(
            rows, encoded.expand(len(live), -1, -1), mask.expand(len(live), -1, -1, -1)
        )[:, -1]
        scores = logits.log_softmax(-1) + torch.tensor([score for _, score in live])[:, None]
        best = scores.flatten().topk(2 * beams)
        candidates = [
            ([*live[place // scores.shape[1]][0], place % scores.shape[1]], score)
            for score, place in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        ]
        ended += [(t, s / length**length_penalty) for t, s in candidates if t[-1] == END]
        ended = sorted(ended, key=lambda one: -one[1])[:beams]
        live = [(t, s) for t, s in candidates if t[-1] != END][:beams]
        if early_stopping and len(ended) == beams:
            live = []
            break
    found = ended + [(t, s / len(t) ** length_penalty) for t, s in live]
    found = sorted(found, key=lambda one: -one[1])[:beams]
    return [(tokens[1:], score) for tokens, score in found]
