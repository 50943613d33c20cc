"""Prefetched items come in order, an error comes after the items before it, and stopping early does not wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from churnkit.tables.prefetch import prefetch_one
from tests.shell import LIMIT_S, wait_until


def test_items_come_in_their_order() -> None:
    assert list(prefetch_one(iter(range(100)))) == list(range(100))
    assert list(prefetch_one(iter(()))) == []


def test_an_error_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise KeyError("three")

    ahead = prefetch_one(items())
    assert [next(ahead), next(ahead)] == [1, 2]
    with pytest.raises(KeyError, match="three"):
        next(ahead)


def test_an_item_is_returned_before_the_next_is_ready() -> None:
    is_seen = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        assert is_seen.wait(LIMIT_S)
        yield 2

    ahead = prefetch_one(items())
    assert next(ahead) == 1
    is_seen.set()
    assert list(ahead) == [2]


def test_at_most_one_item_waits_and_one_is_computed() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    ahead = prefetch_one(items())
    assert next(ahead) == 0
    wait_until(lambda: len(made) == 2)
    time.sleep(0.1)  # in which a wrong one would make more
    assert len(made) == 2
    assert list(ahead) == list(range(1, 10))


def test_stopping_early_does_not_wait_for_more_input() -> None:
    has_come, is_over = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 1
        is_over.wait(LIMIT_S)
        has_come.set()
        yield 2

    ahead = prefetch_one(items())
    next(ahead)
    ahead.close()  # type: ignore[attr-defined]
    assert not has_come.is_set()
    is_over.set()
