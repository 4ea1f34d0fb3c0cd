"""Which values of an endpoint are counted day by day, so that a drift of its features and answers shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.history.value_bins import Column, flags, numbers, texts
from domain.words import Kind
from registry.endpoints import EndpointSpec
from registry.features import LABEL, Feature, FeatureType

ANSWER = LABEL
"""The name of the column of answers; no feature may be called so."""
PROBABILITY = ""
"""The name of the column of a classifier's probabilities; nor is one called so."""
MOST_FEATURES = 64
"""Features beyond these are not watched: every commit writes the counts of all of them."""


@dataclass(frozen=True, slots=True)
class WatchedValues:
    """The columns of an endpoint: of its answers, of their probabilities, and of `features` with their places in a row.

    No private feature is among them, and no text that is not declared.
    """

    answer: Column
    probability: Column | None
    features: tuple[tuple[int, Column], ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns: the answers, the probabilities, then the features in their declared order."""
        scores = () if self.probability is None else (self.probability,)
        return (self.answer, *scores, *(column for _, column in self.features))


def watched_values(spec: EndpointSpec) -> WatchedValues:
    """What is counted of an endpoint's requests."""
    watched = [(place, f) for place, f in enumerate(spec.features.features) if is_watched(f)][:MOST_FEATURES]
    classifier = spec.kind is Kind.CLASSIFIER
    answer = texts(ANSWER, spec.classes or ()) if classifier else numbers(ANSWER)
    probability = numbers(PROBABILITY, 0.0, 1.0)
    return WatchedValues(
        answer=replace(answer, is_feature=False),
        probability=replace(probability, is_feature=False) if classifier else None,
        features=tuple((place, column_of(feature)) for place, feature in watched),
    )


def is_watched(feature: Feature) -> bool:
    """Whether a feature's values may be counted: it is public, and its values are not any text."""
    return not feature.private and (
        feature.type is not FeatureType.CATEGORY or feature.categories is not None
    )


def column_of(feature: Feature) -> Column:
    """The bins of a feature's values."""
    if feature.type is FeatureType.CATEGORY:
        return texts(feature.name, feature.categories or ())
    if feature.type is FeatureType.BOOLEAN:
        return flags(feature.name)
    return numbers(feature.name, feature.minimum, feature.maximum, whole=feature.type is FeatureType.INTEGER)


def unwatched(features: Iterable[Feature]) -> list[str]:
    """The features of which nothing is counted: private ones, free texts, and those beyond the sixty-fourth."""
    listed = list(features)
    watched = {feature.name for feature in [one for one in listed if is_watched(one)][:MOST_FEATURES]}
    return [feature.name for feature in listed if feature.name not in watched]
