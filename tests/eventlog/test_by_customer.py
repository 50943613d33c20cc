"""A log that is read customer by customer gives the rows of a log in memory, or names the line that is not sorted."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from churnkit import cli
from churnkit.eventlog import customer_runs, reading

HEAD = "customer_id,timestamp,event,amount,plan,renewal\n"
AS_OF = ["--as-of", "2024-03-01..2024-05-01/1mo", "--horizon", "20d"]
ASKED = {
    "the default features": [*AS_OF],
    "latest": ["--as-of", "latest"],
    "no event twice": [*AS_OF, "--dedupe", "--prove", "--windows", "28d"],
    "churn by an event": [*AS_OF, "--churn-event", "b", "--windows", "28d"],
    "own dates": ["--as-of", "renewal-10d", "--features", "event_count_30d,plan_last"],
}
MEASURED = {
    "periods": ["--inactive", "20d", "--by", "plan"],
    "an event as group": ["--churn-event", "b", "--by", "event", "--every", "1w"],
    "cohorts": ["--inactive", "20d", "--cohorts"],
    "return rate": ["--return-rate"],
}


def _lines(customers: list[str], seed: int = 1) -> list[str]:
    """Some events of each customer, side by side, in any order of time; some twice."""
    rng = random.Random(seed)
    lines = []
    for name in customers:
        for _ in range(rng.randint(1, 9)):
            day = f"2024-0{rng.randint(1, 5)}-{rng.randint(1, 28):02d}"
            amount = rng.choice(["", "1.5", "-0.25", "20"])
            line = f"{name},{day},{rng.choice('abc')},{amount},{rng.choice(['', 'x', 'y'])},2024-0{rng.randint(3, 8)}-01\n"
            lines += [line] * rng.choice([1, 1, 2])
    return lines


def _table(folder: Path, *arguments: str) -> pl.DataFrame:
    assert cli.run([*arguments, "-q", "-o", str(folder / "out.csv")]) == 0
    return pl.read_csv(folder / "out.csv", infer_schema=False)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customer_runs, "PART_ROWS", 20)
    monkeypatch.setattr(reading, "PART_ROWS", 20)
    monkeypatch.setattr(reading, "PIECE", 1_024)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_features_are_those_of_the_log_in_memory_in_the_order_of_the_log(
    asked: list[str], tmp_path: Path
) -> None:
    names = [str(k) for k in range(8, 17)]  # 8, 9, 10: sorted as numbers, not as texts
    lines = _lines(names)
    log, mixed = tmp_path / "log.csv", tmp_path / "mixed.csv"
    log.write_text(HEAD + "".join(lines))
    rng = random.Random(2)
    order = sorted(range(len(lines)), key=lambda k: (rng.random(), k))
    mixed.write_text(HEAD + "".join(lines[k] for k in order))
    whole = _table(tmp_path, "featurize", *asked, str(log))
    by_one = _table(tmp_path, "featurize", *asked, "--sorted", str(log))
    assert by_one["customer_id"].unique(maintain_order=True).to_list() == [
        name for name in names if name in set(whole["customer_id"])
    ]
    keys = ["customer_id", "as_of"]
    assert by_one.sort(keys).equals(whole.sort(keys))
    counts = [name for name in whole.columns if "_count_" in name or name in keys]
    assert (
        _table(tmp_path, "featurize", *asked, str(mixed)).sort(keys)[counts].equals(whole.sort(keys)[counts])
    )


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("asked", MEASURED.values(), ids=MEASURED)
def test_measures_are_those_of_the_log_in_memory(asked: list[str], tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEAD + "".join(_lines([f"c{k}" for k in range(20)])))
    assert _table(tmp_path, "measure", *asked, "--sorted", str(log)).equals(
        _table(tmp_path, "measure", *asked, str(log))
    )


def test_a_customer_who_comes_again_is_an_error_with_the_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for names, line in ((["b", "a", "b"], 4), (["b", "a", "c", "a"], 5), (["a", "b", "b", "c", "a"], 6)):
        path = tmp_path / "log.csv"
        path.write_text(HEAD + "".join(f"{name},2024-01-01,a,,,\n" for name in names))
        assert cli.run(["featurize", "--as-of", "2024-02-01", "--sorted", str(path)]) == 2
        assert f"log.csv:{line}: the customer '{names[line - 2]}' comes again" in capfd.readouterr().err


def test_an_empty_log_has_a_header(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD)
    asked = ["featurize", "--as-of", "2024-02-01", str(path)]
    assert _table(tmp_path, *asked, "--sorted").equals(_table(tmp_path, *asked))
