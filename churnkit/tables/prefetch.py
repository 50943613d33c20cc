"""Computes the next item of an iterator in a thread while the current one is used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")

JOIN_TIMEOUT_S = 0.5  # seconds to wait for the thread when the items are not used to the end


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
