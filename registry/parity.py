"""Does the served model answer as the trained one? Rows to ask both, the trained model's answers, the comparison."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.csv_header import header_hint
from domain.errors import InvalidArtifact, InvalidFeatures
from domain.types import Answer, JSONValue, Kind
from registry.endpoints import EndpointSpec, class_name
from registry.exporting import Fills, Model, input_names, is_catboost, is_missing
from registry.features import Feature, FeatureType, FeatureValue, Row
from registry.runtimes import Runtime

if TYPE_CHECKING:
    import pandas as pd

Frame: TypeAlias = "pd.DataFrame"
Numbers: TypeAlias = NDArray[np.float64]

TOLERANCE = 1e-4
"""How far a served probability (or a value, relative to its size) may be from the trained model's."""

_CURES = (
    "if values are missing there, put an imputer before the model; if a scaler stands before trees, leave it out "
    "(trees need none, and 32-bit rounding moves values across their thresholds)"
)
_SHARE_OF_DATA = 0.6
_LARGEST_REFUSED = 0.1
_BATCH = 64
_SINGLES = 256


@dataclass(frozen=True, slots=True)
class Sample:
    """Valid rows of a data frame with their ground truth (None where the frame has none), and how many it refused."""

    rows: tuple[Row, ...]
    truths: tuple[JSONValue, ...]
    refused: int


