"""What a scorer needs of a model is what stands in its file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from churnkit.export.scorer import SplitNode, scorer_of
from churnkit.models.forest import border_of
from tests.export.written import CALIBRATION, model_of


def test_the_numbers_are_those_of_the_model_before_its_calibration() -> None:
    model = model_of("logistic")
    scorer = scorer_of(model, None, None)
    assert scorer.curves == model.fitted.parameters.curves
    assert scorer.calibration == CALIBRATION
    forest = model_of("xgboost").fitted.parameters.forest
    trees = scorer_of(model_of("xgboost"), None, None).trees
    assert [node for tree in trees for node in tree if not isinstance(node, SplitNode)] == forest.value[
        forest.column < 0
    ].tolist()


def test_the_nodes_of_a_tree_are_numbered_from_its_root_and_only_tested_columns_are_kept() -> None:
    model = model_of("xgboost")
    forest, scorer = model.fitted.parameters.forest, scorer_of(model, None, None)
    used = np.unique(forest.column[forest.column >= 0])
    assert len(scorer.tested) == len(used)
    for root, tree in zip(forest.roots.tolist(), scorer.trees, strict=True):
        for place, node in enumerate(tree):
            if isinstance(node, SplitNode):
                assert (node.left, node.right) == (
                    forest.left[root + place] - root,
                    forest.right[root + place] - root,
                )
                assert node.border == border_of(float(forest.threshold[root + place]))
                assert used[node.tested] == forest.column[root + place]


def test_an_id_that_the_user_names_must_be_in_the_table() -> None:
    model = model_of("tree")
    assert scorer_of(model, "key", None).needed == ("key",)
    assert (scorer_of(model, None, None).id, scorer_of(model, None, None).needed) == ("id", ())
    assert scorer_of(replace(model, id=None), None, None).id == "customer_id"


def test_null_words_that_are_numbers_mean_no_value_as_numbers_too() -> None:
    scorer = scorer_of(model_of("tree", null=("NA", "-999", "nan", "1e3", "")), None, None)
    assert scorer.null_words == ["", "NA", "-999", "nan", "1e3"]
    assert scorer.null_numbers == [-999.0, 1000.0]
