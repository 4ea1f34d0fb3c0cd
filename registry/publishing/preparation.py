"""How a fitted scikit-learn model prepares its features, and the same preparation in a form that ONNX can hold."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from domain.errors import InvalidArtifact
from registry.endpoints import class_name
from registry.features import Feature, FeatureSchema

Fill: TypeAlias = float | int | str
Part: TypeAlias = "tuple[str, Any, Any, list[str] | None]"
"""A part of a ColumnTransformer: its name, its transformer, what it selects, and the features that this names."""
Steps: TypeAlias = tuple[int, Sequence[Any]]
"""Where a feature stands among the columns of its first steps, and those steps."""


def is_missing(value: object) -> bool:
    """Whether a value of a data frame is missing: None, pandas' NA, or one that differs from itself (NaN, NaT)."""
    return value is None or type(value).__name__ == "NAType" or value != value  # noqa: PLR0124


def preparing_steps(model: Any, features: FeatureSchema) -> Mapping[str, Steps]:  # noqa: ANN401 (any estimator)
    """For each feature that the model's first step selects by name or number: what it goes through there."""
    found: dict[str, Steps] = {
        name: (position, steps_in(part))
        for _, part, _, names in parts_of(model, features)
        for position, name in enumerate(names or ())
    }
    if found or not getattr(model, "steps", None):
        return found
    trained = getattr(model, "feature_names_in_", None)
    order = list(features.names) if trained is None else [str(name) for name in trained]
    steps = [step for _, step in model.steps[:-1]]
    return {name: (position, steps) for position, name in enumerate(order)}


def parts_of(model: Any, features: FeatureSchema) -> list[Part]:  # noqa: ANN401 (any estimator)
    """The parts of the ColumnTransformer that a pipeline begins with; none where it begins otherwise."""
    first = model.steps[0][1] if getattr(model, "steps", None) else None
    return [
        (name, part, selected, selected_names(first, selected, features))
        for name, part, selected in getattr(first, "transformers_", ())
    ]


def steps_in(part: Any) -> list[Any]:  # noqa: ANN401 (a transformer, a pipeline, or a word)
    """The steps of a part of a ColumnTransformer."""
    return [step for _, step in part.steps] if hasattr(part, "steps") else [part]


def selected_names(transformer: Any, selected: object, features: FeatureSchema) -> list[str] | None:  # noqa: ANN401
    """The feature names of a ColumnTransformer's selection by names or numbers; None for any other selection.

    Raises InvalidArtifact for a feature that is not declared.
    """
    trained = [str(name) for name in getattr(transformer, "feature_names_in_", features.names)]
    if not isinstance(selected, (list, tuple, np.ndarray)) or getattr(selected, "dtype", None) == np.bool_:
        return None
    names = [trained[item] if isinstance(item, (int, np.integer)) else str(item) for item in selected]
    unknown = [name for name in names if name not in features.names]
    if unknown:
        raise InvalidArtifact(
            f"the model was trained on features that are not declared: {', '.join(unknown)}"
        )
    return names


def imputed(steps: Sequence[Any], width: int) -> tuple[list[Fill | None] | None, Sequence[Any]]:
    """The fill of each column by a leading SimpleImputer, and the steps that remain; None if it does more."""
    from sklearn.impute import SimpleImputer

    if not steps or not isinstance(steps[0], SimpleImputer):
        return [None] * width, steps
    values = steps[0].statistics_.tolist()
    plain = len(values) == width and not steps[0].add_indicator and not any(map(is_missing, values))
    return (values if plain else None), steps[1:]


def own_fills(model: Any, features: FeatureSchema) -> dict[str, Fill]:  # noqa: ANN401 (any estimator)
    """What stands in for a missing value by the model's own doing, where a value can say it.

    An imputer's value, or the text by which the ONNX form of an encoder knows the missing value that it learned.
    """
    fills: dict[str, Fill] = {}
    for _, part, _, selected in parts_of(model, features):
        names = selected or []
        values = None if isinstance(part, str) else imputed(steps_in(part), len(names))[0]
        pairs = zip(names, values or (), strict=False)
        fills |= {name: as_declared(value, features[name]) for name, value in pairs if value is not None}
        for name, categories in zip(names, getattr(steps_in(part)[0], "categories_", ()), strict=False):
            learned = [str(value) for value in categories if is_missing(value)]
            if learned and features[name].type.is_worded:
                fills[name] = learned[0]
    return fills


def as_declared(fill: Fill, feature: Feature) -> Fill:
    """An imputer's value as the endpoint would call it: a code that was 3.0 in the data is the category "3"."""
    return class_name(fill) if feature.type.is_worded else fill


def for_onnx(model: Any, features: FeatureSchema) -> Any:  # noqa: ANN401 (any estimator)
    """A copy of a fitted pipeline that skl2onnx can convert for the values that the server gives it.

    Without the imputers whose fills the server puts in itself, since skl2onnx converts none of texts; and with the
    categories of encoders as the texts that the endpoint declares, where training had numbers or truth values.
    """
    from sklearn.pipeline import Pipeline

    parts = parts_of(model, features)
    if not parts:
        return model
    transformer = copy.copy(model.steps[0][1])
    transformer.transformers_ = [
        (name, _declared(part, names, features), selected) for name, part, selected, names in parts
    ]
    return Pipeline([(model.steps[0][0], transformer), *model.steps[1:]])


def _declared(part: Any, names: Sequence[str] | None, features: FeatureSchema) -> Any:  # noqa: ANN401
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline

    steps = list(steps_in(part))
    if isinstance(steps[0], SimpleImputer) and not steps[0].add_indicator:
        steps = steps[1:]
    texts = [name in features.names and features[name].type.is_worded for name in names or ()]
    steps = [_in_texts(step, texts) for step in steps]
    if not steps:
        return "passthrough"
    if not hasattr(part, "steps"):
        return steps[0]
    return Pipeline([(f"step {number}", step) for number, step in enumerate(steps)])


def _in_texts(encoder: Any, texts: Sequence[bool]) -> Any:  # noqa: ANN401 (any transformer)
    """An encoder whose categories are texts in the columns that the server gives as texts."""
    known = getattr(encoder, "categories_", None)
    if known is None or len(known) != len(texts):
        return encoder
    encoder = copy.copy(encoder)
    encoder.categories_ = [
        _as_texts(values) if text else values for values, text in zip(known, texts, strict=True)
    ]
    return encoder


def _as_texts(values: Any) -> Any:  # noqa: ANN401 (an array of any type)
    listed = values.tolist()
    named = [value if is_missing(value) else class_name(value) for value in listed]
    if all(isinstance(value, str) for value in listed) or len(set(named)) < len(named):
        return values
    return np.array(named, dtype=object)
