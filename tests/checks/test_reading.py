"""Files checked: several, of all formats, compressed, in tables of N rows."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from churnkit import cli
from tests import checked, deliveries

FORMATS = ("new.csv", "new.tsv", "new.jsonl", "new.csv.gz", "new.parquet")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base, its profile, and a delivery in several formats."""
    folder = tmp_path_factory.mktemp("deliveries")
    frame = checked.base(1_100)
    frame.write_csv(folder / "base.csv")
    assert cli.run(["profile", "-q", "-o", str(folder / "base.jsonl"), str(folder / "base.csv")]) == 0
    rows = pl.DataFrame(checked.delivered(1_000), schema=list(deliveries.NAMES), orient="row")
    write(rows, folder)
    return folder


def write(rows: pl.DataFrame, folder: Path) -> None:
    rows = rows.with_columns(pl.all().replace("", None))
    (folder / "new.csv").write_text(rows.write_csv(line_terminator="\r\n"))
    (folder / "new.tsv").write_text(rows.write_csv(separator="\t", quote_style="always"))
    (folder / "new.jsonl").write_text(rows.write_ndjson())
    (folder / "new.csv.gz").write_bytes(gzip.compress((folder / "new.csv").read_bytes()))
    typed = rows.with_columns(pl.col("age", "calls").cast(pl.Int16), pl.col("amount").cast(pl.Float64))
    typed.write_parquet(folder / "new.parquet")


def _check(folder: Path, *words: str) -> int:
    for name in ("out.csv", "out.parquet", "rejects.csv", "findings.jsonl"):
        (folder / name).unlink(missing_ok=True)
    paths = [
        str(folder / word) if (folder / word).is_file() or word.startswith("out.") else word for word in words
    ]
    return cli.run(["check", "-q", "--now", deliveries.NOW, *paths])


@pytest.mark.parametrize("name", FORMATS[:-1])
def test_rows_of_text_come_out_byte_for_byte(name: str, folder: Path) -> None:
    assert _check(folder, "-o", "out.csv", "base.jsonl", name) == 0
    data = (folder / name).read_bytes()
    assert (folder / "out.csv").read_bytes() == (gzip.decompress(data) if name.endswith("gz") else data)


def test_parquet_comes_out_as_csv_or_with_its_types(folder: Path) -> None:
    assert _check(folder, "-o", "out.csv", "base.csv", "new.parquet") == 0
    assert pl.read_csv(folder / "out.csv", infer_schema=False).equals(
        pl.read_csv(folder / "new.csv", infer_schema=False).with_columns(
            pl.col("amount").cast(pl.Float64).cast(pl.String)
        )
    )
    assert _check(folder, "-o", "out.parquet", "base.csv", "new.parquet") == 0
    assert pl.read_parquet(folder / "out.parquet").equals(pl.read_parquet(folder / "new.parquet"))


def test_text_becomes_parquet_with_the_types_of_the_base(folder: Path) -> None:
    assert _check(folder, "-o", "out.parquet", "base.csv", "new.csv") == 0
    found, text = pl.read_parquet(folder / "out.parquet"), pl.read_csv(folder / "new.csv", infer_schema=False)
    kinds = dict(found.schema)
    assert (kinds["age"], kinds["amount"], kinds["is_active"], kinds["plan"]) == (
        pl.Int64,
        pl.Float64,
        pl.Boolean,
        pl.String,
    )
    assert kinds["timestamp"] == pl.Datetime("us", "UTC")
    assert found["amount"].to_list() == [float(value) for value in text["amount"]]


def test_several_files_are_one_table_with_one_header(folder: Path) -> None:
    lines = (folder / "new.csv").read_bytes().splitlines(keepends=True)
    (folder / "a.csv").write_bytes(b"".join(lines[:400]))
    (folder / "b.csv").write_bytes(b"".join([lines[0], *lines[400:], lines[0], b"\r\n"]))
    assert _check(folder, "-o", "out.csv", "base.jsonl", "a.csv", "b.csv") == 0
    assert (folder / "out.csv").read_bytes() == b"".join(lines)
    assert _check(folder, "-o", "out.csv", "base.jsonl", "a.csv", "a.csv") == 1
    assert not (folder / "out.csv").exists()
    (folder / "c.csv").write_bytes(b"x,y\n1,2\n")
    assert _check(folder, "base.jsonl", "a.csv", "c.csv") == 2


