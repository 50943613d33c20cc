"""From raw public files to evaluated scores, where the files are.

CHURNKIT_DATA names a folder that holds them (telco_ibm/telco_ibm.csv,
bank_churn_modelling/bank_churn_modelling.csv, and what the examples in public_logs say at their top). They are
not part of the project. Of the larger ones a part of the customers is used, always the same.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np
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
    "telco_ibm": ("telco_ibm/telco_ibm.csv --id customerID --target Churn --null ' '", 0.8),
    "bank_churn_modelling": (
        "bank_churn_modelling/bank_churn_modelling.csv --id CustomerId --target Exited",
        0.7,
    ),
}
# table → of how many customers one is used, and which field of a line names the customer
SHARES = {
    "cdnow/cdnow.csv": (5, 0),
    "telco_ibm/telco_ibm.csv": (4, 0),
    "bank_churn_modelling/bank_churn_modelling.csv": (4, 1),
    "eu_savings/2004.csv": (4, 0),
    "eu_savings/2005.csv": (4, 0),
}
SHARE_OF_SHOP = 5
END_OF_SHOP = "2011-09-10"  # the day after the label window that its example looks at
DAYS = 7  # of a log of a file a day: as many are one file here, for each costs as much as its rows


def _some(lines: list[bytes], share: int, field: int) -> list[bytes]:
    """The lines of some customers; of lines without a customer, which all go the same way, far fewer."""
    ids = [line.split(b",")[field] for line in lines]  # from the end: a description may hold commas
    return [
        line
        for line, who in zip(lines, ids, strict=True)
        if crc32(who or line) % (share if who else 10 * share) == 0
    ]


@pytest.fixture(scope="session")
def data(made_once: Callable[[str, Callable[[Path], None]], Path]) -> str:
    """The folder of public data sets, in which the larger ones hold some of their customers with all of their rows."""
    return str(made_once("public", lambda folder: _make(folder, Path(DATA).absolute())))


def _make(folder: Path, whole: Path) -> None:
    (folder / "ravenstack_saas").symlink_to(whole / "ravenstack_saas")
    for name, (share, field) in SHARES.items():
        header, *lines = (whole / name).read_bytes().splitlines(keepends=True)
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(header + b"".join(_some(lines, share, field)))
    days = sorted((whole / "udacity_event_logs").glob("*.json"))
    (folder / "udacity_event_logs").mkdir()
    for place in range(0, len(days), DAYS):
        lines = [day.read_bytes().rstrip(b"\n") + b"\n" for day in days[place : place + DAYS]]
        (folder / "udacity_event_logs" / days[place].name).write_bytes(b"".join(lines))
    days = sorted((whole / "online_retail" / "by-day").glob("*.csv.gz"))
    days = [day for day in days if day.name < END_OF_SHOP]
    (folder / "online_retail" / "by-day").mkdir(parents=True)
    for place in range(0, len(days), DAYS):
        kept = []
        for day in days[place : place + DAYS]:
            header, *lines = gzip.decompress(day.read_bytes()).splitlines(keepends=True)
            kept += _some(lines, SHARE_OF_SHOP, -2)
        packed = gzip.compress(header + b"".join(kept), 1)
        (folder / "online_retail" / "by-day" / days[place].name).write_bytes(packed)


def _run(script: str, folder: Path, data: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder, env={**env, "DATA": data}, capture_output=True, text=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def test_every_public_log_has_a_figure_to_reach() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.sh")} == {*LEAST_AUC, "savings"}


def test_snapshots_are_dated_by_their_names_and_it_is_found_which_policies_were_surrendered(
    data: str, tmp_path: Path, warm_env: dict[str, str]
) -> None:
    said = _run(f"{EXAMPLES / 'savings.sh'} $DATA", tmp_path, data, warm_env).stdout
    sentence = " ".join(said.split())  # it may be wrapped
    before, after = (
        np.array(
            [line.endswith(",yes") for line in Path(data, "eu_savings", name).read_text().splitlines()[1:]]
        )
        for name in ("2004.csv", "2005.csv")
    )
    rates = f"from {before.mean():.1%} to {after.mean():.1%}"
    found = re.search(rf"surrendered rose ([\d.]+) points \(\+([\d.]+) to \+([\d.]+)\) {rates}", sentence)
    assert found
    rise = 100 * (after.mean() - before.mean())
    half = 196 * np.sqrt(before.var() / len(before) + after.var() / len(after))
    assert [float(points) for points in found.groups()] == pytest.approx(
        [rise, rise - half, rise + half], abs=0.2
    )
    assert re.search(r"from duration_months=13 to below \d\d, which went from \d\.\d% to 4\d\.", sentence)
    assert re.search(r"^duration_months .*drifted", said, re.M)
    expected, left = (
        int(number.replace(",", ""))
        for number in re.findall(r"^2005-01-01 +([\d,]+) +([\d,]+) ", said, re.M)[0]
    )
    assert left == after.sum()
    assert expected < 1.3 * before.mean() * len(after)  # as in 2004: nothing said what would happen
    scored = (tmp_path / "scored.csv").read_text().splitlines()
    assert len(scored) == 1 + len(after)
    assert scored[0] == "policy.ID,churn_probability,as_of"
    assert {line.rsplit(",", 1)[1] for line in scored[1:]} == {"2005-01-01"}


@pytest.mark.parametrize("name", LEAST_AUC)
def test_a_raw_log_goes_to_evaluated_scores(
    name: str, data: str, tmp_path: Path, warm_env: dict[str, str]
) -> None:
    done = _run(f"{EXAMPLES / name}.sh $DATA", tmp_path, data, warm_env)
    auc = re.search(r"^auc +([0-9.]+)", done.stdout, re.M)
    assert auc
    assert float(auc[1]) > LEAST_AUC[name]
    if name in BEATS_A_COLUMN:
        assert ("does not clearly beat one column" in done.stderr) != BEATS_A_COLUMN[name]


@pytest.mark.parametrize(
    ("name", "kind"), [("telco_ibm", "logistic"), ("telco_ibm", "xgboost"), ("bank_churn_modelling", "tree")]
)
def test_a_snapshot_goes_through_fit_to_score_and_explain(
    name: str, kind: str, data: str, tmp_path: Path, warm_env: dict[str, str]
) -> None:
    table, least = TABLES[name]
    path = f"$DATA/{table.split()[0]}"
    script = f"""
      churnkit fit -q --model {kind} $DATA/{table} > model.json
      churnkit score -q model.json {path} > scored.csv
      churnkit explain -q model.json {path} | head -1 > reasons.jsonl || true
      wc -l < scored.csv
    """
    rows = int(_run(script, tmp_path, data, warm_env).stdout)
    assert rows == Path(data, table.split()[0]).read_bytes().count(b"\n") > 1_500
    assert len(json.loads((tmp_path / "reasons.jsonl").read_text())["reasons"]) == 3
    assert json.loads((tmp_path / "model.json").read_text())["metrics"]["auc"] > least - 0.03 * (
        kind == "tree"
    )
