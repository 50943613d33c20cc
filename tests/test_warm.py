"""A process that runs the commands of many tests, one after the other, is to each of them like a new one."""

from __future__ import annotations

from pathlib import Path

from tests.shell import run_bash

LOG = "customer_id,timestamp\na,2024-01-01\nb,2024-01-02\n"


def test_each_command_finds_its_own_folder_and_variables(sharing_env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    script = """
      CHURNKIT_SAMPLE_NO_HEADER=1 churnkit sample --rate 1 log.csv > without.csv
      mkdir other; mv log.csv other; cd other
      churnkit sample --rate 1 log.csv | churnkit sample --rate 1 | churnkit sample --rate 1 > ../with.csv
    """
    done = run_bash(f"set -eu\n{script}", tmp_path, sharing_env)
    assert (done.stdout, done.stderr) == ("", "")
    assert (tmp_path / "without.csv").read_text() == LOG.split("\n", 1)[1]
    assert (tmp_path / "with.csv").read_text() == LOG


def test_nothing_of_a_command_that_failed_or_was_cut_off_reaches_the_next(
    sharing_env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "big.csv").write_text("customer_id\n" + "".join(f"c{row}\n" for row in range(200_000)))
    script = """
      churnkit sample --rate 1 big.csv | head -n 1
      churnkit sample --rate 1 missing.csv || echo "status $?"
      churnkit sample --rate 1 log.csv >&- || echo "status $?"
      churnkit sample --rate 1 log.csv
    """
    done = run_bash(script, tmp_path, sharing_env)
    assert done.stdout == f"customer_id\nstatus 2\nstatus 2\n{LOG}"
    missing, closed = done.stderr.splitlines()
    assert "missing.csv" in missing
    assert "standard output is closed" in closed
