"""The entry point of the command and of `python -m churnkit`."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
import types
import warnings
from typing import NoReturn

from churnkit.tables import descriptors

# numpy adds up in another order on more cores: on one, the last digit is the same on any machine
ONE_CORE = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
# polars returns memory to the system after half a second, and asks for it again at the next block; it reads
# these settings when it is imported. Kept for longer, some commands take less time; returned at once, a
# feature table takes a seventh less memory in the same time.
KEPT_LONG = "dirty_decay_ms:10000,muzzy_decay_ms:10000,narenas:1"
MEMORY_OF_POLARS = {
    "profile": KEPT_LONG,
    "diff": KEPT_LONG,
    "featurize": "dirty_decay_ms:50,muzzy_decay_ms:0",
}
# The GNU C library gives each thread memory of its own, which the others cannot use when it is freed: a tenth
# of a feature table.
ONE_ARENA = {"featurize"}
NEW_OBJECTS = 100_000  # before Python looks for garbage, 12 ms: a start makes 60,000 that stay


def main() -> None:
    """Runs churnkit; when a pipe is closed, it ends silently, like `cut`."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    descriptors.guard()
    gc.set_threshold(NEW_OBJECTS)
    os.environ.update(ONE_CORE)
    command = "".join(sys.argv[1:2])
    if settings := MEMORY_OF_POLARS.get(command):
        os.environ.setdefault("_RJEM_MALLOC_CONF", settings)
    if command in ONE_ARENA:
        from churnkit.tables import memory

        memory.share_freed_memory()
    # Threads that wait for work in a busy loop slow down other processes on the machine (`xargs -P`).
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    # XGBoost imports scikit-learn where it is installed, for classes that are not used here, in two seconds.
    sys.modules.setdefault("sklearn", None)  # type: ignore[arg-type]
    # polars imports it for a plug-in, and with it modules for mail and sockets: a tenth of a start.
    _import_late("metadata")
    if not sys.warnoptions:  # warnings of libraries are for programmers, not for users
        warnings.simplefilter("ignore")
    try:
        from churnkit import cli

        status = cli.run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    _leave(status)


def _import_late(name: str) -> None:
    """Puts a stand-in for importlib.`name`, which is imported when something in it is first used."""
    full = f"importlib.{name}"
    stand_in = types.ModuleType(full)

    def find(attribute: str) -> object:
        if sys.modules.get(full) is stand_in:
            del sys.modules[full]
        return getattr(importlib.import_module(full), attribute)

    stand_in.__getattr__ = find  # type: ignore[method-assign]
    sys.modules[full] = stand_in
    setattr(importlib, name, stand_in)


def _leave(status: int) -> NoReturn:
    """Ends the process. The system takes its memory back at once; Python would free it object by object, a
    fifth of a small run."""
    with contextlib.suppress(AttributeError, OSError, ValueError):  # there may be no standard error
        sys.stderr.flush()
    if sys.getprofile() is not None:  # a profiler reports on the ordinary way out
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    main()
