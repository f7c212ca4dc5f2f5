"""The rows of the table: what is compared with whom, and what is to be reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

INT4 = ("llama.cpp Q4_0", "llama.cpp Q4_K_M", "onnxruntime int4", "OpenVINO int4")
LIMIT_SHARE = 0.9  # of what streaming reads allow


@dataclass(frozen=True)
class Row:
    group: str
    title: str
    kind: str  # of turn
    figure: str
    unit: str
    ours: str
    peers: tuple[str, ...]
    factor: float  # of the best peer: at least, or at most where less is better
    less: bool = False
    limited: bool = False  # the goal is no more than that share of the read limit
    share: float = LIMIT_SHARE
    needs: str = ""  # what a processor must have for there to be a goal


ROWS = (
    Row("decode", "decode, 1 row, 4-bit", "row", "decode", "tok/s", "bessemer 4-bit", INT4, 1.2,
        limited=True),
    Row("decode", "decode, 1 row, 8-bit", "row", "decode", "tok/s", "bessemer 8-bit",
        ("llama.cpp Q8_0",), 1.2, limited=True),
    Row("decode", "decode, 1 row, bf16", "row", "decode", "tok/s", "bessemer bf16",
        ("llama.cpp BF16", "PyTorch bf16"), 1.2, limited=True),
    Row("batch", "decode, many rows, 4-bit", "rows", "decode", "tok/s", "bessemer 4-bit", INT4, 1.5),
    Row("prefill", "prefill, 4-bit", "row", "prefill", "tok/s", "bessemer 4-bit",
        ("llama.cpp Q4_0", "llama.cpp Q4_K_M"), 2),
    Row("prefill", "prefill, 4-bit, where there is AMX", "row", "prefill", "tok/s",
        "bessemer 4-bit", ("OpenVINO int4",), 1.2, needs="amx_int8"),
    Row("prefill", "prefill, bf16", "row", "prefill", "tok/s", "bessemer bf16", ("PyTorch bf16",), 1),
    Row("prefill", "prefill, fp32", "row", "prefill", "tok/s", "bessemer fp32", ("PyTorch fp32",),
        1.2),
    Row("java", "decode, 1 row, 4-bit, pure Java", "row", "decode", "tok/s", "bessemer 4-bit java",
        ("llama.cpp Q4_0",), 0.95),
    Row("load", "load to first token, cold", "cold", "first_token_seconds", "s", "bessemer 4-bit",
        ("llama.cpp Q4_0", "llama.cpp Q4_K_M"), 1, less=True),
    Row("load", "load to first token, warm", "warm", "first_token_seconds", "s", "bessemer 4-bit",
        ("llama.cpp Q4_0", "llama.cpp Q4_K_M"), 1, less=True),
    Row("memory", "memory while decoding, resident", "row", "resident_bytes", "MB",
        "bessemer 4-bit", ("llama.cpp Q4_0",), 1.15, less=True),
)
GROUPS = tuple(dict.fromkeys(row.group for row in ROWS))
SCALE = {"MB": 1e-6}


@dataclass(frozen=True)
class Line:
    """A row with its figures."""

    row: Row
    ours: float | None
    peer: str | None
    theirs: float | None
    goal: float | None
    limit: float | None  # the row's share of the read limit, where it applies

    @property
    def ratio(self) -> float | None:
        return self.ours / self.theirs if self.ours and self.theirs else None

    @property
    def verdict(self) -> str:
        if self.ours is None or self.theirs is None:
            return "not measured"
        if self.goal is None:
            return "no goal here"
        met = self.ours <= self.goal if self.row.less else self.ours >= self.goal
        return "met" if met else "MISSED"

    def cells(self) -> list[str]:
        scale = SCALE.get(self.row.unit, 1)
        ratio = f"{self.ratio:.2f}" if self.ratio else "-"
        sign = "<=" if self.row.less else ">="
        goal = f"{sign} {number(self.goal, scale)}" if self.goal is not None else "-"
        return [self.row.title, self.row.unit, number(self.ours, scale), self.peer or "-",
                number(self.theirs, scale), ratio, number(self.limit), goal, self.verdict]


NUMBERS = {2, 4, 5, 6}  # columns of HEAD that go to the right
HEAD = ["work", "unit", "bessemer", "best peer", "peer", "ratio", "0.9 x limit", "goal", ""]


def line(
    row: Row,
    best: Callable[[str, str, str], float | None],
    limit: float | None,
    features: list[str],
) -> Line:
    """`best` gives a contender's best figure of a kind of turn; `limit` the read limit in tok/s."""
    found = {peer: best(peer, row.kind, row.figure) for peer in row.peers}
    measured = {peer: value for peer, value in found.items() if value is not None}
    ours = best(row.ours, row.kind, row.figure)
    share = row.share * limit if row.limited and limit else None
    if not measured:
        return Line(row, ours, None, None, None, share)
    peer = (min if row.less else max)(measured, key=lambda name: measured[name])
    if row.needs and row.needs not in features:
        return Line(row, ours, peer, measured[peer], None, share)
    goal = row.factor * measured[peer]
    return Line(row, ours, peer, measured[peer], min(goal, share) if share else goal, share)


def as_json(of: Line) -> dict[str, Any]:
    return {
        "work": of.row.title, "unit": "bytes" if of.row.unit == "MB" else of.row.unit,
        "bessemer": of.ours, "peer": of.peer, "theirs": of.theirs, "ratio": of.ratio,
        "limit_share": of.limit, "goal": of.goal, "verdict": of.verdict,
    }


def contender_cells(
    name: str, best: Callable[[str, str, str], float | None]
) -> list[str]:
    """All that was measured of one contender."""
    figures = (
        best(name, "row", "prefill"), best(name, "row", "decode"), best(name, "rows", "decode"),
        best(name, "cold", "first_token_seconds"), best(name, "warm", "first_token_seconds"),
        best(name, "row", "resident_bytes"), best(name, "row", "private_bytes"),
    )
    scales = (1, 1, 1, 1, 1, SCALE["MB"], SCALE["MB"])
    return [name, *(number(value, scale) for value, scale in zip(figures, scales))]


CONTENDER_HEAD = ["", "prefill", "decode", "many rows", "cold s", "warm s", "resident MB",
                  "private MB"]


def number(value: float | None, scale: float = 1) -> str:
    if value is None:
        return "-"
    value *= scale
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:.0f}"


def table(lines: list[list[str]], numbers: set[int]) -> str:
    widths = [max(len(cells[i]) for cells in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(cells, widths))
        ).rstrip()
        for cells in lines
    )
