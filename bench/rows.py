"""Rows made up from an endpoint's declaration: valid, distinct and the same in every run. No data set is needed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import orjson

from domain.words import JSONValue
from graph.catalog.typed_features import typed_endpoints
from registry.discovery import default_artifacts_root
from registry.endpoints import EndpointSpec, load_endpoint
from registry.features import Feature, FeatureType

ENDPOINT = "income_classifier"
PRODUCTION = "random forest"
"""The algorithm that is in production where nobody has changed it."""
SEED = 1234
POSITIVE_SHARE = 0.25

MUTATION = (
    "mutation Predict($input: PredictInput!) "
    "{ predict(input: $input) { request { requestId outcome label probability } } }"
)
"""Four fields of the answer; the row comes in the variables."""

TYPED_MUTATION = (
    "mutation Predict($input: {input}!) "
    "{{ predict: {mutation}(input: $input) {{ request {{ requestId outcome label probability }} }} }}"
)
"""The same of the endpoint's own mutation."""

MadeUp = dict[str, JSONValue]


def income() -> EndpointSpec:
    """The endpoint that is measured."""
    return load_endpoint(default_artifacts_root() / ENDPOINT)


def rows_of(spec: EndpointSpec, count: int, seed: int = SEED) -> list[MadeUp]:
    """`count` distinct rows with a value for every feature, drawn evenly from what the feature allows."""
    draw = random.Random(seed)
    rows: dict[bytes, MadeUp] = {}
    while len(rows) < count:
        row = {feature.name: _value(feature, draw) for feature in spec.features.features}
        rows[orjson.dumps(row)] = row
    return list(rows.values())


def labels_of(spec: EndpointSpec, rows: Sequence[MadeUp], seed: int = SEED) -> list[str]:
    """Labels that depend on some of the features and on chance, so that a forest grows as it does on real data."""
    assert spec.classes is not None
    draw = random.Random(seed)
    effects: dict[tuple[str, JSONValue], float] = {}
    scores = [
        draw.gauss(0, 1) + sum(_effect(f, row, effects, draw) for f in spec.features.features) for row in rows
    ]
    threshold = sorted(scores)[int(len(scores) * (1 - POSITIVE_SHARE))]
    return [spec.classes[score > threshold] for score in scores]


def rest_bodies(rows: Sequence[MadeUp]) -> list[bytes]:
    """Each row as the REST URL takes it."""
    return [orjson.dumps(row) for row in rows]


def graphql_bodies(spec: EndpointSpec, rows: Sequence[MadeUp]) -> list[bytes]:
    """Each row as the variables of one and the same GraphQL mutation."""
    return [
        orjson.dumps({"query": MUTATION, "variables": {"input": {"endpoint": spec.name, "features": row}}})
        for row in rows
    ]


def typed_bodies(spec: EndpointSpec, rows: Sequence[MadeUp]) -> list[bytes]:
    """Each row as the variables of the endpoint's own mutation."""
    typed = typed_endpoints({spec.name: spec})[spec.name]
    query = TYPED_MUTATION.format(input=typed.input_type, mutation=typed.mutation)
    return [
        orjson.dumps({"query": query, "variables": {"input": {"features": typed.variables(row)}}})
        for row in rows
    ]


def _value(feature: Feature, draw: random.Random) -> JSONValue:
    if feature.type is FeatureType.CATEGORY:
        return draw.choice(feature.categories or ("a", "b", "c"))
    if feature.type is FeatureType.TEXT:
        return " ".join(draw.choices(("good", "bad", "café"), k=20))[: feature.longest_text]
    if feature.type is FeatureType.BOOLEAN:
        return draw.random() < 0.5
    low, high = feature.bounds
    return (
        draw.randint(int(low), int(high)) if feature.type is FeatureType.INTEGER else draw.uniform(low, high)
    )


def _effect(
    feature: Feature,
    row: Mapping[str, JSONValue],
    effects: dict[tuple[str, JSONValue], float],
    draw: random.Random,
) -> float:
    value = row[feature.name]
    if isinstance(value, str):
        return effects.setdefault((feature.name, value), draw.gauss(0, 0.7))
    low, high = feature.bounds
    weight = effects.setdefault((feature.name, None), draw.gauss(0, 1.5))
    assert isinstance(value, int | float)
    return weight * (value - low) / (high - low)
