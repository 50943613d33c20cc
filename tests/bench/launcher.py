"""Runs a line in bash, without its output; prints seconds, the largest resident set in kB, and the status.

    python -I -S launcher.py 'churnkit sample -n 2 small.csv'

Until it becomes another program, a new process has the memory of the one that starts it, and the system counts
that. So this process imports almost nothing: it has 9 MB, and less is not measured.
"""

import os
import sys
import time

began = time.perf_counter()
no_output = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawnp("bash", ["bash", "-c", sys.argv[1]], os.environ, file_actions=no_output)
_, status, used = os.wait4(child, 0)
print(time.perf_counter() - began, used.ru_maxrss, os.waitstatus_to_exitcode(status))
