"""export on the command line."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest

from churnkit import cli
from tests.export.scoring import filtered, needs_r


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 400 customers with gaps and odd words, and a model of it of two kinds."""
    folder, rng = tmp_path_factory.mktemp("export"), np.random.default_rng(0)
    lines = ["customer_id,tenure,plan,is_open,churned"]
    for k in range(400):
        tenure, plan = rng.gamma(2, 10), rng.choice(["basic", 'pro, "plus"', "it's"])
        left = int(rng.random() < 1 / (1 + np.exp(tenure / 10 - (plan == "basic"))))
        written = "" if k % 17 == 0 else "?" if k % 19 == 0 else f"{tenure:.2f}"
        quoted = '"' + plan.replace('"', '""') + '"'
        lines.append(f"c{k:03},{written},{quoted},{['Yes', 'No', ''][k % 3]},{left}")
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    for kind in ("logistic", "tree"):
        assert (
            cli.run(
                [
                    "fit",
                    "-q",
                    "--null",
                    "?",
                    "--model",
                    kind,
                    "-o",
                    str(folder / f"{kind}.json"),
                    str(folder / "table.csv"),
                ]
            )
            == 0
        )
    return folder


def _sql(folder: Path, kind: str, *words: str) -> str:
    out = folder / "score.sql"
    assert cli.run(["export", *words, "-o", str(out), str(folder / f"{kind}.json")]) == 0
    return out.read_text()


@pytest.mark.parametrize("kind", ["logistic", "tree"])
def test_with_digits_duckdb_writes_the_bytes_of_score(folder: Path, kind: str) -> None:
    scores = folder / "scores.csv"
    table = folder / "table.csv"
    assert (
        cli.run(["score", "-q", "--digits", "6", "-o", str(scores), str(folder / f"{kind}.json"), str(table)])
        == 0
    )
    sql = _sql(folder, kind, "--digits", "6", "--table", "now")
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE now AS FROM read_csv('{table}')")
        database.execute(f"COPY ({sql}) TO '{folder / 'found.csv'}' (FORMAT csv, HEADER)")
    assert (folder / "found.csv").read_bytes() == scores.read_bytes()
    assert re.fullmatch(r"c000,0\.\d{6}", scores.read_text().splitlines()[1])


def test_the_duckdb_shell_prints_what_score_prints(folder: Path, shell_env: dict[str, str]) -> None:
    shell = shutil.which("duckdb", path=f"{Path(sys.executable).parent}:{shell_env.get('PATH', '')}")
    if shell is None:
        pytest.skip("no duckdb shell: pip install duckdb-cli")
    sql = _sql(folder, "logistic", "--digits", "6", "--table", "table.csv")
    found = subprocess.run([shell, "-csv"], input=sql, cwd=folder, capture_output=True, text=True, check=True)
    assert (
        cli.run(
            [
                "score",
                "-q",
                "--digits",
                "6",
                "-o",
                str(folder / "s.csv"),
                str(folder / "logistic.json"),
                str(folder / "table.csv"),
            ]
        )
        == 0
    )
    assert found.stdout == (folder / "s.csv").read_text()


@pytest.mark.parametrize("kind", ["logistic", "tree"])
def test_verify_reports_the_rows_and_the_largest_difference(
    folder: Path, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    _sql(folder, kind, "--verify", str(folder / "table.csv"), "--dialect", "spark", "--reasons", "2")
    said = capfd.readouterr().err
    assert re.search(r"400 rows of .*table\.csv in DuckDB: largest difference \d\.\de[-+]\d\d", said)
    assert float(said.split()[-1]) <= 1e-12


def test_verify_takes_a_header_alone_and_names_what_is_missing(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    header = folder / "header.csv"
    header.write_text("customer_id,tenure,plan,is_open\n")
    _sql(folder, "tree", "--verify", str(header))
    assert "0 rows" in capfd.readouterr().err
    header.write_text("customer_id,tenure\na,1\n")
    assert (
        cli.run(["export", "--verify", str(header), "-o", str(folder / "no.sql"), str(folder / "tree.json")])
        == 2
    )
    assert "has no column" in capfd.readouterr().err
    assert not (folder / "no.sql").exists()


def test_the_comment_has_the_notes_on_one_line_each(folder: Path) -> None:
    sql = _sql(folder, "tree", "--note", "for crm\nDROP TABLE x; --", "--note", "*/ {{ run }}")
    assert "-- note: for crm\\nDROP TABLE x; --\n-- note: */ { { run }}\n" in sql


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--table", "a..b"], "'a..b' is not the name of a table"),
        (["--dialect", "oracle"], "oracle"),
        (["--digits", "0"], "--digits"),
        (["--verify", "nothing.csv"], "nothing.csv"),
    ],
)
def test_a_wrong_word_is_one_line(
    folder: Path, words: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["export", *words, str(folder / "tree.json")]) == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(("package", "words"), [("sqlglot", []), ("duckdb", ["--verify", "table.csv"])])
