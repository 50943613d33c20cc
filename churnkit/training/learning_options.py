"""The options of fit and backtest about columns and target."""

from __future__ import annotations

from dataclasses import dataclass

from churnkit import windows


@dataclass(frozen=True, kw_only=True)
class LearningOptions:
    """What the user wants to learn from. kind: of the model. horizon, lead: the text that the user typed.

    only, drop, allow_leak, allow_clock, weight, id_: names of columns.
    """

    kind: str
    target: str | None = None
    positive: str | None = None
    horizon: str | None = None
    lead: str | None = None
    only: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    allow_leak: tuple[str, ...] = ()
    allow_clock: tuple[str, ...] = ()
    weight: str | None = None
    seed: int = 0
    id_: str

    @property
    def horizon_days(self) -> int | None:
        return windows.parse_days(self.horizon) if self.horizon else None

    @property
    def lead_days(self) -> int | None:
        return windows.parse_days(self.lead) if self.lead else None


@dataclass(frozen=True, kw_only=True)
class FitOptions(LearningOptions):
    """The options of fit. kind: also all or best. rising, falling, keep: names of columns; first: one, or
    None. tune: how many settings. out_of_fold, backtest: paths. remarks: texts KEY=VALUE."""

    max_leaves: int
    rising: tuple[str, ...]
    falling: tuple[str, ...]
    first: str | None
    tune: int
    ablate: bool
    out_of_fold: str | None
    backtest: str | None
    keep: tuple[str, ...]
    remarks: tuple[str, ...]
