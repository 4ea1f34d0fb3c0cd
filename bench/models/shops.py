"""Made-up shops to fit models on: numbers, whole numbers, categories, codes, truth values, texts, and seven targets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from domain.words import JSONValue
from registry.endpoints import ENDPOINT_FILE, EndpointSpec, class_name, endpoint_of
from registry.json_documents import JSONDocument
from registry.publishing.preparation import is_missing

if TYPE_CHECKING:
    import pandas as pd

TRAINED, HELD_OUT, CHANGED = 700, 300, 200
NUMBERS = ("area", "share", "staff")
TEXTS = ("colour", "size")
COLOURS, SIZES, REGIONS = ["red", "green", "blue", "été"], ["s", "m", "l"], ["1", "2", "3"]
WORDS = ("good", "bad", "naïve", "café", "service", "slow", "Straße", "price")
_FEATURES: dict[str, dict[str, JSONValue]] = {
    "area": {"type": "number", "minimum": 0, "maximum": 100},
    "share": {"type": "number", "minimum": 0, "maximum": 1},
    "staff": {"type": "integer", "minimum": 0, "maximum": 40},
    "colour": {"type": "category", "categories": list(COLOURS)},
    "size": {"type": "category", "categories": list(SIZES)},
    "region": {"type": "category", "categories": list(REGIONS)},
    "open": {"type": "boolean"},
    "review": {"type": "text", "length": 200},
}
_EXAMPLE: dict[str, JSONValue] = {
    "area": 50, "share": 0.5, "staff": 3, "colour": "red", "size": "s", "region": "1", "open": True, "review": "good",
}  # fmt: skip
CLASSES: dict[str, list[JSONValue]] = {
    "pays": ["no", "yes"],
    "three": ["hi", "lo", "mid"],
    "flag": [0, 1],
    "truth": ["false", "true"],
    "large": [1000000000, 2234567890],
}
"""The targets of classifiers; `sales` and `ratio` are a regressor's."""


def shops(missing: float = 0.0, *, codes: type = float) -> pd.DataFrame:
    """All the shops; `missing` is the share of empty cells, `codes` the type of the regions in the data frame."""
    import pandas as pd

    draw, count = np.random.default_rng(11), TRAINED + HELD_OUT
    data = pd.DataFrame(
        {
            "area": draw.normal(50, 15, count).round(2).clip(0, 100),
            "share": draw.random(count).round(3),
            "staff": draw.integers(0, 40, count),
            "colour": draw.choice(COLOURS, count),
            "size": draw.choice(SIZES, count),
            "region": draw.integers(1, 4, count).astype(codes),
            "open": draw.random(count) < 0.5,
            "review": [" ".join(draw.choice(WORDS, 4)) for _ in range(count)],
        }
    )
    score = (data["area"] - 50) / 15 + 2 * data["share"] - 1 + 0.05 * (data["staff"] - 20)
    score += data["colour"].map({"red": 1, "green": 0, "blue": -1, "été": 0.5}) + (data["region"] == codes(2))
    score += data["review"].str.count("good") - data["review"].str.count("bad") + draw.normal(0, 1, count)
    data["pays"] = np.where(score > 0, "yes", "no")
    data["three"] = np.where(score > 1, "hi", np.where(score < -1, "lo", "mid"))
    data["flag"], data["truth"] = (score > 0).astype(int), score > 0
    data["large"] = (score > 0) * 1234567890 + 1000000000
    data["sales"], data["ratio"] = (100 + 20 * score).round(2), np.exp(score / 2).round(3)
    for name in ("area", "share", "colour", "size", "region", "review"):
        data.loc[draw.random(count) < missing, name] = np.nan
    return data


def changed(data: pd.DataFrame, features: tuple[str, ...], *, holes: bool) -> pd.DataFrame:
    """Rows of `data` with one value each taken out (if `holes`), of another row, or at an end of its range."""
    draw = np.random.default_rng(5)
    rows = data.sample(CHANGED, random_state=5).reset_index(drop=True)
    for number in range(len(rows)):
        name = features[number % len(features)]
        ends = [_FEATURES[name].get("minimum"), _FEATURES[name].get("maximum")]
        choices = [draw.choice(data[name].dropna().tolist()), *(end for end in ends if end is not None)]
        value: Any = choices[draw.integers(len(choices))]
        value = np.nan if holes and name not in ("staff", "open") and draw.random() < 0.5 else value
        rows.loc[number, name] = type(data[name].iloc[0])(value) if value == value else np.nan  # noqa: PLR0124
    return rows


def endpoint(
    name: str, target: str, features: tuple[str, ...], *, nullable: bool, ranges: bool
) -> EndpointSpec:
    """The endpoint that a model is published for."""
    described: dict[str, JSONValue] = {"name": target, "description": "What is predicted."}
    if target in CLASSES:
        described["classes"] = CLASSES[target]
        described["positive_class"] = CLASSES[target][1] if len(CLASSES[target]) == 2 else None
    fields = [
        {
            "name": feature,
            "description": "A fact.",
            "nullable": nullable and feature not in ("staff", "open"),
        }
        | {
            key: value
            for key, value in _FEATURES[feature].items()
            if ranges or key not in ("minimum", "maximum")
        }
        for feature in features
    ]
    document: dict[str, Any] = {
        "name": name,
        "kind": "classifier" if target in CLASSES else "regressor",
        "owner": "bench",
        "description": "Made-up shops.",
        "target": described,
        "features": fields,
        "example": {feature: _EXAMPLE[feature] for feature in features},
    }
    return endpoint_of(JSONDocument(document, f"{name}/endpoint.json"))


def write_endpoint(spec: EndpointSpec, store: Path) -> None:
    """Put the endpoint.json of an endpoint into a store, where no model of it is yet."""
    folder = store / spec.name
    folder.mkdir(parents=True)
    (folder / ENDPOINT_FILE).write_text(json.dumps(dict(spec.declaration)), "utf-8")


def json_rows(data: pd.DataFrame, spec: EndpointSpec) -> list[dict[str, JSONValue]]:
    """The rows of a data frame as a caller sends them."""
    columns = [[_json(value, spec, name) for value in data[name].tolist()] for name in spec.features.names]
    return [dict(zip(spec.features.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _json(value: Any, spec: EndpointSpec, name: str) -> JSONValue:  # noqa: ANN401 (whatever a frame holds)
    if is_missing(value):
        return None
    return class_name(value) if spec.features[name].type.is_worded else value
