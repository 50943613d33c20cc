"""An SVG is well formed for any text, and a mixed colour lies between its two colours."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.pictures import svg
from tests.pictures.drawn import NASTY

COLOUR = st.tuples(*[st.integers(0, 255)] * 3)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn"]), min_size=1))
def test_words_read_back_as_they_were(words: str) -> None:
    root = ElementTree.fromstring(svg.sheet(100, 50, words, [svg.text(1, 2, words, 12)]))
    assert root.attrib["aria-label"] == words
    assert [element.text for element in root if element.text] == [words]


def test_a_part_lies_on_a_white_sheet_of_its_size() -> None:
    ground, part = ElementTree.fromstring(svg.sheet(640, 480, NASTY, ["<g/>"]))
    assert (ground.attrib["width"], ground.attrib["height"], ground.attrib["fill"]) == (
        "640",
        "480",
        "#ffffff",
    )
    assert part.tag.endswith("}g")


@given(COLOUR, COLOUR, st.floats(0, 1))
def test_a_mixed_colour_lies_between(light: tuple[int, ...], dark: tuple[int, ...], share: float) -> None:
    mixed = svg.mixed(light, dark, share)  # type: ignore[arg-type]
    found = [int(mixed[k : k + 2], 16) for k in (1, 3, 5)]
    assert found == pytest.approx([a + (b - a) * share for a, b in zip(light, dark, strict=True)], abs=0.5)
