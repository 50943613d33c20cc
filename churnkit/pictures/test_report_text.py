"""How good models are, in lines: one with all its metrics, several side by side, what columns add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from churnkit.pictures.text_table import align_rows
from churnkit.training.ablation import Ablation
from churnkit.training.baselines import Baseline, TestReport


def one(judged: TestReport) -> list[str]:
    """Each metric with its interval; beside it single columns and the base rate."""
    rows = []
    for name, value in judged.figures.items():
        low, high = judged.intervals[name]
        rows.append([name, f"{value:.3f}", f"({low:.3f} to {high:.3f})"])
    best, recency = judged.best_column, judged.recency
    beside = [f"auc {best.auc:.3f} of {best.column} alone"]
    if recency and recency.column != best.column:
        beside.append(f"{recency.auc:.3f} of {recency.column} alone")
    beside.append(f"log_loss {judged.base_rate_log_loss:.3f} of the base rate")
    return [*align_rows(rows, "<22 >7  <"), f"beside it: {'; '.join(beside)}"]


def side_by_side(judged: Mapping[str, TestReport]) -> list[str]:
    """A line a kind of model, then the best single column and the base rate."""
    rows = [["", "auc", "log_loss", "beyond the best column"]]
    for kind, found in judged.items():
        low, high = found.intervals["auc"]
        auc = f"{found.figures['auc']:.3f}  ({low:.3f} to {high:.3f})"
        rows.append([kind, auc, f"{found.figures['log_loss']:.3f}", _beyond(found.best_column)])
    first = next(iter(judged.values()))
    rows.append(["column", f"{first.best_column.auc:.3f}  {first.best_column.column} alone"])
    rows.append(["base rate", "", f"{first.base_rate_log_loss:.3f}", ""])
    return align_rows(rows, "<10 <24 >8  <")


def _beyond(column: Baseline) -> str:
    return _change(column.difference, column.low, column.high, 3)


def ablations(found: Sequence[Ablation]) -> list[str]:
    """A line a group of columns: what the AUC is without it, less that with all."""
    rows = []
    for group in found:
        what = f"{group.group} ({group.columns} column{'s' if group.columns > 1 else ''})"
        rows.append([what, _change(group.difference, group.low, group.high, 4)])
    return align_rows(rows, "without <32 <")


def _change(difference: float, low: float, high: float, digits: int) -> str:
    chance = "  within chance" if low <= 0 <= high else ""
    return f"{difference:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f}){chance}"
