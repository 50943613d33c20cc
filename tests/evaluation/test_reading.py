"""Scored rows and the truth: a left join by customer and date; what is not known is counted, what is wrong named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from churnkit import messages
from churnkit.errors import ChurnkitError
from churnkit.evaluation.reading import ID, TRUTH, ScoredColumns, read_scored
from churnkit.tables.table import Reading

WANTED = ScoredColumns("customer_id", None, None, None, None, None, ())
SCORED = """customer_id,as_of,churn_probability,mrr,plan
007,2024-05-01,0.1,10,a
7,2024-05-01,0.2,,b
b,2024-05-01,0.3,30,a
b,2024-06-01,0.4,40,
c,2024-06-01,0.5,50,b
"""
TRUTHS = """as_of,customer_id,churned_30d
2024-06-01,b,yes
2024-05-01,007,1
2024-05-01,b,no
2024-06-01,7,1
2024-06-01,c,
2024-06-01,never scored,0
"""


def _read(
    folder: Path, scored: str, wanted: ScoredColumns = WANTED, truth: str | None = None
) -> pl.DataFrame:
    (folder / "s.csv").write_text(scored)
    if truth is not None:
        (folder / "t.csv").write_text(truth)
        wanted = replace(wanted, truth=str(folder / "t.csv"))
    return read_scored([str(folder / "s.csv")], Reading(), wanted)


def test_the_truth_of_another_table_is_that_of_a_merge_in_pandas(tmp_path: Path) -> None:
    found = _read(tmp_path, SCORED, truth=TRUTHS)
    both = (pd.read_csv(tmp_path / name, dtype=str) for name in ("s.csv", "t.csv"))
    merged = pd.merge(*both, on=["customer_id", "as_of"]).dropna(subset="churned_30d")
    assert found[ID].to_list() == merged["customer_id"].to_list() == ["007", "b", "b"]
    assert found["churn_probability"].to_list() == merged["churn_probability"].astype(float).to_list()
    assert found[TRUTH].to_list() == merged["churned_30d"].map({"1": 1, "yes": 1, "no": 0}).to_list()
    assert {(note["code"], note["text"].replace(str(tmp_path), "")) for note in messages.records()[1]} == {
        ("unknown-value", "1 row left out: /t.csv has the customer at another as_of"),
        ("unknown-value", "1 row left out: the truth in /t.csv is empty"),
    }


def test_a_date_is_joined_with_its_midnight_however_it_is_written(tmp_path: Path) -> None:
    truth = (
        "customer_id,as_of,churned\nb,2024-05-01 00:00:00,0\nb,2024-06-01T02:00:00+02:00,1\n"
        "c,2024-06-01 00:00:01,1\n"
    )
    found = _read(tmp_path, SCORED, truth=truth)
    assert found.select(ID, "as_of", TRUTH).rows() == [("b", "2024-05-01", 0), ("b", "2024-06-01", 1)]
    assert [note["count"] for note in messages.records()[1]] == [2, 1]


def test_a_scored_date_that_is_none_is_an_error_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ChurnkitError, match=r"s\.csv:3: column 'as_of': 'soon' is not a date"):
        _read(tmp_path, "customer_id,as_of,churn_probability\na,2024-06-01,.1\nb,soon,.2\n", truth=TRUTHS)


def test_a_truth_without_dates_is_joined_by_customer_alone(tmp_path: Path) -> None:
    found = _read(tmp_path, SCORED, truth="churned,customer_id\n1,b\n0,c\n")
    assert found.select(ID, TRUTH).rows() == [("b", 1), ("b", 1), ("c", 0)]


def test_rows_without_a_requested_value_are_left_out_and_counted(tmp_path: Path) -> None:
    lines = ["churn_probability,mrr,other,churned", ".1,1,1,1", ".2,1,1,", ".3,1,,0", ".4,,1,0", ".5,,1,0"]
    wanted = replace(WANTED, baseline="other", customer_value="mrr")
    found = _read(tmp_path, "\n".join(lines) + "\n", wanted)
    assert found.select("churn_probability", TRUTH, "other", "mrr").rows() == [(0.1, 1, 1.0, 1.0)]
    assert ID not in found.columns
    assert [(note["text"], note["count"]) for note in messages.records()[1]] == [
        ("1 row without a known truth left out", 1),
        ("1 row without a baseline left out", 1),
        ("2 rows without a customer value left out", 2),
    ]


def test_groups_are_texts_and_a_named_value_is_the_one_that_churned(tmp_path: Path) -> None:
    text = "churn_probability,plan,state\n.1,01,gone\n.2,1,here\n.3,,gone\n"
    found = _read(tmp_path, text, replace(WANTED, by=("plan",), target="state", positive="gone"))
    assert found["plan"].to_list() == ["01", "1", None]
    assert found[TRUTH].to_list() == [1, 0, 1]


@pytest.mark.parametrize(
    ("scored", "truth", "words"),
    [
        (
            "churn_probability,churned\n.1,1\n,0\n",
            None,
            r"s\.csv:3: column 'churn_probability': the value is empty",
        ),
        ("churn_probability,churned\n.1,1\n1.5,0\n", None, r"s\.csv:3: .*: 1\.5 is not between 0 and 1"),
        ("churn_probability,churned\n-.1,1\n.5,0\n", None, r"s\.csv:2: .*: -0\.1 is not between 0 and 1"),
        ("churn_probability,churned\n.1,1\n.2,maybe\n", None, r"s\.csv:3: column 'churned': 'maybe'"),
        ("score,churned\n.1,1\n", None, "no column 'churn_probability'"),
        ("churn_probability\n.1\n", TRUTHS, "the scored rows have no column 'customer_id', which joins"),
        (SCORED, "customer_id,churned\nb,1\nc,0\nb,1\n", r"t\.csv: more than one row for 'b'"),
        (SCORED, "customer_id,churned\nb,1\nc,perhaps\n", r"t\.csv:3: column 'churned': 'perhaps'"),
        (SCORED, "id,churned\nb,1\n", "no column 'customer_id'"),
    ],
)
def test_rows_that_cannot_be_evaluated_are_reported_with_their_place(
    scored: str, truth: str | None, words: str, tmp_path: Path
) -> None:
    with pytest.raises(ChurnkitError, match=words):
        _read(tmp_path, scored, truth=truth)
