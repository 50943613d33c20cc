"""Samples by hashes that others can compute, of an exact number, and with equal shares."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import random
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.sampling import drawing, pseudonyms


def test_the_published_test_vector_holds() -> None:
    assert drawing.hash_customer(b"00123", 0) == (0x1B3D480A637998AB, 0x0C977D65C5E1B7FB)


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
        min_size=1,
        max_size=20,
    ),
    st.integers(0, 99),
)
def test_a_database_and_python_compute_the_same_hashes(ids: list[str], seed: int) -> None:
    query = """SELECT ('0x' || substr(md5(? || ':' || i), 1, 16))::UBIGINT,
                      ('0x' || substr(md5(? || ':' || i), 17, 16))::UBIGINT FROM (SELECT unnest(?) AS i)"""
    found = duckdb.execute(query, [str(seed), str(seed), ids]).fetchall()
    assert found == [drawing.hash_customer(i.encode(), seed) for i in ids]
    first = [int(hashlib.md5(f"{seed}:{i}".encode()).hexdigest()[:16], 16) for i in ids]
    assert first == [pair[0] for pair in found]


def test_a_token_is_the_keyed_hash_of_the_standard_library() -> None:
    assert pseudonyms.token(b"key", b"00123") == hmac.new(b"key", b"00123", "sha256").hexdigest()
    assert pseudonyms.token(b"other", b"00123") != pseudonyms.token(b"key", b"00123")


def test_rows_are_kept_at_their_rate_and_independently() -> None:
    kept = list(itertools.takewhile(lambda row: row < 200_000, drawing.draw_rows(0.1, random.Random(1))))
    assert len(kept) == pytest.approx(20_000, abs=5 * (200_000 * 0.09) ** 0.5)
    neighbours = sum(b - a == 1 for a, b in itertools.pairwise(kept))
    assert neighbours == pytest.approx(2_000, abs=5 * 2_000**0.5)
    assert list(itertools.islice(drawing.draw_rows(1.0, random.Random(1)), 5)) == [0, 1, 2, 3, 4]


def _reservoir(size: int, rows: int, rng: random.Random) -> list[int]:
    places: dict[int, int] = {}
    for row, place in itertools.takewhile(
        lambda entry: entry[0] < rows, drawing.draw_replacements(size, rng)
    ):
        places[place] = row
    return sorted(places.values())


def test_a_reservoir_is_a_uniform_sample() -> None:
    rng, draws = random.Random(2), 20_000
    counts = [0] * 12
    pairs = 0
    for _ in range(draws):
        kept = _reservoir(3, 12, rng)
        assert len(set(kept)) == 3
        pairs += {0, 11} <= set(kept)
        for row in kept:
            counts[row] += 1
    assert counts == [pytest.approx(draws / 4, abs=5 * (draws * 3 / 16) ** 0.5)] * 12
    assert pairs == pytest.approx(draws / 22, abs=5 * (draws / 22) ** 0.5)


@given(st.integers(0, 5), st.integers(0, 9), st.integers(0, 99))
def test_a_reservoir_holds_all_rows_of_a_short_table(size: int, rows: int, seed: int) -> None:
    assert len(_reservoir(size, rows, random.Random(seed))) == min(size, rows)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=12), st.data())
def test_quotas_add_up_and_are_exact_shares_rounded(rows: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(rows)))
    quotas = drawing.largest_remainder(rows, total)
    assert sum(quotas) == total
    for quota, part in zip(quotas, rows, strict=True):
        assert 0 <= quota <= part
        assert abs(quota - Fraction(total * part, max(1, sum(rows)))) < 1


def test_the_largest_remainder_is_rounded_up() -> None:
    assert drawing.largest_remainder([60, 25, 15], 10) == [6, 3, 1]
    assert drawing.largest_remainder([55, 25, 20], 3) == [2, 1, 0]


def _pivotal(rate: Fraction, rows: int, rng: random.Random) -> tuple[list[int], Fraction]:
    kept, undecided, chance = [], -1, Fraction(0)
    for row in range(rows):
        old_stays, other_is_kept, chance = drawing.pivot(chance, rate, rng)
        if other_is_kept:
            kept.append(row if old_stays else undecided)
        undecided = undecided if old_stays else row
    return kept + ([undecided] if rng.randrange(chance.denominator) < chance.numerator else []), chance


@given(st.fractions(Fraction(1, 100), 1), st.integers(0, 200), st.integers(0, 99))
def test_the_number_of_kept_rows_is_the_rounded_share_at_any_row(
    rate: Fraction, rows: int, seed: int
) -> None:
    kept, chance = _pivotal(rate, rows, random.Random(seed))
    assert len(kept) in {int(rate * rows), int(rate * rows) + (chance > 0)}
    assert len(set(kept)) == len(kept)
    assert all(0 <= row < rows for row in kept)


def test_each_row_of_a_group_has_the_same_probability() -> None:
    rng, draws = random.Random(3), 8_000
    counts = [0] * 7
    for _ in range(draws):
        for row in _pivotal(Fraction(3, 10), 7, rng)[0]:
            counts[row] += 1
    assert counts == [pytest.approx(draws * 0.3, abs=5 * (draws * 0.21) ** 0.5)] * 7
