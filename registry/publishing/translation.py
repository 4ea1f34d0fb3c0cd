"""What the values that an endpoint declares were called in the data that a model was fitted on.

A CSV column of codes with blanks is 1.0, 2.0 in a data frame and so in the model, "1" and "2" in endpoint.json. Who
asks the fitted model with the endpoint's texts asks about categories that it never saw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidArtifact
from registry.endpoints import EndpointSpec, class_name
from registry.features import Feature, FeatureType, FeatureValue, Row
from registry.publishing.export import (
    UNSEEN,
    Fills,
    Model,
    ModelExport,
    input_names,
    is_catboost,
    matrix_columns,
)
from registry.publishing.preparation import is_missing, preparing_steps

RawValues: TypeAlias = Mapping[str, Mapping[FeatureValue, object]]
"""For each category and boolean, its declared values that the data holds and what they are there, None included."""
AskModel: TypeAlias = "Callable[[Sequence[Row], Translation], NDArray[np.float64]]"
"""What the fitted model answers to rows in a translation; raises whatever the model raises."""

_PROBES = 64


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A fitted model, its endpoint, and what its publisher says fills missing values."""

    model: Model
    spec: EndpointSpec
    fills: Fills


@dataclass(frozen=True, slots=True)
class Publication(FittedModel):
    """A fitted model in one of the forms that a server runs."""

    exported: ModelExport


@dataclass(frozen=True, slots=True)
class FeatureTranslation:
    """How one feature's declared values stand in the data; `other` says it of those that the data lacks."""

    values: Mapping[FeatureValue, object]
    other: Callable[[FeatureValue], object]

    def of(self, value: FeatureValue) -> object:
        """The value as the model was fitted on it."""
        return self.values[value] if value in self.values else self.other(value)


@dataclass(frozen=True, slots=True)
class Translation:
    """How rows of an endpoint are given to a fitted model.

    `features` holds the features whose values it knows by another name, `missing` what a missing value is to it: NaN or
    None where it was fitted on them, otherwise the fill that defines its answer. `objects` are columns of Python
    objects, in which None is another thing than NaN; `codes` are the categories, in their order, of columns that a
    booster was fitted on as pandas' categories.
    """

    features: Mapping[str, FeatureTranslation] = field(default_factory=dict)
    missing: Mapping[str, object] = field(default_factory=dict)
    objects: frozenset[str] = frozenset()
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def column(self, name: str, values: Sequence[FeatureValue]) -> list[object]:
        """One feature of some rows, in the words of the model."""
        missing, translated = self.missing.get(name, math.nan), self.features.get(name)
        translate = plain if translated is None else translated.of
        return [missing if value is None else translate(value) for value in values]

    def value(self, name: str, value: FeatureValue) -> object:
        """One value of one feature, in the words of the model."""
        return self.column(name, [value])[0]


def translation_of(
    publication: FittedModel,
    rows: Sequence[Row],
    raws: RawValues,
    ask: AskModel,
    codes: Mapping[str, tuple[str, ...]] | None = None,
) -> Translation:
    """The translation in which the fitted model knows what the data holds, found by asking it.

    rows: those of the data; raws: what their values are in the data frame; codes: as `Translation` has them.
    """
    features = publication.spec.features.features
    objects = frozenset(name for name, found in raws.items() if found.get(None, math.nan) is None)
    candidates = {feature.name: _candidates(feature, raws.get(feature.name, {})) for feature in features}
    candidates = {name: choices for name, choices in candidates.items() if choices}
    translation = Translation({}, dict(publication.fills), objects, codes or {})
    probes = _complete(rows, publication)
    if candidates and probes:
        translation = _chosen(translation, candidates, probes, ask)
    missing = {}
    for place, feature in enumerate(features):
        # Known values stand beside the missing ones, or a column of texts would become one of numbers.
        holed = [*probes, *((*row[:place], None, *row[place + 1 :]) for row in probes)]
        found = raws.get(feature.name, {})
        missing[feature.name] = _missing(feature, publication, translation, found, partial(ask, holed))
    return replace(translation, missing=missing)


def is_booster(model: Model) -> bool:
    """Whether a model is LightGBM's or XGBoost's own, without importing either."""
    return type(model).__module__.startswith(("lightgbm.", "xgboost."))


def codes_of(fitted: FittedModel) -> dict[str, tuple[str, ...]]:
    """The categories that a booster was fitted on, in their order, as far as it keeps them: LightGBM does."""
    model, features = fitted.model, fitted.spec.features
    kept = getattr(getattr(model, "booster_", None), "pandas_categorical", None) or []
    names = [
        name
        for name in input_names(model, fitted.spec) or features.names
        if features[name].type is FeatureType.CATEGORY
    ]
    return (
        {name: tuple(listed) for name, listed in zip(names, kept, strict=True)}
        if len(kept) == len(names)
        else {}
    )


def plain(value: FeatureValue) -> object:
    """A declared value as most models take it: a truth value is 1 or 0."""
    return int(value) if isinstance(value, bool) else value


def _candidates(feature: Feature, raws: Mapping[FeatureValue, object]) -> list[FeatureTranslation]:
    """The translations that come into question; none where data and endpoint say the same."""
    values: dict[FeatureValue, object] = {value: raw for value, raw in raws.items() if value is not None}
    if all(type(raw) is type(plain(value)) and raw == plain(value) for value, raw in values.items()):
        return []
    as_text: dict[FeatureValue, object] = {value: str(raw) for value, raw in values.items()}
    return [
        FeatureTranslation(values, _like(list(values.values()))),
        FeatureTranslation({}, plain),
        FeatureTranslation(as_text, _like_text(list(values.values()))),
    ]


