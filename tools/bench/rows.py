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
    limited: bool = False  # the goal is no more than LIMIT_SHARE of the read limit


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
    Row("prefill", "prefill, 4-bit (goal only with AMX)", "row", "prefill", "tok/s",
        "bessemer 4-bit", ("OpenVINO int4",), 1.2),
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
    limit: float | None  # LIMIT_SHARE of the read limit, where it applies

    @property
    def ratio(self) -> float | None:
        return self.ours / self.theirs if self.ours and self.theirs else None

    @property
    def verdict(self) -> str:
        if self.ours is None or self.goal is None:
            return "not measured"
        met = self.ours <= self.goal if self.row.less else self.ours >= self.goal
        return "met" if met else "MISSED"

    def cells(self) -> list[str]:
        def number(value: float | None) -> str:
            if value is None:
                return "-"
            value *= SCALE.get(self.row.unit, 1)
            return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:.0f}"

        ratio = f"{self.ratio:.2f}" if self.ratio else "-"
        sign = "<=" if self.row.less else ">="
        goal = f"{sign} {number(self.goal)}" if self.goal is not None else "-"
        return [self.row.title, self.row.unit, number(self.ours), self.peer or "-",
                number(self.theirs), ratio, number(self.limit), goal, self.verdict]


HEAD = ["work", "unit", "bessemer", "best peer", "peer", "ratio", "0.9 x limit", "goal", ""]


def line(row: Row, best: Callable[[str, str, str], float | None], limit: float | None) -> Line:
    """`best` gives a contender's best figure of a kind of turn; `limit` the read limit in tok/s."""
    found = {peer: best(peer, row.kind, row.figure) for peer in row.peers}
    measured = {peer: value for peer, value in found.items() if value is not None}
    ours = best(row.ours, row.kind, row.figure)
    share = LIMIT_SHARE * limit if row.limited and limit else None
    if not measured:
        return Line(row, ours, None, None, None, share)
    peer = (min if row.less else max)(measured, key=lambda name: measured[name])
    goal = row.factor * measured[peer]
    return Line(row, ours, peer, measured[peer], min(goal, share) if share else goal, share)


def as_json(of: Line) -> dict[str, Any]:
    return {
        "work": of.row.title, "unit": "bytes" if of.row.unit == "MB" else of.row.unit,
        "bessemer": of.ours, "peer": of.peer, "theirs": of.theirs, "ratio": of.ratio,
        "limit_share": of.limit, "goal": of.goal, "verdict": of.verdict,
    }


def table(lines: list[list[str]]) -> str:
    widths = [max(len(cells[i]) for cells in lines) for i in range(len(lines[0]))]
    numbers = {2, 4, 5, 6}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(cells, widths))
        ).rstrip()
        for cells in lines
    )
