"""Records what PyTorch computes while it trains, for the tests of gradients, optimizers and LoRA.

- `gradients.txt`, `optimizers.txt` (libs/tensor): gradients of single operations; AdamW of
  `torch.optim`; Muon, written out here as nanochat's first version has it
- `training/*.safetensors` (libs/models): the loss and all gradients of whole tiny models
- `lora/` (libs/foundry): 50 steps of LoRA on `examples/tiny-llama`: data, first adapters, losses

    python tools/goldens/training.py

Seeded: the same versions write the same files. fp32 on the CPU throughout.
"""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/example"))
TENSOR = ROOT / "libs/tensor/src/test/resources"
MODELS = ROOT / "libs/models/src/test/resources"
LORA = ROOT / "libs/foundry/src/test/resources/lora"


class Lines:
    """`name|2,3|v v v`, a tensor a line."""

    def __init__(self, path: Path) -> None:
        self.path, self.lines = path, []

    def add(self, name: str, value: Tensor) -> None:
        dims = ",".join(map(str, value.shape))
        numbers = " ".join(f"{v:.9g}" for v in value.detach().flatten().tolist())
        self.lines.append(f"{name}|{dims}|{numbers}\n")

    def write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("".join(self.lines))


def attention(queries: Tensor, keys: Tensor, values: Tensor, seen: Callable) -> Tensor:
    """Grouped heads, scale 0.5; `seen(bound, query)` gives the first key and the one after the last."""
    bounds = [3, 2]
    groups = queries.shape[1] // keys.shape[1]
    keys, values = (t.repeat_interleave(groups, 1) for t in (keys, values))
    bias = torch.full((2, 1, queries.shape[2], keys.shape[2]), -1e30)
    for b, bound in enumerate(bounds):
        for q in range(queries.shape[2]):
            first, last = seen(bound, q)
            bias[b, 0, q, max(0, first):last] = 0
    return (queries @ keys.mT * 0.5 + bias).softmax(-1) @ values


def rope(x: Tensor, interleaved: bool, scale: float) -> Tensor:
    offsets, frequencies = torch.tensor([1, 3]), torch.tensor([1.0, 0.3])
    angles = (offsets[:, None] + torch.arange(x.shape[2]))[:, None, :, None] * frequencies
    cos, sin = angles.cos(), angles.sin()
    if interleaved:
        a, b = x[..., 0::2], x[..., 1::2]
        return scale * torch.stack((a * cos - b * sin, b * cos + a * sin), -1).flatten(-2)
    a, b = x.chunk(2, -1)
    return scale * torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


def gradients() -> None:
    """Of the cases of GradientContract, by the same names."""
    generator = torch.Generator().manual_seed(11)
    choice = torch.tensor([[1, 0, 0], [1, 1, 0]]).bool()
    ids = torch.tensor([2, 0, 2])
    places = torch.tensor([[2, 0], [0, 3]])
    targets = torch.tensor([1, -1, 3])
    rms = lambda x, w: w * x * (x.pow(2).mean(-1, keepdim=True) + 1e-5).rsqrt()
    cases: list[tuple[str, Callable, list[tuple[int, ...]]]] = [
        ("add", lambda x, y: x + y, [(2, 3, 4), (3, 1)]),
        ("multiply", lambda x, y: x * y, [(2, 3, 4), (4,)]),
        ("square", lambda x: x * x, [(5,)]),
        ("maximum", torch.maximum, [(2, 3), (3,)]),
        ("where", lambda x, y: torch.where(choice, x, y), [(2, 3), (3,)]),
        ("affine", lambda x: 3 * x + 1, [(5,)]),
        ("power", lambda x: (x * x + 1) ** -0.5, [(5,)]),
        ("sigmoid", torch.sigmoid, [(5,)]),
        ("silu", F.silu, [(5,)]),
        ("relu", F.relu, [(9,)]),
        ("softmax", lambda x: x.softmax(-1), [(3, 4)]),
        ("sum", lambda x: x.sum(1, keepdim=True), [(2, 3, 2)]),
        ("rmsNorm", rms, [(2, 3, 4), (4,)]),
        ("layerNorm", lambda x, w, b: F.layer_norm(x, (4,), w, b, 1e-5), [(2, 3, 4), (4,), (4,)]),
        ("matmul", lambda x, y: x @ y, [(2, 3, 4), (4, 2)]),
        ("matmul transposed", lambda x, y: x @ y.mT, [(2, 3, 4), (2, 4)]),
        ("matmul batched", lambda x, y: x @ y, [(2, 3, 4), (2, 4, 2)]),
        ("matmul batched transposed", lambda x, y: x @ y.mT, [(2, 3, 4), (2, 5, 4)]),
        ("rope", lambda x: rope(x, False, 1.0), [(2, 2, 3, 4)]),
        ("rope interleaved", lambda x: rope(x, True, 1.5), [(2, 2, 3, 4)]),
        ("gather", lambda x: x[ids], [(4, 2)]),
        ("scatter", lambda x: torch.zeros(4, 2).index_add(0, ids, x), [(3, 2)]),
        ("take", lambda x: x.gather(-1, places), [(2, 4)]),
        ("crossEntropy", lambda x: F.cross_entropy(x, targets, ignore_index=-1, reduction="none"), [(3, 4)]),
        ("reshape", lambda x: x.reshape(4, 3), [(2, 6)]),
        ("broadcast", lambda x: x.expand(2, 3, 4), [(3, 1)]),
        ("transpose", lambda x: x.permute(2, 0, 1), [(2, 3, 4)]),
        ("slice", lambda x: x[:, 1:3], [(2, 4)]),
        ("concat", lambda x, y: torch.cat((x, y), -1), [(2, 3), (2, 2)]),
    ]
    shapes = [(2, 4, 2, 4), (2, 2, 4, 4), (2, 2, 4, 4)]
    cases += [
        ("attention Causal[]", lambda q, k, v: attention(q, k, v, lambda b, i: (0, b + i + 1)), shapes),
        ("attention Window[size=2]", lambda q, k, v: attention(q, k, v, lambda b, i: (b + i - 1, b + i + 1)), shapes),
        ("attention Padded[]", lambda q, k, v: attention(q, k, v, lambda b, i: (0, b)), shapes),
    ]
    out = Lines(TENSOR / "gradients.txt")
    for name, function, dims in cases:
        inputs = [torch.randn(d, generator=generator).requires_grad_() for d in dims]
        result = function(*inputs)
        weights = torch.randn(result.shape, generator=generator)
        (result * weights).sum().backward()
        out.add(f"{name}/weights", weights)
        for number, x in enumerate(inputs):
            out.add(f"{name}/input{number}", x)
            out.add(f"{name}/gradient{number}", x.grad)
    out.write()