def frame_at(data: Frame | Path) -> Frame:
    """A data frame as it is, or the one in the CSV file at a path; a space after the comma is ignored.

    Raises InvalidArtifact when the file cannot be read.
    """
    if not isinstance(data, Path):
        return data
    import pandas as pd

    try:
        frame = pd.read_csv(data, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise InvalidArtifact(f"the data {data} cannot be read as CSV: {error}") from error
    hint = header_hint([str(column) for column in frame.columns], ())
    if hint is not None:
        raise InvalidArtifact(f"the data {data} has other columns than it seems: {hint}")
    return frame


def sample_of(frame: Frame, spec: EndpointSpec) -> Sample:
    """The rows of `frame` that the endpoint allows.

    Raises InvalidArtifact when a feature has no column, or when more than a tenth of the rows is refused: then
    endpoint.json, or the data, is wrong.
    """
    absent = [name for name in spec.features.names if name not in frame.columns]
    if absent:
        raise InvalidArtifact(
            f"the data has no column for {', '.join(absent)}; its columns must be the features"
        )
    rows, truths, problems = [], [], []
    truth_column = frame[spec.target].tolist() if spec.target in frame.columns else [None] * len(frame)
    values = zip(*(frame[name].tolist() for name in spec.features.names), strict=True)
    for row, truth in zip(values, truth_column, strict=True):
        fields = {
            name: _json_value(value, spec.features[name])
            for name, value in zip(spec.features.names, row, strict=True)
        }
        try:
            rows.append(spec.features.validate(fields))
            truths.append(truth)
        except InvalidFeatures as error:
            problems.append(error.message)
    if len(problems) > _LARGEST_REFUSED * max(1, len(frame)):
        raise InvalidArtifact(
            f"{spec.name} refuses {len(problems)} of {len(frame)} rows of the data, the first because {problems[0]}; "
            "correct endpoint.json, or the data"
        )
    return Sample(tuple(rows), tuple(truths), len(problems))


def _json_value(value: JSONValue, feature: Feature) -> JSONValue:
    if is_missing(value):
        return None
    if feature.type is FeatureType.CATEGORY:
        return class_name(value)
    return value


def parity_rows(spec: EndpointSpec, data: Sequence[Row], count: int, seed: int = 0) -> list[Row]:
    """`count` rows or a few more: of the data, of the data with values taken out, and made up from the declaration.

    Made-up rows hold every declared category (those that training never saw too), both ends of each range, and
    missing values wherever the endpoint allows them. Every valid row is one that a caller could send.
    """
    draw = random.Random(seed)  # noqa: S311 (test rows, no secrets)
    taken = draw.sample(list(data), min(len(data), int(count * _SHARE_OF_DATA)))
    holed = [_holed(row, spec, draw) for row in taken[: len(taken) // 3]]
    made = [_made_up(spec, data, draw) for _ in range(max(0, count - len(taken) - len(holed)))]
    return [*taken, *holed, *made, *_edges(spec, data, draw)]


def _holed(row: Row, spec: EndpointSpec, draw: random.Random) -> Row:
    pairs = zip(row, spec.features.features, strict=True)
    return tuple(None if feature.nullable and draw.random() < 0.3 else value for value, feature in pairs)  # noqa: PLR2004


def _made_up(spec: EndpointSpec, data: Sequence[Row], draw: random.Random) -> Row:
    usual = draw.choice(data) if data else (None,) * len(spec.features)
    return tuple(
        _value(feature, value, draw) for feature, value in zip(spec.features.features, usual, strict=True)
    )


def _edges(spec: EndpointSpec, data: Sequence[Row], draw: random.Random) -> list[Row]:
    """A usual row with each feature in turn at each of its edges, and a row with nothing known."""
    usual = data[0] if data else _made_up(spec, data, draw)
    rows = [
        tuple(
            None if feature.nullable else value
            for feature, value in zip(spec.features.features, usual, strict=True)
        )
    ]
    for position, feature in enumerate(spec.features.features):
        rows += [(*usual[:position], value, *usual[position + 1 :]) for value in _edge_values(feature)]
    return rows


def _edge_values(feature: Feature) -> tuple[FeatureValue, ...]:
    missing: tuple[FeatureValue, ...] = (None,) if feature.nullable else ()
    if feature.type is FeatureType.CATEGORY:
        return (*missing, *(feature.categories or ("", "a text that training never saw")))
    if feature.type is FeatureType.BOOLEAN:
        return (*missing, False, True)
    low, high = feature.bounds
    return (*missing, _native(feature, low), _native(feature, high))


def _value(feature: Feature, usual: FeatureValue, draw: random.Random) -> FeatureValue:
    """A missing value, an edge, anything within the declaration, or the usual one."""
    chance = draw.random()
    if chance < 0.1 and feature.nullable:  # noqa: PLR2004
        return None
    if chance < 0.25:  # noqa: PLR2004
        return draw.choice(_edge_values(feature))
    if usual is not None and chance < 0.6:  # noqa: PLR2004
        return usual
    if feature.type in (FeatureType.CATEGORY, FeatureType.BOOLEAN):
        return draw.choice(_edge_values(feature))
    low, high = (max(-1e6, min(1e6, bound)) for bound in feature.bounds)
    return _native(feature, draw.uniform(low, high))


def _native(feature: Feature, value: float) -> FeatureValue:
    return int(value) if feature.type is FeatureType.INTEGER else float(value)


def trained_numbers(model: Model, spec: EndpointSpec, rows: Sequence[Row], fills: Fills) -> Numbers:
    """What the trained model itself answers: (n, classes) probabilities in its own order, or (n,) values.

    `fills` are put in first, as the server does; every other missing value reaches the model as NaN.
    Raises InvalidArtifact when the model refuses rows that the endpoint allows.
    """
    if spec.kind is Kind.REGRESSOR:
        return np.asarray(asked(model, spec, rows, fills, model.predict), dtype=np.float64).ravel()
    if is_catboost(model):
        ask = partial(model.predict, prediction_type="Probability")
        return np.asarray(asked(model, spec, rows, fills, ask), dtype=np.float64)
    return np.asarray(asked(model, spec, rows, fills, model.predict_proba), dtype=np.float64)


def asked(
    model: Model, spec: EndpointSpec, rows: Sequence[Row], fills: Fills, ask: Callable[[object], object]
) -> object:
    """What `ask`, a method of the trained model, gives for rows as the model was trained on them.

    Raises InvalidArtifact when the model refuses rows that the endpoint allows.
    """
    names = input_names(model, spec)
    frame = frame_of(spec, rows, fills, names or spec.features.names)
    given = frame if names is not None or is_catboost(model) else frame.to_numpy()
    try:
        return ask(given)
    except Exception as error:  # A model may raise anything on rows it does not expect.
        raise InvalidArtifact(
            f"the trained model refuses rows that {spec.name} allows: {type(error).__name__}: {error}; train it "
            "on every declared category and with an imputer, or say what fills a missing value (fills)"
        ) from error


def frame_of(spec: EndpointSpec, rows: Sequence[Row], fills: Fills, names: Sequence[str]) -> Frame:
    """The rows as the data frame that a model was trained on: numbers, texts and NaN, one column per name."""
    import pandas as pd

    columns = dict(zip(spec.features.names, zip(*rows, strict=True), strict=True))
    return pd.DataFrame({name: _series(columns[name], fills.get(name)) for name in names})


def _series(values: Sequence[FeatureValue], fill: float | str | None) -> list[object]:
    missing = float("nan") if fill is None else fill
    return [
        missing if value is None else int(value) if isinstance(value, bool) else value for value in values
    ]


def served_numbers(answers: Sequence[Answer], classes: Sequence[str] | None) -> Numbers:
    """Answers as the numbers that `trained_numbers` gives."""
    if classes is None:
        return np.array([answer.value for answer in answers], dtype=np.float64)
    return np.array(
        [[(answer.probabilities or {})[name] for name in classes] for answer in answers], dtype=np.float64
    )


def largest_difference(one: Numbers, other: Numbers) -> float:
    """The largest difference of two outputs: absolute up to 1, relative above it, infinite for NaN."""
    if one.shape != other.shape:
        raise InvalidArtifact(
            f"the served model gives an output of shape {other.shape}, the trained one {one.shape}"
        )
    difference = np.abs(one - other) / np.maximum(1.0, np.abs(one))
    return float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0))


def check_parity(
    spec: EndpointSpec,
    rows: Sequence[Row],
    trained: Numbers,
    answers: Sequence[Answer],
    classes: Sequence[str] | None,
) -> float:
    """The largest difference between trained and served answers; raises InvalidArtifact, with a row, if too large."""
    served = served_numbers(answers, classes)
    largest = largest_difference(trained, served)
    if largest > TOLERANCE:
        worst = next(
            i
            for i in range(len(rows))
            if largest_difference(trained[i : i + 1], served[i : i + 1]) > TOLERANCE
        )
        raise InvalidArtifact(
            f"the served model differs from the trained one by {largest:.3g} (allowed: {TOLERANCE:g}), first for "
            f"{dict(zip(spec.features.names, rows[worst], strict=True))}: trained {trained[worst].tolist()}, served "
            f"{served[worst].tolist()}; {_CURES}"
        )
    return largest


def check_batches(runtime: Runtime, rows: Sequence[Row], classes: Sequence[str] | None) -> float:
    """The largest difference between answers one at a time and 64 at a time; raises InvalidArtifact if too large."""
    chosen = rows[:: max(1, len(rows) // _SINGLES)][:_SINGLES]
    single = [runtime([row])[0] for row in chosen]
    batches = [chosen[start : start + _BATCH] for start in range(0, len(chosen), _BATCH)]
    batched = [answer for batch in batches for answer in runtime(batch)]
    largest = largest_difference(served_numbers(single, classes), served_numbers(batched, classes))
    if largest > TOLERANCE or labels_differ(single, batched):
        raise InvalidArtifact(
            f"the model answers differently in a batch, by {largest:.3g}: "
            "a row's answer must not depend on its neighbours"
        )
    return largest


def labels_differ(one: Sequence[Answer], other: Sequence[Answer]) -> bool:
    """Whether two lists of answers to the same rows hold other labels."""
    return [answer.label for answer in one] != [answer.label for answer in other]


def metrics_of(
    spec: EndpointSpec, answers: Sequence[Answer], truths: Sequence[JSONValue]
) -> Mapping[str, JSONValue]:
    """Quality on rows with known ground truth: accuracy and log loss, or RMSE and mean absolute error.

    Raises InvalidArtifact when there is no ground truth to measure with.
    """
    pairs = [(answer, truth) for answer, truth in zip(answers, truths, strict=True) if truth is not None]
    if not pairs:
        raise InvalidArtifact(f"the held-out data has no {spec.target!r}; metrics need the ground truth")
    if spec.kind is Kind.REGRESSOR:
        errors = np.array([answer.value for answer, _ in pairs]) - np.array(
            [truth for _, truth in pairs], dtype=np.float64
        )
        return {
            "rows": len(pairs),
            "rmse": round(float(np.sqrt(np.mean(errors**2))), 4),
            "mean_absolute_error": round(float(np.mean(np.abs(errors))), 4),
        }
    right = [answer.label == class_name(truth) for answer, truth in pairs]
    likelihood = np.array([(answer.probabilities or {})[class_name(truth)] for answer, truth in pairs])
    return {
        "rows": len(pairs),
        "accuracy": round(sum(right) / len(right), 6),
        "log_loss": round(float(-np.mean(np.log(np.clip(likelihood, 1e-15, 1.0)))), 6),
    }
