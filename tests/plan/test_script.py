"""Scripts of plans are scripts, whatever the names are, and stop where a person must decide."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from churnkit.plan.reading import write_plan
from churnkit.tables.table import Reading
from tests.catalog.schemas import write

HOSTILE = "a 'b' $(touch pwned)\n-c*.csv"


def _log(
    folder: Path, days: int, dates: str = "iso", name: str = "log.csv", id_: str = "customer_id"
) -> None:
    """300 customers, each with an event every few days; every third stops after 60 days."""
    from datetime import date, timedelta

    lines = [f'"{id_}",date,amount']
    for i in range(300):
        for step in range(0, min(days, 60) if i % 3 == 0 else days, 5 + i % 7):
            day = date(2023, 1, 1) + timedelta(days=step)
            lines.append(
                f"c{i},{day if dates == 'iso' else day.replace(day=day.day % 12 + 1).strftime('%d/%m/%Y')},{i % 9}"
            )
    (folder / name).write_text("\n".join(lines) + "\n")


def _snapshot(folder: Path, values: tuple[str, str], name: str = "t.csv") -> None:
    rows = [f"{i},{i % 7},{values[i % 4 == 0]}" for i in range(200)]
    (folder / name).write_text("\n".join(["customer_id,calls,churn", *rows]) + "\n")


CASES: dict[str, tuple[Callable[[Path], object], str | None]] = {
    "a log": (lambda folder: _log(folder, 400), None),
    "a short log": (lambda folder: _log(folder, 40), "too little"),
    "dates that read either way": (lambda folder: _log(folder, 400, "either"), "which format"),
    "a log with a hostile name": (
        lambda folder: _log(folder, 400, name=HOSTILE, id_="customer\nid $(id)"),
        None,
    ),
    "a target": (lambda folder: _snapshot(folder, ("no", "yes")), None),
    "a target without a word for leaving": (lambda folder: _snapshot(folder, ("A", "B")), "which value"),
    "two tables with a target": (
        lambda folder: (_snapshot(folder, ("0", "1")), _snapshot(folder, ("no", "yes"), "u.csv")),
        "several tables",
    ),
    "yearly snapshots": (
        lambda folder: [_snapshot(folder, ("0", "1"), f"{year}.csv") for year in (2004, 2005)],
        None,
    ),
    "subscriptions, logs and attributes": (lambda folder: write(folder, "software"), None),
}


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `churnkit` that writes its arguments to a file, one per line, and makes the file of -o."""
    folder = tmp_path_factory.mktemp("stub")
    script = """#!/bin/sh
printf '%s\\n' "$@" >> said
while [ $# -gt 0 ]; do if [ "$1" = -o ]; then : > "$2"; fi; shift; done
"""
    (folder / "churnkit").write_text(script)
    (folder / "churnkit").chmod(0o755)
    return folder


@pytest.mark.parametrize("case", CASES)
def test_a_script_runs_or_stops_at_its_check(
    case: str, tmp_path: Path, stub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, why = CASES[case]
    make(tmp_path)
    monkeypatch.chdir(tmp_path)
    text, _ = write_plan(["."], Reading(), "2024-01-01T00:00:00Z")
    assert text.replace("\n", "").isprintable()
    (tmp_path / "go.sh").write_text(text)
    subprocess.run(["sh", "-n", "go.sh"], check=True)
    done = subprocess.run(
        ["sh", "go.sh"], env={"PATH": f"{stub}:/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert not (tmp_path / "pwned").exists()
    assert (done.returncode == 0) == (why is None), done.stderr
    checks = [line for line in text.splitlines() if line.startswith("# CHECK:")]
    assert (why in checks[0]) if why else checks == []
    if why is None:
        said = (tmp_path / "said").read_text()
        assert [word for word in ("fit", "evaluate", "score", "explain") if f"{word}\n" not in said] == []
    if case == "a log with a hostile name":
        assert f"./{HOSTILE}\n" in said or f"{HOSTILE}\n" in said
        assert "customer\nid $(id)\n" in said


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck on this system")
@pytest.mark.parametrize("case", CASES)
def test_shellcheck_finds_nothing(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CASES[case][0](tmp_path)
    monkeypatch.chdir(tmp_path)
    text, _ = write_plan(["."], Reading(), "2024-01-01T00:00:00Z")
    done = subprocess.run(["shellcheck", "-s", "sh", "-"], input=text, capture_output=True, text=True)
    assert done.stdout == ""


def _planned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The lines of a plan, by their first word: a command of churnkit, or the name of a variable."""
    monkeypatch.chdir(folder)
    lines = write_plan(["."], Reading(), "2024-01-01T00:00:00Z")[0].splitlines()
    return {line.removeprefix("churnkit ").replace("=", " ").split()[0]: line for line in lines if line}


def _people(folder: Path, name: str) -> None:
    rows = [f"c{i},{i}@example.org,{i % 7},{('yes', 'no')[i % 3 > 0]}" for i in range(300)]
    (folder / name).write_text("\n".join(["customer_id,mail,calls,churned", *rows]) + "\n")


def test_personal_data_are_not_learnt_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _people(tmp_path, "people.csv")
    planned = _planned(tmp_path, monkeypatch)
    assert planned["DROP"].startswith("DROP='mail' ")
    assert ' --drop "$DROP" ' in planned["fit"]


def test_a_target_of_today_that_is_joined_to_a_log_is_not_learnt_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _log(tmp_path, 400)
    _people(tmp_path, "people.csv")
    planned = _planned(tmp_path, monkeypatch)
    assert planned["DROP"].startswith("DROP='mail,churned' ")
    assert ' --drop "$DROP" ' in planned["fit"]
    assert planned["featurize"].count("--join 'people.csv'") == 1


def test_rows_without_a_customer_are_skipped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _log(tmp_path, 400)
    assert "--on-error skip" not in _planned(tmp_path, monkeypatch)["events"]
    with (tmp_path / "log.csv").open("a") as file:
        file.write(",2023-05-01,1\n,2023-05-02,1\n")
    monkeypatch.chdir(tmp_path)
    text, _ = write_plan(["."], Reading(), "2024-01-01T00:00:00Z")
    assert "# 2 rows without a customer are skipped\n" in text
    assert "--on-error skip" in text


def test_of_parts_the_one_with_the_largest_number_is_the_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (9, 10, 8):
        _snapshot(tmp_path, ("0", "1"), f"part{number}.csv")
    planned = _planned(tmp_path, monkeypatch)
    assert planned["LATEST"] == "LATEST='part10.csv'"
    assert planned["set"] == "set -- 'part8.csv' 'part9.csv'"