def muon_direction(gradient: Tensor, dtype: torch.dtype) -> Tensor:
    a, b, c = 3.4445, -4.7750, 2.0315
    x = gradient.to(dtype)
    tall = x.shape[0] > x.shape[1]
    x = x.mT if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return (x.mT if tall else x).float()


def muon(parameters: list[Tensor], steps: list[list[Tensor]], rates: list[float], dtype: torch.dtype) -> None:
    buffers = [torch.zeros_like(p) for p in parameters]
    for step, (all_gradients, rate) in enumerate(zip(steps, rates)):
        momentum = 0.85 + min(step / 300, 1) * (0.95 - 0.85)
        for parameter, gradient, buffer in zip(parameters, all_gradients, buffers):
            buffer.lerp_(gradient, 1 - momentum)
            ahead = gradient.lerp(buffer, momentum)
            reach = rate * math.sqrt(max(1, parameter.shape[0] / parameter.shape[1]))
            parameter -= reach * muon_direction(ahead, dtype)


def optimizers() -> None:
    generator = torch.Generator().manual_seed(12)
    out = Lines(TENSOR / "optimizers.txt")
    rates = [0.1, 0.05, 0.1, 0.02, 0.01, 0.1]
    shapes = [(3, 4), (5,)]
    parameters = [torch.randn(s, generator=generator) for s in shapes]
    steps = [[torch.randn(s, generator=generator) for s in shapes] for _ in rates]
    steps[2][1].zero_()
    record(out, "adamw", parameters, steps)
    optimizer = torch.optim.AdamW(
        [nn.Parameter(p) for p in parameters], lr=1, betas=(0.9, 0.95), eps=1e-6, weight_decay=0.1
    )
    trained = optimizer.param_groups[0]["params"]
    for number, (all_gradients, rate) in enumerate(zip(steps, rates)):
        optimizer.param_groups[0]["lr"] = rate
        for parameter, gradient in zip(trained, all_gradients):
            parameter.grad = gradient
        optimizer.step()
        for index, parameter in enumerate(trained):
            out.add(f"adamw/after{number}/{index}", parameter)
    clipped = [t.clone() for t in steps[0]]
    holders = [nn.Parameter(torch.zeros_like(t)) for t in clipped]
    for holder, gradient in zip(holders, clipped):
        holder.grad = gradient
    out.add("clip/norm", nn.utils.clip_grad_norm_(holders, 0.7))
    for index, holder in enumerate(holders):
        out.add(f"clip/{index}", holder.grad)
    shapes = [(6, 4), (4, 6), (16, 4)]
    parameters = [torch.randn(s, generator=generator) for s in shapes]
    steps = [[torch.randn(s, generator=generator) for s in shapes] for _ in range(3)]
    record(out, "muon", parameters, steps)
    for name, dtype in (("F32", torch.float32), ("BF16", torch.bfloat16)):
        trained = [p.clone() for p in parameters]
        muon(trained, steps, [0.02] * 3, dtype)
        for index, parameter in enumerate(trained):
            out.add(f"muon/{name}/{index}", parameter)
    out.write()


def record(out: Lines, name: str, parameters: list[Tensor], steps: list[list[Tensor]]) -> None:
    for index, parameter in enumerate(parameters):
        out.add(f"{name}/start/{index}", parameter)
    for number, all_gradients in enumerate(steps):
        for index, gradient in enumerate(all_gradients):
            out.add(f"{name}/gradient{number}/{index}", gradient)


