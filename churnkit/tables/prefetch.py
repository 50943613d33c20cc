"""Computes the next items of an iterator in threads while the current one is used."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS = min(4, os.cpu_count() or 1)  # threads that work ahead
JOIN_TIMEOUT_S = 0.5  # seconds to wait for the thread when the items are not used to the end


def map_ahead(work: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """What a function returns for each item, in order; it is called in threads, for a few items ahead."""
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def prefetch_one(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, computed in a thread: at most one item waits while another one is computed.

    An error is raised after the items before it. If the caller stops early, the thread ends after its current
    item; a thread that still waits for input is abandoned.
    """
    ready: SimpleQueue[Item | None] = SimpleQueue()
    wanted = threading.Semaphore(2)
    is_stopped = threading.Event()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while wanted.acquire() and not is_stopped.is_set():
                ready.put(next(items))
        except StopIteration:
            pass
        except BaseException as error:  # raised again in the caller
            errors.append(error)
        ready.put(None)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            yield item
            wanted.release()
    finally:
        is_stopped.set()
        wanted.release()
        thread.join(JOIN_TIMEOUT_S)
    for error in errors:
        raise error