@pytest.mark.parametrize("is_streaming", [False, True])
def test_every_n_rows_are_judged_as_a_table(
    is_streaming: bool, folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = (folder / "new.csv").read_bytes().splitlines(keepends=True)
    broken = [
        line.replace(b",basic,", b",,").replace(b",plus,", b",,") if 400 < k <= 800 else line
        for k, line in enumerate(lines)
    ]
    (folder / "some.csv").write_bytes(b"".join(broken))
    words = ["--every", "200", *(["--stream"] if is_streaming else [])]
    assert _check(folder, *words, "base.jsonl", "some.csv") == 1
    out = capfdbinary.readouterr().out.splitlines(keepends=True)
    kept = [
        line
        for line in broken
        if b",," not in line.replace(b"0.", b"")
        or b",basic," in line
        or b",plus," in line
        or b",premium," in line
    ]
    assert out == ([lines[0], *kept[1:]] if is_streaming else lines[:401])


def test_a_rule_may_refer_to_another_table(folder: Path) -> None:
    (folder / "plans.csv").write_text("name,price\nbasic,1\nplus,2\n")
    (folder / "rules.txt").write_text(f"plan references {folder / 'plans.csv'}:name\n")
    findings = ["--rejects", str(folder / "rejects.csv")]
    assert _check(folder, *findings, "--rules", "rules.txt", "base.jsonl", "new.csv") == 1
    reasons = set(pl.read_csv(folder / "rejects.csv")["reason"])
    assert reasons == {f"rule 1: column 'plan': 'premium' is not in {folder / 'plans.csv'}:name"}


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("nowhere.csv:name", "nowhere.csv: No such file"),
        ("base.csv:nam", "no column 'nam'"),
        ("-:x", "must be a FILE"),
    ],
)
def test_a_table_that_cannot_be_read_is_told_with_the_line_of_its_rule(
    table: str, why: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = table if table.startswith("-") else f"{folder}/{table}"
    (folder / "wrong.txt").write_text(f"age > 0\nplan references {place}\n")
    assert _check(folder, "--rules", "wrong.txt", "base.jsonl", "new.csv") == 2
    error = capfd.readouterr().err
    assert "wrong.txt:2: " in error
    assert why in error
    assert error.count("\n") == 1


def test_the_age_of_a_stream_is_judged_once_for_all_of_it(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    new = pl.read_csv(folder / "new.csv", infer_schema=False).sort("timestamp")
    old = new.with_columns(
        pl.format("o{}", "customer_id").alias("customer_id"),
        pl.col("timestamp").str.replace("2024-06", "2024-04"),
    )
    stream = pl.concat([old, new])
    stream.write_csv(folder / "stream.csv")
    words = ("--every", "250", "--max-age", "3d", "base.jsonl")
    assert _check(folder, *words, "stream.csv") == 0
    old.write_csv(folder / "old.csv")
    assert _check(folder, *words, "old.csv") == 1
    assert "not passed: stale, too-old; the good rows are written" in capfd.readouterr().err
    assert _check(folder, *words, "--allow", "stale,too-old", "old.csv") == 0


def test_a_model_expects_its_own_columns_and_scores_new_words_as_other(folder: Path) -> None:
    frame = checked.base(1_100)
    churned = (frame["age"].cast(pl.Int64) % 3 == 0).cast(pl.Int8)
    names = ["customer_id", "plan", "calls", "age"]
    frame.select(names).with_columns(churned.alias("churned")).write_csv(folder / "train.csv")
    assert (
        cli.run(["fit", "-q", "--model", "tree", "-o", str(folder / "model.json"), str(folder / "train.csv")])
        == 0
    )
    rows = pl.DataFrame(checked.delivered(1_000), schema=list(deliveries.NAMES), orient="row").select(
        reversed(names)
    )
    gold = pl.Series(["gold"] * 4 + [None] * 996)
    rows.with_columns(gold.fill_null(rows["plan"]).alias("plan")).write_csv(folder / "other.csv")
    assert _check(folder, "-o", "out.csv", "model.json", "other.csv") == 0
    assert (folder / "out.csv").read_bytes() == (folder / "other.csv").read_bytes()
    rows.with_columns(pl.lit("gold").alias("plan")).write_csv(folder / "other.csv")
    words = ["--findings", str(folder / "findings.jsonl"), "model.json", "other.csv"]
    assert _check(folder, *words) == 1
    found = [json.loads(line) for line in (folder / "findings.jsonl").read_text().splitlines()]
    assert [(f["code"], f["column"], f["rows"]) for f in found] == [("new-values", "plan", 1_000)]
    rows.drop("calls").write_csv(folder / "other.csv")
    assert _check(folder, *words) == 1
    found = [json.loads(line) for line in (folder / "findings.jsonl").read_text().splitlines()]
    assert [f["code"] for f in found] == ["columns-gone"]
