"""forecast on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from churnkit import cli
from tests.measured import history, lines

FIGURES = [(50 + 9 * (k % 5), 3 * (k % 2), 0.05 + 0.02 * (k % 3)) for k in range(14)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forecast")
    (folder / "months.csv").write_text("\n".join(lines(history(FIGURES), incomplete=1)) + "\n")
    (folder / "short.csv").write_text("\n".join(lines(history(FIGURES[:5]))) + "\n")
    return folder


def _run(folder: Path, *words: str, table: str = "months.csv") -> bytes:
    out = folder / "out"
    assert cli.run(["forecast", "-o", str(out), *words, str(folder / table)]) == 0
    return out.read_bytes()


def test_point_figures_are_those_of_a_query(folder: Path) -> None:
    _run(folder, "--periods", "2", "--to", "csv")
    told = pl.read_csv(folder / "out")
    complete = f"(SELECT * FROM read_csv('{folder}/months.csv') WHERE complete ORDER BY period DESC LIMIT 3)"
    rate, arriving = duckdb.sql(
        f"SELECT sum(churned) / sum(customers_start), avg(new + returned) FROM {complete}"
    ).fetchall()[0]
    start = duckdb.sql(f"SELECT customers_end FROM {complete} LIMIT 1").fetchall()[0][0]
    first = start * rate
    second = (start - first + arriving) * rate
    assert told["churned"].to_list() == pytest.approx([first, second, first + second])
    assert told["period"].to_list() == ["2021-02-01", "2021-03-01", "total"]


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet", "tsv"])
def test_every_format_has_the_same_rows(folder: Path, to: str) -> None:
    _run(folder, "--to", "csv")
    expected = pl.read_csv(folder / "out")
    data = _run(folder, "--to", to)
    path = folder / "again"
    path.write_bytes(data)
    read = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}
    again = pl.read_csv(path, separator="\t") if to == "tsv" else read[to](path)  # type: ignore[operator]
    assert again.columns == expected.columns
    assert again["churned"].to_list() == pytest.approx(expected["churned"].to_list())


def test_it_continues_measure_in_a_pipe_of_files(folder: Path) -> None:
    log, months = folder / "events.csv", folder / "log_months.jsonl"
    assert cli.run(["simulate", "-q", "--customers", "300", "-o", str(log)]) == 0
    assert cli.run(["measure", "-q", "--inactive", "30d", "-o", str(months), str(log)]) == 0
    measured = [json.loads(line) for line in months.read_text().splitlines()]
    told = [json.loads(line) for line in _run(folder, "--to", "jsonl", table="log_months.jsonl").splitlines()]
    last = [row for row in measured if row["complete"]][-1]
    assert told[0]["customers_start"] == last["customers_end"]
    assert len(told) == 7


def test_last_chooses_the_periods_that_are_carried(folder: Path) -> None:
    rates = []
    for last in ("1", "14"):
        _run(folder, "--last", last, "--to", "csv")
        rates.append(pl.read_csv(folder / "out")["churn_rate"][0])
    known = history(FIGURES[:13])
    assert rates == pytest.approx(
        [known.churned[-1] / known.customers[-1], known.churned.sum() / known.customers.sum()]
    )


def test_too_short_is_told_in_a_note_and_in_the_picture(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert b"too short to tell" in _run(folder, "--to", "text", table="short.csv")
    assert b"churned (?: too short to tell)" in _run(folder, "--to", "svg", table="short.csv")
    assert "5 complete periods: too short to tell" in capfd.readouterr().err
    _run(folder, "--to", "csv", table="short.csv")
    assert pl.read_csv(folder / "out")["churned_high"].null_count() == 7


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--periods", "0"], "--periods"),
        (["--last", "0"], "--last"),
        (["--every", "1x"], "'1x' is not a step"),
        (["--every", "1w"], "the period 2020-01-08 is missing before 2020-02-01"),
    ],
)
def test_wrong_options_are_one_line(
    folder: Path, words: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["forecast", *words, str(folder / "months.csv")]) == 2
    err = capfd.readouterr().err
    assert told in err
    assert err.count("\n") == 1
