"""Each language of LANGUAGES writes a scorer."""

from __future__ import annotations

import pytest

from churnkit.export.dialects import DIALECTS
from churnkit.export.languages import LANGUAGES, write
from churnkit.export.scorer import scorer_of
from tests.export.written import model_of


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_language_writes_the_comment_and_the_model(name: str) -> None:
    text = write(scorer_of(model_of("tree"), None, None), LANGUAGES[name], ["model: a\ntree", "by é"])
    assert text.startswith("#!/usr/bin/env ")
    assert "\n# model: a\\ntree\n" in text
    assert "churn_probability" in text


def test_no_language_has_the_name_of_a_database() -> None:
    assert not {*LANGUAGES} & {*DIALECTS}