def test_a_package_that_is_not_installed_is_named(
    folder: Path,
    package: str,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    from churnkit.commands import export
    from churnkit.export import reading

    monkeypatch.chdir(folder)
    for module in (export, reading):
        monkeypatch.setattr(module, "find_spec", lambda name: None if name == package else object())
    assert cli.run(["export", *words, "tree.json"]) == 2
    assert f"{package}: pip install 'churnkit-cli[sql]'" in capfd.readouterr().err


def test_the_model_and_the_rows_cannot_both_be_standard_input(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["export", "--verify", "-", "-"]) == 2
    assert "cannot both be standard input" in capfd.readouterr().err


def test_the_model_may_be_standard_input(folder: Path, warm_env: dict[str, str]) -> None:
    model = (folder / "tree.json").read_bytes()
    done = subprocess.run(["churnkit", "export", "-"], input=model, env=warm_env, capture_output=True)
    assert done.stdout.decode() == _sql(folder, "tree")
    assert done.stderr == b""


@pytest.mark.parametrize("kind", ["logistic", "tree"])
def test_with_digits_a_scorer_in_python_prints_the_bytes_of_score(
    folder: Path, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    scores, table, model = folder / "scores.csv", folder / "table.csv", folder / f"{kind}.json"
    assert cli.run(["score", "-q", "--digits", "6", "-o", str(scores), str(model), str(table)]) == 0
    text = _sql(
        folder, kind, "--dialect", "python", "--digits", "6", "--verify", str(table), "--note", "a\nb"
    )
    said = capfd.readouterr().err
    assert re.search(r"400 rows of .*table\.csv in Python: largest difference \d\.\de[-+]\d\d", said)
    assert float(said.split()[-1]) <= 1e-12
    assert "\n# note: a\\nb\n" in text
    (folder / "scorer.py").write_text(text)
    found = filtered([sys.executable, "-I", "-S", str(folder / "scorer.py")], table.read_bytes())
    assert found.stdout == scores.read_bytes()


@needs_r
def test_with_digits_a_scorer_in_r_prints_the_bytes_of_score(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    scores, table, model = folder / "scores.csv", folder / "table.csv", folder / "logistic.json"
    assert cli.run(["score", "-q", "--digits", "6", "-o", str(scores), str(model), str(table)]) == 0
    text = _sql(folder, "logistic", "--dialect", "r", "--digits", "6", "--verify", str(table))
    assert float(capfd.readouterr().err.split()[-1]) <= 1e-12
    (folder / "scorer.R").write_text(text)
    assert filtered(["Rscript", str(folder / "scorer.R")], table.read_bytes()).stdout == scores.read_bytes()


def test_verify_of_a_scorer_without_ids_numbers_the_rows_and_a_named_id_must_be_there(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    table = folder / "anonymous.csv"
    table.write_text("tenure,plan,is_open\n1,basic,Yes\n,,\n3,basic,No\n")
    _sql(folder, "tree", "--dialect", "python", "--verify", str(table))
    assert "2 rows of" in capfd.readouterr().err
    words = [
        "export",
        "--dialect",
        "python",
        "--id",
        "key",
        "--verify",
        str(table),
        str(folder / "tree.json"),
    ]
    assert cli.run(words) == 2
    assert "no column 'key'" in capfd.readouterr().err


def test_r_that_is_not_installed_and_sqlglot_that_is_not_needed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from churnkit.commands import export

    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(export, "find_spec", lambda name: None)
    words = ["export", "--dialect", "r", "--verify", str(folder / "table.csv"), str(folder / "tree.json")]
    assert cli.run(words) == 2
    assert "--verify needs Rscript: install R" in capfd.readouterr().err
    assert "scorer$TREES" in _sql(folder, "tree", "--dialect", "r")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--pipeline", "--as-of", "2024-01-01"], "--pipeline is for SQL"),
        (["--features"], "--features is for SQL"),
        (["--dbt"], "--dbt is for SQL"),
        (["--table", "t"], "--table is for SQL"),
        (["--into", "t"], "--into is for SQL"),
        (["--as-of", "2024-01-01"], "--as-of is for SQL"),
        (["--tz", "Europe/Paris"], "--tz is for SQL"),
        (["--reasons", "2"], "--reasons is for SQL: use churnkit explain"),
    ],
)
@pytest.mark.parametrize("language", ["python", "r"])
def test_what_a_scorer_has_no_use_for_is_refused(
    folder: Path, language: str, words: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["export", "--dialect", language, *words, str(folder / "tree.json")]) == 2
    printed = capfd.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert said in printed.err


def test_verify_fails_if_the_scorer_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from churnkit.export import languages

    words = [
        "export",
        "--dialect",
        "python",
        "--verify",
        str(folder / "table.csv"),
        str(folder / "tree.json"),
    ]
    broken = {
        "raise SystemExit('a\\x1b[31m word')": "the scorer failed: a\\x1b[31m word",
        "print('customer_id,churn_probability')": "the scorer returns other rows than score",
    }
    for text, said in broken.items():
        monkeypatch.setattr(languages, "write", lambda *_, text=text: text)
        assert cli.run(words) == 1
        assert said in capfd.readouterr().err
