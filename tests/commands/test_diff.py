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


MONTHS = """period,plan,customers_start,churned,revenue_start,revenue_churned,complete
2023-11-01,basic,100,10,900,90,true
2023-11-01,pro,100,50,1000,500,true
2024-10-01,basic,60,6,600,60,true
2024-11-01,basic,40,2,400,20,true
2024-11-01,pro,160,72,1600,720,true
2024-12-01,pro,170,1,1700,10,false
"""


@pytest.mark.parametrize("choice", [["--against", "2023-11"], ["--lag", "12"]])
def test_the_rows_of_measure_are_compared_as_a_ratio_of_sums(
    tmp_path: Path, choice: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "months.csv").write_text(MONTHS)
    words = ["--period", "period", "--metric", "churned", "--per", "customers_start", "--by", "plan", *choice]
    rows, err = _diff(tmp_path, capfd, *words, "months.csv")
    assert sum(float(row["part"]) for row in rows) == pytest.approx(74 / 200 - 60 / 200, abs=1e-15)
    assert {row["plan"]: (row["rows_before"], row["rows_after"]) for row in rows} == {
        "basic": ("100", "40"),
        "pro": ("100", "160"),
    }
    assert (
        "churned per customers_start rose 7.0 points (-2.2 to +16.2, within chance) from 30.0% to 37.0%"
        in err
    )
    assert "the mix moved to pro" in err
    assert "1 row of periods that are not complete: left out" in err
    assert "two of them are compared: 2023-11-01 and 2024-11-01" in err


def test_amounts_have_parts_without_an_interval(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "months.csv").write_text(MONTHS)
    words = ["--period", "period", "--metric", "revenue_churned", "--per", "revenue_start", "--lag", "12"]
    rows, err = _diff(tmp_path, capfd, *words, "--by", "plan", "months.csv")
    assert sum(float(row["part"]) for row in rows) == pytest.approx(740 / 2000 - 590 / 1900, abs=1e-15)
    assert {row["low"] for row in rows} == {row["noise"] for row in rows} == {""}
    assert "chance" not in err


def test_a_search_beside_sums_takes_words_and_leaves_figures(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "months.csv").write_text(MONTHS.replace(",10,", ",1,").replace(",50,", ",90,"))
    words = ["--period", "period", "--metric", "churned", "--per", "customers_start", "--lag", "12", "--auto"]
    rows, _ = _diff(tmp_path, capfd, *words, "months.csv")
    assert next(iter(rows[0])) == "plan"


def test_a_search_leaves_out_what_reveals_the_metric_or_tells_the_side(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = ["customer_id,year,era,left,reason,plan,const"]
    for k in range(2_000):
        left = int(k % (5 if k < 1_000 else 3) == 0)
        era, reason = ("old", "new")[k >= 1_000], "moved" if left else ""
        lines.append(f"c{k},{2004 + k // 1_000},{era},{left},{reason},{'ab'[k % 2]},x")
    (tmp_path / "both.csv").write_text("\n".join(lines) + "\n")
    rows, err = _diff(tmp_path, capfd, "--metric", "left", "--period", "year", "--auto", "both.csv")
    assert len(rows) == 1
    assert "no column stands out" in err
    assert "era (tells before from after)" in err
    assert "reason (filled only for customers who churned" in err
    assert "const" not in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["before.csv", "after.csv"], "--metric is missing"),
        (["--metric", "left", "-", "-"], "cannot both be standard input"),
        (["--metric", "lfet", "before.csv", "after.csv"], "did you mean 'left'"),
        (["--metric", "left", "--by", "plam", "before.csv", "after.csv"], "did you mean 'plan'"),
        (["--metric", "left", "before.csv"], "churnkit diff: BEFORE and AFTER are two FILEs"),
        (
            ["--metric", "left", "before.csv", "after.csv", "both.csv"],
            "3 FILEs are given, but BEFORE and AFTER are two",
        ),
        (["--metric", "left", "--lag", "2", "before.csv", "after.csv"], "--lag needs --period"),
        (
            ["--metric", "left", "--period", "year", "--lag", "2", "--against", "2004", "both.csv"],
            "use one of them",
        ),
        (
            ["--metric", "left", "--per", "x", "--stat", "sum", "before.csv", "after.csv"],
            "cannot be used with --stat sum",
        ),
        (
            ["--metric", "left", "--per", "x", "--id", "customer_id", "before.csv", "after.csv"],
            "rows of sums",
        ),
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
