"""The comment at the top of exported SQL."""

from __future__ import annotations

from dataclasses import replace

from churnkit.export.description import describe_model, describe_scores
from churnkit.export.dialects import DIALECTS
from churnkit.export.model_sql import Wanted
from churnkit.models.columns import CATEGORY, NUMBER, Column
from tests.export.written import model_of


def test_the_comment_says_which_model_trained_when_on_what_and_for_whom() -> None:
    model = model_of("tree")
    noted = replace(model, facts={**model.facts, "notes": {"owner": "crm"}})
    text = "\n".join(describe_model(noted, ["quarterly"]))
    assert "model: tree model of churned_30d" in text
    assert "400 rows of 400 customers" in text
    assert "created: 2024-01-01T00:00:00Z" in text
    assert "valid for: the 30 days" in text
    assert "note: owner: crm" in text
    assert text.endswith("note: quarterly")


def test_the_comment_says_how_to_run_it_and_how_far_it_may_be_from_score() -> None:
    lines = [*describe_scores(model_of("tree"), "shop.now", Wanted("id", True), DIALECTS["postgres"])]
    assert lines[0].startswith("reads: shop.now, one row per customer and observation date")
    assert "id, churn_probability, as_of; as churnkit score does, to 1e-12" in lines[1]
    assert lines[-1] == "run: psql --csv -f score.sql"


def test_the_comment_warns_of_words_that_look_like_numbers_and_names_the_null_words() -> None:
    columns = [Column("x", NUMBER), Column("plan", CATEGORY, ("1", "2.0")), Column("y", NUMBER)]
    text = "\n".join(
        describe_scores(model_of("tree", columns, ("NA",)), "t", Wanted("id", False, 6), DIALECTS["spark"])
    )
    assert "texts, though they look like numbers (1 is not 1.0): plan" in text
    assert "an empty text, NA" in text
    assert "6 decimals" in text
