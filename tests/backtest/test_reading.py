"""A panel is read in one order; what cannot be a panel, or a history, is an error that says what to type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from churnkit.backtest.reading import read_history, read_panel
from churnkit.errors import ChurnkitError
from churnkit.tables.table import Reading
from tests.backtest.panels import DATES, HEAD, lines, options, written

ROWS = lines(DATES[:2], 4)


def test_rows_are_sorted_by_customer_and_date_and_know_their_place(tmp_path: Path) -> None:
    panel = read_panel([written(tmp_path, ROWS[::-1])], Reading(), options())
    assert panel.rows.table["customer_id"].to_list() == [
        "c000",
        "c000",
        "c001",
        "c001",
        "c002",
        "c002",
        "c003",
        "c003",
    ]
    assert panel.rows.table["as_of"].to_list()[:2] == list(DATES[:2])
    assert [ROWS[::-1][place] for place in panel.order] == sorted(ROWS, key=lambda row: row[:15])


def test_values_are_numbers_and_an_unknown_value_counts_as_nothing(tmp_path: Path) -> None:
    cells = ROWS[0].split(",")
    rows = [",".join([*cells[:4], "", *cells[5:]]), *ROWS[1:]]
    panel = read_panel(
        [written(tmp_path, rows)], Reading(), options(customer_value="value", baseline="score")
    )
    assert panel.values is not None
    assert (panel.values[0], panel.unknown_values) == (0.0, 1)
    assert panel.baseline is not None
    assert panel.baseline[0] == float(cells[5])
    assert panel.recency is not None
    assert panel.recency[0] == float(cells[3])
    assert panel.days == 28


def test_without_an_id_rows_are_sorted_by_all_that_they_hold(tmp_path: Path) -> None:
    head, rows = HEAD.replace("customer_id", "name"), ROWS
    panels = [
        read_panel([written(tmp_path, order, head)], Reading(), options()) for order in (rows, rows[::-1])
    ]
    assert panels[0].rows.table.equals(panels[1].rows.table)
    assert np.array_equal(panels[0].rows.truth, panels[1].rows.truth)


@pytest.mark.parametrize(
    ("head", "rows", "more", "words"),
    [
        (HEAD.replace("as_of", "day"), ROWS, {}, "no column 'as_of'.*make the table with featurize --as-of"),
        (HEAD, ROWS[:4], {}, "labels at one date only.*featurize --as-of"),
        (HEAD.replace("churned_28d", "y"), ROWS, {}, "no target column.*--target, or make one: featurize --horizon"),
        (HEAD, [row[:-1] for row in ROWS], {}, "'churned_28d' is empty in every row.*an earlier featurize --as-of"),
        (HEAD.replace("churned_28d", "left"), ROWS, {"target": "left"}, "does not contain the length.*--horizon 30d"),
        (HEAD, ROWS, {"customer_value": "worth"}, "no column 'worth'"),
        (HEAD, [*ROWS[:-1], ROWS[-1].replace("c003", "c003", 1).replace(ROWS[-1].split(",")[5], "high")], {"baseline": "score"}, "panel.csv:9: column 'score': 'high' is not a number"),
    ],
    ids=["no date", "one date", "no label", "no label known", "no horizon", "no value", "bad baseline"],
)  # fmt: skip
def test_what_cannot_be_a_panel_is_an_error_with_what_to_type(
    head: str, rows: list[str], more: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ChurnkitError, match=words):
        read_panel([written(tmp_path, rows, head)], Reading(), options(**more))


COLUMNS = "as_of,target,model,expected,observed,chance_sd"
HISTORY = [
    "2024-03-01,churned_28d,tree,10.5,11,3",
    "2024-01-01,churned_28d,tree,9,8,3",
    "2024-02-01,churned_28d,tree,9,8,3",
]


def test_a_history_is_read_by_date_with_or_without_money(tmp_path: Path) -> None:
    found = read_history(written(tmp_path, HISTORY, COLUMNS), "churned_28d", "tree")
    assert [date["as_of"] for date in found] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    assert found[2] == {"as_of": "2024-03-01", "expected": 10.5, "observed": 11, "chance_sd": 3}
    head = f"{COLUMNS},expected_loss,observed_loss,chance_sd_loss"
    with_money = read_history(
        written(tmp_path, [f"{row},5,6,1" for row in HISTORY], head), "churned_28d", "tree"
    )
    assert with_money[0]["observed_loss"] == 6


@pytest.mark.parametrize(
    ("rows", "head", "words"),
    [
        (HISTORY[:2], COLUMNS, "has 2 of the 3 dates that an interval needs"),
        ([row.replace("28d", "30d") for row in HISTORY], COLUMNS, "of the target 'churned_30d', and the model is of 'churned_28d'"),
        ([*HISTORY[:2], HISTORY[2].replace("tree", "xgboost")], COLUMNS, "of the model kind 'xgboost', and the model is of 'tree'"),
        (HISTORY, COLUMNS.replace("expected", "said"), "no column 'expected'"),
        ([*HISTORY[:2], "2024-02-01,churned_28d,tree,,8,3"], COLUMNS, "column 'expected'.*is empty"),
    ],
    ids=["few dates", "another target", "another kind", "another table", "an empty figure"],
)  # fmt: skip
def test_what_cannot_be_the_history_of_a_model_is_refused(
    rows: list[str], head: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(ChurnkitError, match=words):
        read_history(written(tmp_path, rows, head), "churned_28d", "tree")
