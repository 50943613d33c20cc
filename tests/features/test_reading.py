"""A log on disk becomes a feature table, in the same rows whether it is held in memory or read by customer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from churnkit.errors import ChurnkitError
from churnkit.features.reading import FeaturizeOptions, LikeModel, read_feature_table
from churnkit.tables.table import Reading

LOG = (
    "customer_id,timestamp,event\na,2024-01-01,open\na,2024-02-01,buy\nb,2024-01-10,open\nc,2024-03-01,open\n"
)
OPTIONS = FeaturizeOptions(
    id_="customer_id",
    time="timestamp",
    event="event",
    value="amount",
    horizon=None,
    lead=None,
    active_within=None,
    activity=(),
    churn_event=None,
    start_event=None,
    until=None,
    names=("recency_days",),
    windows=("30d",),
    joins=(),
    prove=False,
    dedupe=False,
    zone="UTC",
)


def _table(
    folder: Path,
    as_of: str = "2024-02-11",
    options: FeaturizeOptions = OPTIONS,
    like: LikeModel | None = None,
    log: str = LOG,
) -> pl.DataFrame:
    path = folder / "log.csv"
    path.write_text(log)
    return pl.concat(read_feature_table([str(path)], Reading(), as_of, options, like, set()))


@pytest.mark.parametrize("is_sorted", [False, True])
def test_a_row_is_a_customer_at_a_date(tmp_path: Path, is_sorted: bool) -> None:
    table = _table(tmp_path, "2024-01-11,2024-02-11", replace(OPTIONS, is_sorted=is_sorted))
    assert table.rows() == [
        ("a", "2024-01-11", 10.0),
        ("a", "2024-02-11", 10.0),
        ("b", "2024-01-11", 1.0),
        ("b", "2024-02-11", 32.0),
    ]


def test_a_model_gives_the_features_and_the_label(tmp_path: Path) -> None:
    like = LikeModel("churned_cancel_30d", ("event_count_30d", "tenure_days"))
    table = _table(tmp_path, options=replace(OPTIONS, names=()), like=like)
    assert table.columns == ["customer_id", "as_of", "event_count_30d", "tenure_days"]
    assert table["customer_id"].to_list() == ["a", "b"]


@pytest.mark.parametrize(
    ("options", "columns", "words"),
    [
        (OPTIONS, ("recency_days",), "use --features or --like, not both"),
        (replace(OPTIONS, names=()), ("recency_days", "region"), "not event-log features: region; add them with --join"),
    ],
)  # fmt: skip
def test_what_a_model_cannot_give_is_an_error(
    tmp_path: Path, options: FeaturizeOptions, columns: tuple[str, ...], words: str
) -> None:
    with pytest.raises(ChurnkitError, match=words):
        _table(tmp_path, options=options, like=LikeModel("churned_30d", columns))


@pytest.mark.parametrize(
    ("as_of", "words"),
    [
        ("2024-06-01", "the log ends before 2024-06-01"),
        ("2023-06-01", "no event before 2023-06-01: the log begins on 2024-01-01"),
    ],
)
def test_dates_outside_of_the_log_are_told(
    tmp_path: Path, as_of: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    _table(tmp_path, as_of)
    assert words in capfd.readouterr().err


def test_own_dates_that_are_left_out_are_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = "customer_id,timestamp,event,due\na,2024-01-01,x,2024-01-20\nb,2024-01-10,x,\nc,2024-01-30,x,2024-09-01\n"
    assert _table(tmp_path, "due-5d", log=log).rows() == [("a", "2024-01-15", 14.0)]
    assert "--as-of due-5d: 1 customer without a date and 1 date after the end of the log left out" in (
        capfd.readouterr().err
    )
