"""The next item is made while the one before is used: reading beside thinking, on two cores."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")

JOIN_TIMEOUT_S = 0.5  # seconds that an item being made has to be finished, where nobody wants it any more


def prefetch_one(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, each made in a thread while the one before it is used: one is waiting, one is made.

    An error comes behind the items that were made before it. Where the user leaves early, the thread ends
    with the item that it makes; one that waits for input that may never come is left behind.
    """
    made: SimpleQueue[Item | None] = SimpleQueue()
    wanted = threading.Semaphore(2)
    is_left = threading.Event()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while wanted.acquire() and not is_left.is_set():
                made.put(next(items))
        except StopIteration:
            pass
        except BaseException as error:  # raised again where the items are used
            errors.append(error)
        made.put(None)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while (item := made.get()) is not None:
            yield item
            wanted.release()
    finally:
        is_left.set()
        wanted.release()
        thread.join(JOIN_TIMEOUT_S)
    for error in errors:
        raise error
