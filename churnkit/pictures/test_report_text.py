"""Test reports of models as text: one model, several models side by side, and ablations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from churnkit.pictures.text_table import align_rows
from churnkit.training.ablation import Ablation
from churnkit.training.baselines import Baseline, TestReport


def draw(reports: Mapping[str, TestReport]) -> list[str]:
    """The test of one model, or of several side by side. reports: by kind."""
    return one(*reports.values()) if len(reports) == 1 else side_by_side(reports)


def one(report: TestReport) -> list[str]:
    """Each metric with its interval; for comparison single columns and the base rate."""
    rows = []
    shown = report.plain
    for name in report.figures:
        figure = "ece_corrected" if name == "ece" else name  # its interval is that of the corrected figure
        low, high = shown[f"{name}_low"], shown[f"{name}_high"]
        rows.append([figure, f"{shown[figure]:.3f}", f"({low:.3f} to {high:.3f})"])
    best, recency = report.best_column, report.recency
    others = [f"auc {best.auc:.3f} for {best.column} alone"]
    if recency and recency.column != best.column:
        others.append(f"{recency.auc:.3f} for {recency.column} alone")
    others.append(f"log_loss {report.base_rate_log_loss:.3f} for the base rate")
    return [*align_rows(rows, "<22 >7  <"), f"for comparison: {'; '.join(others)}"]


def side_by_side(reports: Mapping[str, TestReport]) -> list[str]:
    """One line per model kind, then the best single column and the base rate."""
    rows = [["", "auc", "log_loss", "auc above best column"]]
    for kind, report in reports.items():
        low, high = report.intervals["auc"]
        auc = f"{report.figures['auc']:.3f}  ({low:.3f} to {high:.3f})"
        rows.append([kind, auc, f"{report.figures['log_loss']:.3f}", _above_column(report.best_column)])
    first = next(iter(reports.values()))
    rows.append(["column", f"{first.best_column.auc:.3f}  {first.best_column.column} alone"])
    rows.append(["base rate", "", f"{first.base_rate_log_loss:.3f}", ""])
    return align_rows(rows, "<10 <24 >8  <")


def _above_column(column: Baseline) -> str:
    return _change(column.difference, column.low, column.high, 3)


def ablations(ablated: Sequence[Ablation]) -> list[str]:
    """One line per group of columns: the AUC without the group minus the AUC with all columns."""
    rows = []
    for group in ablated:
        what = f"{group.group} ({group.columns} column{'s' if group.columns > 1 else ''})"
        rows.append([what, _change(group.difference, group.low, group.high, 4)])
    return align_rows(rows, "without <32 <")


def _change(difference: float, low: float, high: float, digits: int) -> str:
    chance = "  within chance" if low <= 0 <= high else ""
    return f"{difference:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f}){chance}"
