"""The entrance of the command and of `python -m churnkit`."""

from __future__ import annotations

import os
import signal
import sys
import warnings

from churnkit.tables import descriptors


def main() -> None:
    """Runs churnkit; a closed pipe ends it silently, as it ends `cut`."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    descriptors.guard()
    # Threads that spin while they wait for work starve those of another process on the machine (`xargs -P`).
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    os.environ.setdefault("JOBLIB_MULTIPROCESSING", "0")  # or it warns where it gets no semaphore
    if not sys.warnoptions:  # a library's word to programmers is none to users
        warnings.simplefilter("ignore")
    try:
        from churnkit import cli

        status = cli.run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    sys.exit(status)


if __name__ == "__main__":
    main()
