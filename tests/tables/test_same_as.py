"""Several ids of one customer: every command reads a log as if the old ids had never been."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import cli
from churnkit.tables.same_as import SHOWN_IDS, resolve

IDS = st.sampled_from("abcdefg")


@given(st.dictionaries(IDS, IDS))
def test_every_old_id_ends_where_following_the_pairs_ends(pairs: dict[str, str]) -> None:
    ends: dict[str, str] = {}
    for start in pairs:
        id_ = start
        for _ in range(len(pairs)):
            id_ = pairs.get(id_, id_)
        ends[start] = id_
    if any(pairs.get(end, end) != end for end in ends.values()):
        with pytest.raises(ValueError, match="a cycle: "):
            resolve(pairs)
    else:
        assert resolve(pairs) == {old: end for old, end in ends.items() if old != end}


@pytest.mark.parametrize("length", [2, SHOWN_IDS, SHOWN_IDS + 1])
def test_a_cycle_names_its_ids_and_not_those_that_lead_to_it(length: int) -> None:
    pairs = {"in": "c0", **{f"c{k}": f"c{(k + 1) % length}" for k in range(length)}}
    with pytest.raises(ValueError, match="cycle") as error:
        resolve(pairs)
    shown = [f"'c{k}'" for k in range(min(length, SHOWN_IDS))]
    more = ", 1 more" if length > SHOWN_IDS else ""
    assert str(error.value) == f"the ids are a cycle: {' → '.join([*shown, shown[0]])}{more}"


def test_a_chain_of_many_ids_is_no_recursion() -> None:
    pairs = {f"c{k}": f"c{k + 1}" for k in range(20_000)}
    assert set(resolve(pairs).values()) == {"c20000"}


PAIRS = "old_id,id\na,b\nb,c\nd,d\ne,f\n"
LAST = {"a": "c", "b": "c", "e": "f"}
LOG = "customer_id,timestamp,event,amount\n" + "".join(
    f"{'abcdefg'[k * k % 7]},2024-0{1 + k % 4}-{1 + k * 5 % 28:02d},{('buy', 'see')[k % 2]},{k}\n"
    for k in range(150)
)
PLANS = "customer_id,from,to,fee\na,2024-01-01,2024-04-01,10\nc,2024-03-01,,5\ng,2024-02-01,2024-03-01,1\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """log and plans, and the same with present ids."""
    folder = tmp_path_factory.mktemp("ids")
    (folder / "map.csv").write_text(PAIRS)
    for name, text in (("log", LOG), ("plans", PLANS)):
        (folder / f"{name}.csv").write_text(text)
        rows = pl.read_csv(folder / f"{name}.csv", infer_schema=False)
        rows.with_columns(pl.col("customer_id").replace(LAST)).write_csv(folder / f"{name}-merged.csv")
    return folder


@pytest.mark.parametrize(
    "line",
    [
        "featurize --as-of 2024-02-01..2024-04-01/1mo --horizon 30d --prove log",
        "featurize --as-of latest --dedupe --features amount_last,buy_count_30d log",
        "events log",
        "events --start from --end to --value fee plans",
        "measure --inactive 30d log",
        "measure --start from --end to --value fee plans",
    ],
)
def test_the_bytes_are_those_of_a_log_with_present_ids(
    folder: Path, line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    *words, name = line.split()
    assert cli.run([*words, "--same-as", str(folder / "map.csv"), str(folder / f"{name}.csv")]) == 0
    merged = capfd.readouterr()
    assert cli.run([*words, str(folder / f"{name}-merged.csv")]) == 0
    assert merged.out == capfd.readouterr().out
    old = [row.split(",")[0] for row in (LOG if name == "log" else PLANS).splitlines()[1:]]
    number = sum(id_ in LAST for id_ in old)
    rows = f"{number} row{'s' * (number > 1)}"
    ids = len({*old} & {*LAST})
    assert f"old ids replaced in {rows} ({ids} id{'s' * (ids > 1)} of {folder / 'map.csv'})" in merged.err


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ("old,id\na,b\nc,b\nb,a\n", "map.csv: the ids are a cycle: 'a' → 'b' → 'a'"),
        ("old,id\na,b\na,b\na,c\n", "map.csv:4: the old id 'a' has two ids, 'b' and 'c'"),
        ("old,id\na,b\na,\n", "map.csv:3: column 'id': is empty"),
        ("old,id,why\na,b,c\n", "needs two columns, the old id and the id, not 3 columns: old, id, why"),
        ("a,b\ne,f\n", "map.csv: its header, 'a' and 'b', holds ids; add a first line: old_id,id"),
        ("", "map.csv is empty"),
    ],
)
def test_a_map_that_contradicts_itself_is_one_line(
    folder: Path, tmp_path: Path, pairs: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "map.csv").write_text(pairs)
    assert cli.run(["events", "--same-as", str(tmp_path / "map.csv"), str(folder / "log.csv")]) == 2
    err = capfd.readouterr().err
    assert (words in err, err.count("\n")) == (True, 1)


def test_that_no_row_has_an_old_id_is_told(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "map.csv").write_text("old,id\n00a,b\n")
    assert cli.run(["events", "--same-as", str(tmp_path / "map.csv"), str(folder / "log.csv")]) == 0
    assert f"no row has an old id of {tmp_path / 'map.csv'} (1 id)" in capfd.readouterr().err


def test_a_kept_column_shows_the_id_as_it_stands(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["events", "--same-as", str(folder / "map.csv"), "--id", "who", "--keep", "who"]
    path = folder / "who.csv"
    path.write_text(LOG.replace("customer_id", "who", 1))
    assert cli.run([*words, str(path)]) == 0
    rows = [row.split(",") for row in capfd.readouterr().out.splitlines()[1:]]
    assert {row[0] for row in rows if row[-1] == "a"} == {"c"}


def test_a_log_that_is_sorted_by_old_ids_is_not_sorted(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    parquet, same = tmp_path / "log.parquet", ["--same-as", str(folder / "map.csv")]
    asked = ["featurize", "-q", "--as-of", "latest", "--features", "amount_sum_90d,buy_count_30d"]
    assert cli.run(["events", "-q", "-o", str(parquet), str(folder / "log.csv")]) == 0
    assert cli.run([*asked, *same, str(parquet)]) == 0
    assert cli.run([*asked, str(folder / "log-merged.csv")]) == 0
    text = capfd.readouterr().out
    assert text[: len(text) // 2] == text[len(text) // 2 :]
    assert cli.run([*asked, *same, "--sorted", str(folder / "log.csv")]) == 2
    assert "--sorted cannot be used with --same-as" in capfd.readouterr().err
