"""A scorer in Python as a filter: a Python without packages prints what `score` prints."""

from __future__ import annotations

import csv
import io
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from churnkit import cli
from churnkit.columns import PROBABILITY
from churnkit.models.model_file import serialize
from tests.export.scoring import csv_of, filtered, scores_of, write_scorers
from tests.export.test_model_sql import HOSTILE
from tests.export.written import FACTS, PARAMETERS, matrix_of, model_of, rows_of

MODEL = replace(
    model_of("logistic", null=("?", "-1")),
    facts={**FACTS, "metrics": {"tested": "5 folds", "baselines": {}}, "backtest": None},
)
TABLES = {
    "gaps, unseen words and null words": "id,plan,y,x\na,a,1,\nb,new,?,2\nc,?,-1,.5\nd,,+1e1,0\n",
    "other columns, and any order": "x,more,y,plan,id\n1,m,2,a,7\n1.0,,2,A,007\n",
    "a date": "id,as_of,x,plan,y\na,2024-01-01,1,a,2\nb,?,1,a,2\nc,,1,b,2\n",
    "quotes": 'id,"x",plan,y\n"a,""1""\nb",1,"a",2\n5" pipe,1,"b",2\n" ",1,a,2\n',
    "Windows": "\ufeffid;x;plan;y\r\na;1;b;2\r\nb;2;\"a\";3\r\n",
    "tabs": "id\tx\tplan\ty\na\t1\tb\t2\n",
    "bars": "id|x|plan|y\na|1|b|2\n",
    "blank lines, empty rows and repeated headers": "id,x,plan,y\n\na,1,b,2\n,,,\n\nid,x,plan,y\nb,3,b,2",
    "no id": "x,plan,y\n1,a,2\n3,b,4\n",
    "letters": "id,x,plan,y\nÄ中😀,1,a,2\n",
    "a header alone": "id,x,plan,y\n",
    "small and large probabilities": "id,x,plan,y\na,1,a,1e300\nb,-1e300,b,-1e300\n",
}  # fmt: skip
BAD = {
    "a word": "id,x,plan,y\na,1,a,2\n\nb,one,a,2\n",
    "a word behind a record of two lines": 'id,x,plan,y\n"a\n1",1,a,2\nb,nan,a,2\n',
    "a blank": "id,x,plan,y\na,1,a, \n",
    "too large": "id,x,plan,y\na,1e999,a,2\n",
    "a short row": "id,x,plan,y\na,1,a,2\nb,1,a\n",
    "no id in a row": "id,x,plan,y\n?,1,a,2\n",
}


def scored_by_churnkit(folder: Path, data: str, *words: str) -> bytes:
    (folder / "model.json").write_bytes(serialize(MODEL))
    (folder / "rows.csv").write_bytes(data.encode())
    out = folder / "scores.csv"
    assert (
        cli.run(["score", "-q", *words, "-o", str(out), str(folder / "model.json"), str(folder / "rows.csv")])
        == 0
    )
    return out.read_bytes()


@pytest.mark.parametrize("what", TABLES)
def test_the_filter_prints_what_score_prints(what: str, tmp_path: Path) -> None:
    """The last digit of a probability may be another one: that of numpy's log depends on the processor."""
    command = write_scorers(MODEL, tmp_path)["python"]
    done = filtered(command, TABLES[what].encode())
    scored = scored_by_churnkit(tmp_path, TABLES[what])
    rows, expected = (list(csv.reader(io.StringIO(out.decode()))) for out in (done.stdout, scored))
    assert done.stdout.count(b"\n") == scored.count(b"\n")
    place = expected[0].index(PROBABILITY)
    probabilities = [[float(row.pop(place)) for row in some[1:]] for some in (rows, expected)]
    assert rows == expected
    assert probabilities[0] == pytest.approx(probabilities[1], rel=1e-12, abs=1e-12)
    assert done.returncode == 0
    assert done.stderr == (b"note: no column 'id': rows are numbered instead\n" if what == "no id" else b"")


@pytest.mark.parametrize("digits", [1, 6, 9])
def test_with_digits_too(digits: int, tmp_path: Path) -> None:
    rows = {
        "id": np.arange(500),
        "plan": np.array(["a"] * 500),
        "x": np.linspace(-3, 3, 500),
        "y": np.zeros(500),
    }
    data = csv_of(rows)
    done = filtered(write_scorers(MODEL, tmp_path, digits)["python"], data)
    assert done.stdout == scored_by_churnkit(tmp_path, data.decode(), "--digits", str(digits))


@pytest.mark.parametrize("what", BAD)
def test_a_bad_row_ends_it_with_one_line_that_names_the_line_as_score_does(
    what: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    done = filtered(write_scorers(MODEL, tmp_path)["python"], BAD[what].encode())
    (tmp_path / "model.json").write_bytes(serialize(MODEL))
    (tmp_path / "rows.csv").write_bytes(BAD[what].encode())
    assert cli.run(["score", "-q", str(tmp_path / "model.json"), str(tmp_path / "rows.csv")]) == 2
    said = done.stderr.decode()
    assert (done.returncode, said.count("\n"), said[:16]) == (2, 1, "scorer.py: line ")
    assert f"rows.csv:{said[16:].strip()}" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the input is empty"),
        (b"id,x,plan\n", "line 1: no column 'y', which the model needs"),
        (b"id,x,plan,y,y\n", "line 1: a name appears twice in the header"),
        (b"id,x,plan,y\n\xe9,1,a,2\n", "the input is not UTF-8"),
        (b'id,x,plan,y\na,1,a,2\n"b,1,a,2\n', "line 3: unexpected end of data"),
        (b'id,x,plan,y\n"a"b,1,a,2\n', "line 2: ',' expected after '\"'"),
    ],
)
def test_an_input_that_is_no_table_is_one_line(data: bytes, said: str, tmp_path: Path) -> None:
    done = filtered(write_scorers(MODEL, tmp_path)["python"], data)
    assert (done.stderr.decode(), done.returncode) == (f"scorer.py: {said}\n", 2)


def test_a_closed_pipe_is_silent_and_a_full_disk_one_line(tmp_path: Path) -> None:
    command = write_scorers(MODEL, tmp_path)["python"]
    (tmp_path / "rows.csv").write_text("id,x,plan,y\n" + "a,1,b,2\n" * 20_000)
    line = f"'{command[0]}' -I -S scorer.py < rows.csv"
    piped = subprocess.run(["sh", "-c", f"{line} | head -n 1"], cwd=tmp_path, capture_output=True, text=True)
    assert (piped.stdout, piped.stderr) == ("id,churn_probability\n", "")
    if Path("/dev/full").exists():
        full = subprocess.run(
            ["sh", "-c", f"{line} > /dev/full"], cwd=tmp_path, capture_output=True, text=True
        )
        assert (full.stderr, full.returncode) == ("scorer.py: [Errno 28] No space left on device\n", 2)


@pytest.mark.parametrize("kind", PARAMETERS)
def test_hostile_names_words_and_ids_pass(kind: str, tmp_path: Path) -> None:
    model = model_of(kind, HOSTILE)
    rows = rows_of(model, 5)
    rows["id"] = np.array([f"{k}, é 'x' \"{k}\"\n" for k in range(len(rows["id"]))], dtype=object)
    done = filtered(write_scorers(model, tmp_path)["python"], csv_of(rows), env={"LC_ALL": "C"})
    ids, found = scores_of(done.stdout)
    assert ids == rows["id"].tolist()
    assert found == pytest.approx(model.fitted.probability(matrix_of(model, rows)), rel=0, abs=1e-12)