def _like(raws: Sequence[object]) -> Callable[[FeatureValue], object]:
    """What a value that the data lacks would be in a column of such values."""
    numbers = [float(raw) for raw in raws if isinstance(raw, (int, float))]
    if len(numbers) < len(raws):
        return lambda value: value
    whole = all(isinstance(raw, int) for raw in raws)
    unknown: object = int(max(numbers)) + 1 if whole else math.floor(max(numbers)) + 1.0

    def number(value: FeatureValue) -> object:
        try:
            read = float(value)  # type: ignore[arg-type]
        except ValueError:
            return unknown
        return int(read) if whole and read.is_integer() else read

    return number


def _like_text(raws: Sequence[object]) -> Callable[[FeatureValue], object]:
    number = _like(raws)
    return lambda value: str(number(value))


def _complete(rows: Sequence[Row], publication: FittedModel) -> list[Row]:
    """Rows of the data in which nothing is missing, or nothing but what has a fill, or any where there are none."""
    needed = [
        place for place, name in enumerate(publication.spec.features.names) if name not in publication.fills
    ]
    whole = [row for row in rows if None not in row]
    chosen = whole or [row for row in rows if all(row[place] is not None for place in needed)] or list(rows)
    return chosen[:: max(1, len(chosen) // _PROBES)][:_PROBES]


def _chosen(
    translation: Translation,
    candidates: Mapping[str, Sequence[FeatureTranslation]],
    probes: Sequence[Row],
    ask: AskModel,
) -> Translation:
    """For each feature the first translation that means something to the model: an unknown value answers otherwise."""
    together = [
        replace(translation, features={n: choices[i] for n, choices in candidates.items()}) for i in range(3)
    ]
    translation = next(
        (start for start in together if _answers(partial(ask, probes), start) is not None), translation
    )
    for name, choices in candidates.items():
        trials = [replace(translation, features={**translation.features, name: choice}) for choice in choices]
        translation = next(
            (trial for trial in trials if _means_something(trial, name, probes, ask)), translation
        )
    return translation


def _means_something(translation: Translation, name: str, probes: Sequence[Row], ask: AskModel) -> bool:
    answers = _answers(partial(ask, probes), translation)
    if answers is None:
        return False
    unknown = translation.features[name].other(UNSEEN)
    strange = replace(
        translation, features={**translation.features, name: FeatureTranslation({}, lambda _: unknown)}
    )
    others = _answers(partial(ask, probes), strange)
    return others is None or not np.array_equal(answers, others, equal_nan=True)


def _answers(
    ask: Callable[[Translation], NDArray[np.float64]], translation: Translation
) -> NDArray[np.float64] | None:
    """What the model answers, or None where it refuses the rows: whether it does is what is asked here."""
    try:
        return ask(translation)
    except InvalidArtifact:
        return None


def _missing(
    feature: Feature,
    publication: FittedModel,
    translation: Translation,
    found: Mapping[FeatureValue, object],
    ask: Callable[[Translation], NDArray[np.float64]],
) -> object:
    """What a missing value of a feature is to the fitted model; `ask` asks it of some rows of the data."""
    name = feature.name
    own = None if name in translation.objects else math.nan
    if name not in publication.fills:
        return own
    fill = publication.fills[name]
    defined = translation.features[name].of(_value(fill, feature)) if name in translation.features else fill
    if not _learned_missing(publication, name, in_data=None in found):
        return defined
    trial = replace(translation, missing={**translation.missing, name: own})
    return defined if _answers(ask, trial) is None else own


def _value(fill: object, feature: Feature) -> FeatureValue:
    """A fill as a declared value of its feature, where it is one."""
    if feature.type.is_worded:
        return class_name(fill)
    return bool(fill) if fill in (0, 1) else fill  # type: ignore[return-value]


def _learned_missing(given: FittedModel, name: str, *, in_data: bool) -> bool:
    """Whether the model's answer for a missing value of feature `name` is one that it was fitted to give.

    An imputer says so, an encoder by its categories, CatBoost by how it treats NaN, trees of scikit-learn by where
    they send NaN: without having seen one they send it with the majority, at every node. Of other models only the
    data tells: `in_data` says whether it holds a missing value.
    """
    model, spec = given.model, given.spec
    position, steps = preparing_steps(model, spec.features).get(name, (0, ()))
    for step in steps:
        if type(step).__name__.endswith("Imputer"):
            return True
        categories = getattr(step, "categories_", None)
        if categories is not None and position < len(categories):
            return any(is_missing(value) for value in categories[position])
    if is_catboost(model):
        names = input_names(model, spec) or spec.features.names
        return bool(model._get_nan_treatments().get(names.index(name), "AsIs") != "AsIs")
    known = _sent_with_the_majority(model, spec, name)
    return in_data if known is None else in_data and not known


def _sent_with_the_majority(model: Model, spec: EndpointSpec, name: str) -> bool | None:
    """Whether every node of the model's trees sends a missing value of a feature with the majority; None: no trees."""
    prepared = matrix_columns(model, spec)
    if prepared is None:
        return None
    columns = [column.feature for column in prepared]
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
