"""From raw public files to evaluated scores, where the files are.

CHURNKIT_DATA names a folder that holds them (telco_ibm/telco_ibm.csv,
bank_churn_modelling/bank_churn_modelling.csv, and what the examples in public_logs say at their top). They are
not part of the project.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.shell import LIMIT_S

DATA = os.environ.get("CHURNKIT_DATA", "")
pytestmark = pytest.mark.skipif(not DATA, reason="CHURNKIT_DATA does not name a folder of public data sets")

EXAMPLES = Path(__file__).parent.parent / "examples" / "public_logs"
LEAST_AUC = {"cdnow": 0.76, "online_retail": 0.74, "music_service": 0.6, "subscriptions": 0.5}
BEATS_NO_COLUMN = {"music_service", "subscriptions"}
TABLES = {
    "telco_ibm": ("telco_ibm/telco_ibm.csv --id customerID --target Churn --null ' '", 0.83),
    "bank_churn_modelling": (
        "bank_churn_modelling/bank_churn_modelling.csv --id CustomerId --target Exited",
        0.75,
    ),
}


def _run(script: str, folder: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder, env={**env, "DATA": DATA}, capture_output=True, text=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_public_log_has_a_figure_to_reach() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.sh")} == {*LEAST_AUC, "savings"}


def test_it_is_found_which_policies_were_surrendered(tmp_path: Path, warm_env: dict[str, str]) -> None:
    said = _run(f"{EXAMPLES / 'savings.sh'} $DATA", tmp_path, warm_env)
    sentence = " ".join(said.split())  # it may be wrapped
    assert "surrendered rose 16.9 points (+15.9 to +18.0) from 7.1% to 24.1%" in sentence
    assert re.search(r"points of it from duration_months=\d+ to below \d+, which went from 9", sentence)
    assert re.search(r"^duration_months .*drifted", said, re.M)


def test_snapshots_are_dated_by_the_names_of_their_files(tmp_path: Path, warm_env: dict[str, str]) -> None:
    said = _run(f"{EXAMPLES / 'savings.sh'} $DATA", tmp_path, warm_env)
    expected, left = re.findall(r"^2005-01-01 +([\d,]+) +([\d,]+) ", said, re.M)[0]
    truth = Path(DATA, "eu_savings", "2005.csv").read_text().splitlines()
    assert int(left.replace(",", "")) == sum(line.endswith(",yes") for line in truth)
    assert int(expected.replace(",", "")) < 1_000  # as in 2004: nothing said what would happen
    scored = (tmp_path / "scored.csv").read_text().splitlines()
    assert len(scored) == len(truth)
    assert scored[0] == "policy.ID,churn_probability,as_of"
    assert {line.rsplit(",", 1)[1] for line in scored[1:]} == {"2005-01-01"}


@pytest.mark.parametrize("name", LEAST_AUC)
def test_a_raw_log_goes_to_evaluated_scores(name: str, tmp_path: Path, warm_env: dict[str, str]) -> None:
    done = subprocess.run(
        [EXAMPLES / f"{name}.sh", DATA],
        cwd=tmp_path, env=warm_env, capture_output=True, text=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    auc = re.search(r"^auc +([0-9.]+)", done.stdout, re.M)
    assert auc
    assert float(auc[1]) > LEAST_AUC[name]
    assert ("does not clearly beat one column" in done.stderr) == (name in BEATS_NO_COLUMN)


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
