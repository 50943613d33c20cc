"""A scorer in R: its literals, and its function of a data frame against the model itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from churnkit.errors import ChurnkitError
from churnkit.export import r_scorer
from churnkit.export.languages import LANGUAGES, write
from churnkit.export.scorer import scorer_of
from churnkit.models import Fitted
from churnkit.models.columns import CATEGORY, NUMBER, Column
from churnkit.models.model_file import Model
from tests.export.scoring import needs_r, run_r
from tests.export.test_model_sql import HOSTILE
from tests.export.written import CALIBRATION, PARAMETERS, matrix_of, model_of, rows_of
from tests.models.fitted import COLUMNS, fitted, near_borders

NUMBERS = [
    0.0, 0.1, -0.1, 1 / 3, 0.5, -2.75, 12.0, 1e15, 123456789.125, 2.0**53 + 2, 1e300, -1.7976931348623157e308,
    2.2250738585072014e-308, 5e-324, -1.5e-320, 3e-310, 1e-46, 0.30000000000000004, 14.449573, 1e22, 6.02e23,
]  # fmt: skip
TEXTS = [
    "",
    'a "b"',
    "it's",
    "back\\slash \\n",
    "line\nend\r\t",
    "é",
    "中",
    "😀",
    "\x01\x7f\u2028",
    "%s {{x}} `y` #",
]


@pytest.mark.parametrize(
    ("number", "literal"),
    [(0.5, "0.5"), (-3.0, "-3"), (0.1, "0x1.999999999999ap-4"), (2.0**60, "0x1p+60"), (-0.0, "-0")],
)
def test_a_number_is_decimal_only_where_few_digits_are_exact(number: float, literal: str) -> None:
    assert r_scorer.number(number) == literal


@pytest.mark.parametrize("kind", PARAMETERS)
def test_the_file_is_ascii_and_each_tree_is_one_line(kind: str) -> None:
    text = write(scorer_of(model_of(kind, HOSTILE), "é", 6), LANGUAGES["r"], ["für\nalle"])
    assert text.isascii()
    assert text.splitlines()[1] == r"# f\xfcr\nalle"
    trees = len(scorer_of(model_of(kind), None, None).trees)
    assert text.count("\nscorer$TREES[[") == trees


def test_a_text_with_a_nul_is_refused() -> None:
    with pytest.raises(ChurnkitError, match="NUL"):
        r_scorer.text("a\0b")


@needs_r
def test_r_reads_each_literal_to_the_same_bits_and_letters() -> None:
    numbers = f"c({', '.join(map(r_scorer.number, NUMBERS))})"
    texts = f"c({', '.join(map(r_scorer.text, TEXTS))})"
    printed = run_r(
        f"writeLines(paste(format(writeBin({numbers}, raw())), collapse = ''))\n"
        f"for (text in {texts}) writeLines(paste(format(charToRaw(enc2utf8(text))), collapse = ''))\n"
    ).split("\n")
    assert printed[0] == np.array(NUMBERS).astype("<f8").tobytes().hex()
    assert printed[1:-1] == [text.encode().hex() for text in TEXTS]


def _frame(model: Model, rows: dict[str, Any], folder: Path) -> str:
    """R that makes a data frame of the rows: numbers from their bits, words as literals."""
    parts = []
    for place, column in enumerate(model.columns):
        values = rows[column.name]
        if column.is_category:
            words = ", ".join("NA" if word is None else r_scorer.text(word) for word in values.tolist())
            parts.append(f"c({words})")
        else:
            path = folder / f"{place}.bin"
            values.astype("<f8").tofile(path)
            parts.append(f'readBin("{path}", "double", {len(values)}L)')
    names = ", ".join(r_scorer.text(column.name) for column in model.columns)
    return f"structure(data.frame({', '.join(parts)}), names = c({names}))"


def _model(kind: str, what: str) -> tuple[Model, dict[str, Any]]:
    """A model, and rows on and beside its borders."""
    if what == "hostile":
        model = model_of(kind, HOSTILE)
        return model, rows_of(model, 15)
    if what == "by hand":
        model = model_of(kind)
        return model, rows_of(model)
    matrix, words = near_borders(), np.array(["a", "b", "new", None], dtype=object)
    model = replace(model_of(kind), fitted=Fitted(kind, fitted(kind), CALIBRATION))
    return model, {
        "x": matrix[:, 0],
        "plan": words[np.nan_to_num(matrix[:, 1], nan=3).astype(int)],
        "y": matrix[:, 2],
    }


@needs_r
def test_each_row_has_the_probability_of_score_on_beside_and_half_a_step_from_each_border(
    tmp_path: Path,
) -> None:
    """All kinds, by hand and fitted, in one process of R."""
    code, expected = [], []
    for kind in PARAMETERS:
        for what in ("by hand", "fitted", "hostile"):
            model, rows = _model(kind, what)
            (tmp_path / f"{len(code)}.R").write_text(write(scorer_of(model, None, None), LANGUAGES["r"], []))
            folder = tmp_path / f"{len(code)}"
            folder.mkdir()
            code.append(
                f'source("{tmp_path}/{len(code)}.R")\nfound <- score({_frame(model, rows, folder)})\n'
                f'writeBin(found, "{folder}/found.bin", endian = "little")\n'
            )
            expected.append(model.fitted.probability(matrix_of(model, rows)))
    run_r("".join(code))
    for place, probabilities in enumerate(expected):
        found = np.fromfile(tmp_path / f"{place}" / "found.bin", dtype="<f8")
        assert found == pytest.approx(probabilities, rel=0, abs=1e-12)


@needs_r
def test_a_data_frame_may_have_factors_logicals_whole_numbers_and_texts(tmp_path: Path) -> None:
    columns = [COLUMNS[0], Column("plan", CATEGORY, ("No", "Yes")), Column("y", NUMBER)]
    codes = replace(
        model_of("logistic"), columns=[COLUMNS[0], Column("plan", CATEGORY, ("1", "100000")), COLUMNS[2]]
    )
    for name, model in (("a", model_of("logistic", columns, null=("NA", "-999"))), ("b", codes)):
        (tmp_path / f"{name}.R").write_text(write(scorer_of(model, None, None), LANGUAGES["r"], []))
    printed = run_r(
        f"""
        source("{tmp_path}/a.R")
        plain <- score(data.frame(x = c(1.5, NA, 0), plan = c("Yes", "No", NA), y = c(2, NA, 1)))
        frames <- list(
          data.frame(x = c("1.5", "NA", " 0 "), plan = factor(c("Yes", "No", NA)), y = c(2L, -999L, 1L)),
          data.frame(x = c(1.5, NaN, 0), plan = c(TRUE, FALSE, NA), y = c(2, -999, 1), more = "x"),
          data.frame(y = c("2e0", "-999", "1"), plan = c("true", "FALSE", ""), x = c(1.5, -999, 0))
        )
        for (frame in frames) stopifnot(identical(score(frame), plain))
        stopifnot(identical(score(frames[[1]][0, ]), numeric(0)))
        said <- function(frame) tryCatch(score(frame), error = conditionMessage)
        writeLines(said(data.frame(x = c("1", "1,5"), plan = "No", y = 1)))
        writeLines(said(data.frame(x = 1)))
        writeLines(said(data.frame(x = Sys.Date(), plan = "No", y = 1)))
        source("{tmp_path}/b.R")
        stopifnot(identical(
          score(data.frame(x = 0, plan = c(1, 100000), y = 0)), score(data.frame(x = 0, plan = c("1", "100000"), y = 0))
        ))
        """
    )
    assert printed.splitlines() == [
        "row 2: column 'x': '1,5' is not a number",
        "no column 'plan', 'y', which the model needs",
        "column 'x' should have numbers, not values of class Date",
    ]
