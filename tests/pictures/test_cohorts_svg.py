"""The retention triangle as a heat map: one cell per cohort and age, darker where more are left."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from churnkit.pictures import cohorts_svg
from tests.pictures.drawn import shapes_of, words_of

SHARES = {"2024-01-01": [0.9, 0.55, 0.1], "2024-02-01": [1.0, 0.3], "2024-03-01": [0.0]}
RECORDS = [
    {"cohort": cohort, "since": age, "customers": 1_200, "retention": share}
    for cohort, shares in SHARES.items()
    for age, share in enumerate(shares)
]


def test_each_share_has_a_cell_in_the_row_of_its_cohort_and_the_column_of_its_age() -> None:
    cells = shapes_of(cohorts_svg.draw(RECORDS, "1mo"), "rect")
    at = [(float(cell["y"]), float(cell["x"])) for cell in cells]
    rows, columns = sorted({y for y, _ in at}), sorted({x for _, x in at})
    assert [(rows.index(y), columns.index(x)) for y, x in at] == [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (2, 0),
    ]


def test_a_cell_is_darker_where_more_are_left() -> None:
    cells = shapes_of(cohorts_svg.draw(RECORDS, "1mo"), "rect")
    light = [sum(int(cell["fill"][k : k + 2], 16) for k in (1, 3, 5)) for cell in cells]
    shares = [record["retention"] for record in RECORDS]
    assert sorted(range(6), key=lambda k: light[k]) == sorted(range(6), key=lambda k: -shares[k])  # type: ignore[operator]


def test_each_share_is_written_while_there_is_room() -> None:
    assert [word for word in words_of(cohorts_svg.draw(RECORDS, "1mo")) if word.endswith("%")] == [
        "90%", "55%", "10%", "100%", "30%", "0%",
    ]  # fmt: skip
    long = [{"cohort": "2024-01-01", "since": age, "customers": 1, "retention": 0.5} for age in range(60)]
    svg = cohorts_svg.draw(long, "1mo")
    assert not [word for word in words_of(svg) if word.endswith("%")]
    assert (
        max(float(cell["x"]) + float(cell["width"]) for cell in shapes_of(svg, "rect")) <= cohorts_svg.WIDTH
    )


def test_without_a_cohort_the_sheet_is_empty() -> None:
    assert shapes_of(cohorts_svg.draw([], "1mo"), "rect") == []


def test_an_age_stands_over_its_column_and_the_sheet_holds_every_cell() -> None:
    svg = cohorts_svg.draw(RECORDS, "1mo")
    cells = shapes_of(svg, "rect")
    ages = [
        float(label["x"]) for label in shapes_of(svg, "text") if label["y"] == f"{cohorts_svg.TOP - 10:.1f}"
    ]
    assert ages == pytest.approx([float(cell["x"]) + float(cell["width"]) / 2 + 1 for cell in cells[:3]])
    height = float(ElementTree.fromstring(svg).attrib["viewBox"].split()[3])
    assert max(float(cell["y"]) + float(cell["height"]) for cell in cells) < height