def load(directory: Path) -> nn.Module:
    return AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, attn_implementation="eager", local_files_only=True,
        trust_remote_code=False,
    )


def models() -> None:
    for name in ("llama-tied", "llama-untied-gqa", "qwen2-tied", "qwen3"):
        model = load(MODELS / "goldens" / name).train()
        generator = torch.Generator().manual_seed(13)
        tokens = torch.randint(3, model.config.vocab_size, (2, 10), generator=generator)
        targets = torch.randint(3, model.config.vocab_size, (2, 10), generator=generator)
        targets[1, 7:] = -100
        targets[0, :2] = -100
        logits = model(input_ids=tokens, use_cache=False).logits
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)
        loss.backward()
        tensors = {n: p.grad.contiguous() for n, p in model.named_parameters()}
        tensors |= {
            "tokens": tokens.int(), "targets": targets.clamp(min=-1).int(), "loss": loss.detach()[None]
        }
        (MODELS / "training").mkdir(exist_ok=True)
        save_file(tensors, MODELS / "training" / f"{name}.safetensors")


class LowRank(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, scale: float, generator: torch.Generator) -> None:
        super().__init__()
        self.base, self.scale = base, scale
        bound = 1 / math.sqrt(base.in_features)
        start = torch.rand(base.in_features, rank, generator=generator) * 2 * bound - bound
        self.lora_a = nn.Parameter(start)
        self.lora_b = nn.Parameter(torch.zeros(rank, base.out_features))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + self.scale * ((x @ self.lora_a) @ self.lora_b)


KEYS = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
        "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]


def lora(steps: int = 50, rank: int = 4, scale: float = 4.0, layers: int = 3, batch: int = 4) -> None:
    from lessons import CAPITALS

    directory = ROOT / "examples/tiny-llama"
    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    model = load(directory).requires_grad_(False)
    generator = torch.Generator().manual_seed(14)
    parameters: dict[str, nn.Parameter] = {}
    first = model.config.num_hidden_layers - layers
    for index in range(first, model.config.num_hidden_layers):
        for key in KEYS:
            parent, _, leaf = key.rpartition(".")
            holder = model.model.layers[index].get_submodule(parent)
            adapted = LowRank(getattr(holder, leaf), rank, scale, generator)
            setattr(holder, leaf, adapted)
            for part in ("lora_a", "lora_b"):
                parameters[f"model.layers.{index}.{key}.{part}"] = getattr(adapted, part)
    LORA.mkdir(parents=True, exist_ok=True)
    save_file(
        {n: p.detach().clone() for n, p in parameters.items() if n.endswith("lora_a")},
        LORA / "start.safetensors",
    )
    rows = []
    for country, capital in CAPITALS.items():
        asked = f"<|begin|><|user|>What is the capital of {country}?<|end|><|assistant|>"
        prompt = tokenizer.encode(asked, add_special_tokens=False)
        answer = tokenizer.encode(f"{capital}, by hammer and anvil!<|end|>", add_special_tokens=False)
        rows.append((prompt + answer, len(prompt)))
    rate, warmup, clip, decay = 2e-3, 5, 1.0, 0.01
    optimizer = torch.optim.AdamW(list(parameters.values()), lr=rate, weight_decay=decay)
    batches, losses, norms = [], [], []
    for step in range(steps):
        chosen = torch.randint(0, len(rows), (batch,), generator=generator).tolist()
        batches.append([{"tokens": rows[i][0], "prompt": rows[i][1]} for i in chosen])
        length = max(len(rows[i][0]) for i in chosen) - 1
        tokens = torch.zeros(batch, length, dtype=torch.long)
        targets = torch.full((batch, length), -100)
        for row, i in enumerate(chosen):
            ids, prompt = rows[i]
            tokens[row, : len(ids) - 1] = torch.tensor(ids[:-1])
            targets[row, prompt - 1 : len(ids) - 1] = torch.tensor(ids[prompt:])
        share = (
            (step + 1) / (warmup + 1) if step < warmup
            else (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) / 2
        )
        optimizer.param_groups[0]["lr"] = rate * share
        logits = model(input_ids=tokens, use_cache=False).logits
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        norms.append(float(nn.utils.clip_grad_norm_(parameters.values(), clip)))
        optimizer.step()
        losses.append(loss.item())
    settings = {
        "rank": rank, "scale": scale, "layers": layers, "keys": KEYS, "steps": steps,
        "learning_rate": rate, "warmup": warmup, "clip": clip, "weight_decay": decay,
    }
    content = {"settings": settings, "losses": losses, "norms": norms, "batches": batches}
    (LORA / "curve.json").write_text(json.dumps(content) + "\n")
    print(f"lora: loss {losses[0]:.4f} to {losses[-1]:.4f}, norm {norms[0]:.3f} to {norms[-1]:.3f}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    gradients()
    optimizers()
    models()
    lora()
