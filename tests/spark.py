"""A Spark cluster of the tests' own, from the pip package: two workers on this machine, gone after the tests."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CLUSTER = "local-cluster[2,1,1024]"  # a master, and two workers of one core and 1 GB
ZONE = "America/New_York"
MISSING = next(
    (
        f"{what} is not installed: {how}"
        for is_there, what, how in (
            (find_spec("pyspark"), "pyspark", "pip install pyspark"),
            (shutil.which("java"), "Java", "apt-get install openjdk-17-jre-headless"),
        )
        if not is_there
    ),
    None,
)


QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # many short queries: less time to compile them


def settings(folder: Path) -> dict[str, str]:
    """What keeps Spark on this machine, within this folder, and small."""
    return {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": QUICK,
        "spark.executor.extraJavaOptions": QUICK,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": ZONE,
    }


def environment(folder: Path) -> dict[str, str]:
    """The environment of a Spark that listens on this machine alone. folder: for its files."""
    import pyspark

    own = {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder),
    }
    home = str(Path(pyspark.__file__).parent)
    return {**os.environ, **own, "SPARK_WORKER_DIR": str(folder / "work"), "SPARK_HOME": home}


def spark_sql(folder: Path, *words: str | Path) -> list[str | Path]:
    """The command line of spark-sql, on one core of this machine."""
    options = [word for name, value in settings(folder).items() for word in ("--conf", f"{name}={value}")]
    return [
        Path(environment(folder)["SPARK_HOME"], "bin", "spark-sql"),
        "--master",
        "local[1]",
        *options,
        *words,
    ]


@contextmanager
def cluster(folder: Path, master: str = CLUSTER, **more: str) -> Iterator[Any]:
    """A session on a cluster. folder: for its files. more: settings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyspark has its own word about the version of pandas
        from pyspark.sql import SparkSession

    os.environ |= environment(folder)
    builder = SparkSession.builder.master(master)
    for name, value in (settings(folder) | more).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    try:
        yield session
    finally:
        session.stop()
        _end(session.sparkContext)


def _end(context: Any) -> None:
    """Ends the process of the driver, so that the next session gets its own."""
    gateway = context._gateway
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    type(context)._gateway = type(context)._jvm = None
