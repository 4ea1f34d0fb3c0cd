"""What the values that an endpoint declares were called in the data that a model was fitted on.

A CSV column of codes with blanks is 1.0, 2.0 in a data frame and so in the model, "1" and "2" in endpoint.json. Who
asks the fitted model with the endpoint's texts asks about categories that it never saw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidArtifact
from registry.endpoints import EndpointSpec, class_name
from registry.features import Feature, FeatureType, FeatureValue, Row
from registry.publishing.exporting import UNSEEN, Export, Fills, Model
from registry.publishing.missing import saw_missing

Raws: TypeAlias = Mapping[str, Mapping[FeatureValue, object]]
"""For each category and boolean, its declared values that the data holds and what they are there, None included."""
Asking: TypeAlias = "Callable[[Sequence[Row], Wording], NDArray[np.float64]]"
"""What the fitted model answers to rows in a wording; raises whatever the model raises."""

_PROBES = 64


@dataclass(frozen=True, slots=True)
class Known:
    """A fitted model with its export, its endpoint, and what its publisher says fills missing values."""

    model: Model
    exported: Export
    spec: EndpointSpec
    fills: Fills


@dataclass(frozen=True, slots=True)
class Words:
    """How one feature's declared values stand in the data; `other` says it of those that the data lacks."""

    known: Mapping[FeatureValue, object]
    other: Callable[[FeatureValue], object]

    def of(self, value: FeatureValue) -> object:
        """The value as the model was fitted on it."""
        return self.known[value] if value in self.known else self.other(value)


@dataclass(frozen=True, slots=True)
class Wording:
    """How rows of an endpoint are told to a fitted model.

    `words` holds the features whose values it knows under another name, `missing` what a missing value is to it: NaN
    or None where it was fitted on them, otherwise the fill that defines its answer. `objects` are columns of Python
    objects, in which None is another thing than NaN.
    """

    words: Mapping[str, Words] = field(default_factory=dict)
    missing: Mapping[str, object] = field(default_factory=dict)
    objects: frozenset[str] = frozenset()

    def column(self, name: str, values: Sequence[FeatureValue]) -> list[object]:
        """One feature of some rows, in the words of the model."""
        missing, words = self.missing.get(name, math.nan), self.words.get(name)
        word = _plain if words is None else words.of
        return [missing if value is None else word(value) for value in values]

    def word(self, name: str, value: FeatureValue) -> object:
        """One value of one feature, in the words of the model."""
        return self.column(name, [value])[0]


def wording_of(known: Known, rows: Sequence[Row], raws: Raws, asking: Asking) -> Wording:
    """The wording in which the fitted model knows what the data holds, found by asking it.

    rows: those of the data; raws: what their values are in the data frame.
    """
    features = known.spec.features.features
    objects = frozenset(name for name, found in raws.items() if found.get(None, math.nan) is None)
    candidates = {feature.name: _candidates(feature, raws.get(feature.name, {})) for feature in features}
    candidates = {name: choices for name, choices in candidates.items() if choices}
    wording = Wording({}, dict(known.fills), objects)
    probes = _complete(rows, known)
    if candidates and probes:
        wording = _chosen(wording, candidates, probes, asking)
    missing = {}
    for place, feature in enumerate(features):
        # Known values stand beside the missing ones, or a column of texts would become one of numbers.
        holed = [*probes, *((*row[:place], None, *row[place + 1 :]) for row in probes)]
        found = raws.get(feature.name, {})
        missing[feature.name] = _missing(feature, known, wording, found, partial(asking, holed))
    return replace(wording, missing=missing)


def _plain(value: FeatureValue) -> object:
    return int(value) if isinstance(value, bool) else value


def _candidates(feature: Feature, known: Mapping[FeatureValue, object]) -> list[Words]:
    """The wordings that come into question; none where data and endpoint say the same."""
    values: dict[FeatureValue, object] = {value: raw for value, raw in known.items() if value is not None}
    if all(type(raw) is type(_plain(value)) and raw == _plain(value) for value, raw in values.items()):
        return []
    as_text: dict[FeatureValue, object] = {value: str(raw) for value, raw in values.items()}
    return [
        Words(values, _like(list(values.values()))),
        Words({}, _plain),
        Words(as_text, _like_text(list(values.values()))),
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


def _complete(rows: Sequence[Row], known: Known) -> list[Row]:
    """Rows of the data in which nothing is missing, or nothing but what has a fill, or any where there are none."""
    needed = [place for place, name in enumerate(known.spec.features.names) if name not in known.fills]
    whole = [row for row in rows if None not in row]
    chosen = whole or [row for row in rows if all(row[place] is not None for place in needed)] or list(rows)
    return chosen[:: max(1, len(chosen) // _PROBES)][:_PROBES]


def _chosen(
    wording: Wording,
    candidates: Mapping[str, Sequence[Words]],
    probes: Sequence[Row],
    asking: Asking,
) -> Wording:
    """For each feature the first wording that means something to the model: an unknown value answers otherwise."""
    together = [replace(wording, words={n: words[i] for n, words in candidates.items()}) for i in range(3)]
    for start in together:
        if _answers(partial(asking, probes), start) is not None:
            wording = start
            break
    for name, choices in candidates.items():
        for words in choices:
            trial = replace(wording, words={**wording.words, name: words})
            if _means_something(trial, name, probes, asking):
                wording = trial
                break
    return wording


def _means_something(wording: Wording, name: str, probes: Sequence[Row], asking: Asking) -> bool:
    answers = _answers(partial(asking, probes), wording)
    if answers is None:
        return False
    words = wording.words[name]
    strange = replace(wording, words={**wording.words, name: Words({}, lambda _: _stranger(words))})
    unknown = _answers(partial(asking, probes), strange)
    return unknown is None or not np.array_equal(answers, unknown, equal_nan=True)


def _stranger(words: Words) -> object:
    return words.other(UNSEEN)


def _answers(ask: Callable[[Wording], NDArray[np.float64]], wording: Wording) -> NDArray[np.float64] | None:
    """What the model answers, or None where it refuses the rows: whether it does is what is asked here."""
    try:
        return ask(wording)
    except InvalidArtifact:
        return None


def _missing(
    feature: Feature,
    known: Known,
    wording: Wording,
    found: Mapping[FeatureValue, object],
    ask: Callable[[Wording], NDArray[np.float64]],
) -> object:
    """What a missing value of a feature is to the fitted model; `ask` asks it of some rows of the data."""
    name = feature.name
    own = None if name in wording.objects else math.nan
    if name not in known.fills:
        return own
    fill = known.fills[name]
    defined = wording.words[name].of(_value(fill, feature)) if name in wording.words else fill
    if not saw_missing(known.model, known.exported, known.spec, name, in_data=None in found):
        return defined
    told = replace(wording, missing={**wording.missing, name: own})
    return defined if _answers(ask, told) is None else own


def _value(fill: object, feature: Feature) -> FeatureValue:
    """A fill as a declared value of its feature, where it is one."""
    if feature.type is FeatureType.CATEGORY:
        return class_name(fill)
    return bool(fill) if fill in (0, 1) else fill  # type: ignore[return-value]
