"""diff on the command line."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from churnkit import cli


def _written(path: Path, rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [("customer_id", "plan", "region", "x", "left"), *rows]
        )
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Churn of basic in the south rises from 10 % to 40 %; a plan vanishes, another is new."""
    folder = tmp_path_factory.mktemp("diff")
    rng = random.Random(0)
    both = []
    for side in (0, 1):
        rows: list[tuple[object, ...]] = []
        for k in range(3_000):
            plan = rng.choice(["basic", "plus", "old" if side == 0 else "new"])
            region = rng.choice(["north", "south", ""])
            rate = 0.4 if side and plan == "basic" and region == "south" else 0.1
            rows.append(
                (
                    f"{side}{k}",
                    plan,
                    region,
                    round(rng.gauss(5, 2), 2),
                    "yes" if rng.random() < rate else "no",
                )
            )
        _written(folder / f"{'before' if side == 0 else 'after'}.csv", rows)
        both += [(*row, side + 2004) for row in rows]
    with (folder / "both.csv").open("w", newline="") as file:
        head = ("customer_id", "plan", "region", "x", "left", "year")
        csv.writer(file, lineterminator="\n").writerows([head, ("z", "plus", "north", 1, "no", 1999), *both])
    return folder


def _diff(folder: Path, capfd: pytest.CaptureFixture[str], *words: str) -> tuple[list[dict[str, str]], str]:
    assert cli.run(["diff", *(str(folder / w) if w.endswith(".csv") else w for w in words)]) == 0
    out, err = capfd.readouterr()
    return list(csv.DictReader(io.StringIO(out))), err


def _rate(path: Path) -> float:
    with path.open(newline="") as file:
        left = [row["left"] == "yes" for row in csv.DictReader(file)]
    return sum(left) / len(left)


def test_parts_add_up_to_the_difference_and_the_largest_is_first(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows, err = _diff(folder, capfd, "--metric", "left", "--by", "plan,region", "before.csv", "after.csv")
    parts = [float(row["part"]) for row in rows]
    difference = _rate(folder / "after.csv") - _rate(folder / "before.csv")
    assert sum(parts) == pytest.approx(difference)
    assert [abs(p) for p in parts] == sorted((abs(p) for p in parts), reverse=True)
    assert list(rows[0]) == [
        "plan",
        "region",
        "status",
        "rows_before",
        "rows_after",
        "value_before",
        "value_after",
        "size_part",
        "rate_part",
        "part",
        "low",
        "high",
        "noise",
    ]
    assert (rows[0]["plan"], rows[0]["region"], rows[0]["noise"]) == ("basic", "south", "false")
    assert {(r["plan"], r["status"]) for r in rows} == {
        ("basic", "both"),
        ("plus", "both"),
        ("old", "vanished"),
        ("new", "new"),
    }
    assert all((row["size_part"] == "") == (row["status"] != "both") for row in rows)
    assert f"left rose {difference * 100:.1f} points" in err
    assert "from plan=basic in region=south, which went from" in err


def test_two_periods_of_one_table_are_the_same_as_two_tables(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    two, _ = _diff(folder, capfd, "--metric", "left", "--by", "plan", "before.csv", "after.csv")
    one, err = _diff(folder, capfd, "--metric", "left", "--by", "plan", "--period", "year", "both.csv")
    assert one == two
    assert "year has 3 values; the last two are compared: 2004 and 2005" in err


def test_auto_finds_the_pair(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows, err = _diff(folder, capfd, "--metric", "left", "--auto", "before.csv", "after.csv")
    assert (rows[0]["plan"], rows[0]["region"]) == ("basic", "south")
    assert "plan=basic in region=south" in err


def test_auto_reports_it_if_no_column_stands_out(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows, err = _diff(folder, capfd, "--metric", "left", "--auto", "before.csv", "before.csv")
    assert len(rows) == 1
    assert "nothing" in err or "no column stands out" in err


def test_sums_and_counts(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows, err = _diff(folder, capfd, "--stat", "count", "--by", "plan", "before.csv", "after.csv")
    assert sum(float(row["part"]) for row in rows) == 0
    assert {row["value_before"] for row in rows if row["status"] == "new"} == {""}
    rows, err = _diff(
        folder, capfd, "--stat", "sum", "--metric", "x", "--by", "plan", "before.csv", "after.csv"
    )
    totals = []
    for name in ("before", "after"):
        with (folder / f"{name}.csv").open(newline="") as file:
            totals.append(sum(float(row["x"]) for row in csv.DictReader(file)))
    assert sum(float(row["part"]) for row in rows) == pytest.approx(totals[1] - totals[0])
    assert "the sum of x" in err


def test_text_is_a_sentence_and_bars(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["diff", "-q", "--metric", "left", "--by", "plan", "--to", "text"]
    assert cli.run([*words, str(folder / "before.csv"), str(folder / "after.csv")]) == 0
    out = capfd.readouterr().out
    assert out.startswith("left rose")
    assert "plan=basic" in out
    assert "█" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["before.csv", "after.csv"], "--metric is missing"),
        (["--metric", "left", "-", "-"], "cannot both be standard input"),
        (["--metric", "lfet", "before.csv", "after.csv"], "did you mean 'left'"),
        (["--metric", "left", "--by", "plam", "before.csv", "after.csv"], "did you mean 'plan'"),
        (["--metric", "left", "before.csv"], "churnkit diff: BEFORE and AFTER are two FILEs"),
        (["--metric", "left", "--period", "plam", "before.csv"], "did you mean 'plan'"),
        (["--metric", "left", "--auto", "--by", "plan", "before.csv", "after.csv"], "--auto"),
        (["--metric", "plan", "before.csv", "after.csv"], "before.csv:2: column 'plan'"),
        (["--metric", "left", "before.csv", "empty.csv"], "AFTER has no rows with a value of left"),
    ],
)
def test_an_error_is_one_line(
    folder: Path, words: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    _written(folder / "empty.csv", [])
    assert cli.run(["diff", *(str(folder / w) if w.endswith(".csv") else w for w in words)]) == 2
    out, err = capfd.readouterr()
    assert (out, message in err) == ("", True), err
