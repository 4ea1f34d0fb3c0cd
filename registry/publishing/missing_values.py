"""Whether a fitted model learned what a missing value means, or only answers one because nothing stops it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from registry.artifacts import Layout
from registry.endpoints import EndpointSpec
from registry.publishing.export import Model, ModelExport, input_names, is_catboost
from registry.publishing.preparation import is_missing, preparing_steps


def learned_missing(
    model: Model, exported: ModelExport, spec: EndpointSpec, name: str, *, in_data: bool
) -> bool:
    """Whether the model's answer for a missing value of feature `name` is one that it was fitted to give.

    An imputer says so, an encoder by its categories, CatBoost by how it treats NaN, trees of scikit-learn by where
    they send NaN: without having seen one they send it with the majority, at every node. Of other models only the
    data tells: `in_data` says whether it holds a missing value.
    """
    position, steps = preparing_steps(model, spec.features).get(name, (0, ()))
    for step in steps:
        if type(step).__name__.endswith("Imputer"):
            return True
        categories = getattr(step, "categories_", None)
        if categories is not None and position < len(categories):
            return any(is_missing(value) for value in categories[position])
    if is_catboost(model):
        names = input_names(model, spec) or spec.features.names
        treatments = model._get_nan_treatments()
        return bool(treatments.get(names.index(name), "AsIs") != "AsIs")
    known = _sent_with_the_majority(model, exported, name)
    return in_data if known is None else in_data and not known


def _sent_with_the_majority(model: Model, exported: ModelExport, name: str) -> bool | None:
    """Whether every node of the model's trees sends a missing value of a feature with the majority; None: no trees."""
    if exported.layout is not Layout.MATRIX:
        return None
    columns = [column.feature for column in exported.columns]
    nodes = list(_nodes(model.steps[-1][1] if hasattr(model, "steps") else model))
    if not nodes or name not in columns or len(getattr(model, "steps", ())) > 2:  # noqa: PLR2004
        return None
    place = columns.index(name)
    return all(
        np.array_equal(left[feature == place], majority[feature == place])
        for feature, left, majority in nodes
    )


def _nodes(final: Model) -> Iterator[tuple[Any, Any, Any]]:
    """For each tree: the feature of each inner node, whether NaN goes left, whether the majority did."""
    parts: list[Any] = (
        [final] if hasattr(final, "tree_") else list(np.ravel(getattr(final, "estimators_", ())))
    )
    for part in parts:
        tree = getattr(part, "tree_", None)
        if tree is not None:
            inner = tree.children_left >= 0
            left, right = tree.children_left[inner], tree.children_right[inner]
            count = tree.n_node_samples
            yield tree.feature[inner], tree.missing_go_to_left[inner].astype(bool), count[left] > count[right]
    for predictors in getattr(final, "_predictors", ()):
        for predictor in predictors:
            nodes = predictor.nodes
            inner = nodes[nodes["is_leaf"] == 0]
            majority = nodes["count"][inner["left"]] > nodes["count"][inner["right"]]
            yield inner["feature_idx"], inner["missing_go_to_left"].astype(bool), majority
