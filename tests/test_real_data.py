"""From raw public files to evaluated scores, where the files are.

CHURNKIT_DATA names a folder that holds them (telco_ibm/telco_ibm.csv,
bank_churn_modelling/bank_churn_modelling.csv, and what the examples in public_logs say at their top). They are
not part of the project. Of the two large logs a part of the customers is used, always the same.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from pathlib import Path
from zlib import crc32

import pytest

from tests.shell import LIMIT_S

DATA = os.environ.get("CHURNKIT_DATA", "")
pytestmark = pytest.mark.skipif(not DATA, reason="CHURNKIT_DATA does not name a folder of public data sets")

EXAMPLES = Path(__file__).parent.parent / "examples" / "public_logs"
LEAST_AUC = {"cdnow": 0.76, "online_retail": 0.74, "music_service": 0.6, "subscriptions": 0.5}
BEATS_A_COLUMN = {
    "cdnow": True,
    "music_service": False,
    "subscriptions": False,
}  # of the shop, too few to tell
TABLES = {
    "telco_ibm": ("telco_ibm/telco_ibm.csv --id customerID --target Churn --null ' '", 0.83),
    "bank_churn_modelling": (
        "bank_churn_modelling/bank_churn_modelling.csv --id CustomerId --target Exited",
        0.75,
    ),
}


SHARE = 5  # of so many customers of a large log, one


def _is_kept(customer: bytes, row: bytes) -> bool:
    return crc32(customer or row) % SHARE == 0


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of public data sets, in which the large logs hold some of their customers with all of their rows."""
    folder, whole = tmp_path_factory.mktemp("data"), Path(DATA).absolute()
    for path in whole.iterdir():
        if path.name not in ("cdnow", "online_retail"):
            (folder / path.name).symlink_to(path)
    (folder / "cdnow").mkdir()
    header, *rows = (whole / "cdnow" / "cdnow.csv").read_bytes().splitlines(keepends=True)
    kept = [row for row in rows if _is_kept(row.partition(b",")[0], row)]
    (folder / "cdnow" / "cdnow.csv").write_bytes(header + b"".join(kept))
    days = folder / "online_retail" / "by-day"
    days.mkdir(parents=True)
    for path in sorted((whole / "online_retail" / "by-day").glob("*.csv.gz")):
        header, *rows = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
        kept = [row for row in rows if _is_kept(row.rsplit(b",", 2)[1], row)]  # a description may hold commas
        (days / path.name).write_bytes(gzip.compress(header + b"".join(kept), 1))
    return str(folder)


def _run(script: str, folder: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder, env={**env, "DATA": DATA}, capture_output=True, text=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_public_log_has_a_figure_to_reach() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.sh")} == {*LEAST_AUC, "savings"}


def test_snapshots_are_dated_by_their_names_and_it_is_found_which_policies_were_surrendered(
    tmp_path: Path, warm_env: dict[str, str]
) -> None:
    said = _run(f"{EXAMPLES / 'savings.sh'} $DATA", tmp_path, warm_env)
    sentence = " ".join(said.split())  # it may be wrapped
    assert "surrendered rose 16.9 points (+15.9 to +18.0) from 7.1% to 24.1%" in sentence
    assert re.search(r"points of it from duration_months=\d+ to below \d+, which went from 9", sentence)
    assert re.search(r"^duration_months .*drifted", said, re.M)
    expected, left = re.findall(r"^2005-01-01 +([\d,]+) +([\d,]+) ", said, re.M)[0]
    truth = Path(DATA, "eu_savings", "2005.csv").read_text().splitlines()
    assert int(left.replace(",", "")) == sum(line.endswith(",yes") for line in truth)
    assert int(expected.replace(",", "")) < 1_000  # as in 2004: nothing said what would happen
    scored = (tmp_path / "scored.csv").read_text().splitlines()
    assert len(scored) == len(truth)
    assert scored[0] == "policy.ID,churn_probability,as_of"
    assert {line.rsplit(",", 1)[1] for line in scored[1:]} == {"2005-01-01"}


@pytest.mark.parametrize("name", LEAST_AUC)
def test_a_raw_log_goes_to_evaluated_scores(
    name: str, data: str, tmp_path: Path, warm_env: dict[str, str]
) -> None:
    done = subprocess.run(
        [EXAMPLES / f"{name}.sh", data],
        cwd=tmp_path, env=warm_env, capture_output=True, text=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    auc = re.search(r"^auc +([0-9.]+)", done.stdout, re.M)
    assert auc
    assert float(auc[1]) > LEAST_AUC[name]
    if name in BEATS_A_COLUMN:
        assert ("does not clearly beat one column" in done.stderr) != BEATS_A_COLUMN[name]


@pytest.mark.parametrize(
    ("name", "kind"), [("telco_ibm", "logistic"), ("telco_ibm", "xgboost"), ("bank_churn_modelling", "tree")]
)
def test_a_snapshot_goes_through_fit_to_score_and_explain(
    name: str, kind: str, tmp_path: Path, warm_env: dict[str, str]
) -> None:
    table, least = TABLES[name]
    path = f"$DATA/{table.split()[0]}"
    script = f"""
      churnkit fit -q --model {kind} $DATA/{table} > model.json
      churnkit score -q model.json {path} > scored.csv
      churnkit explain -q model.json {path} | head -1 > reasons.jsonl || true
      wc -l < scored.csv
    """
    rows = int(_run(script, tmp_path, warm_env))
    assert rows > 7000
    assert len(json.loads((tmp_path / "reasons.jsonl").read_text())["reasons"]) == 3
    assert json.loads((tmp_path / "model.json").read_text())["metrics"]["auc"] > least - 0.03 * (
        kind == "tree"
    )
