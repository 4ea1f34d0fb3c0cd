"""Does the served model answer as the trained one? Rows to ask both, the trained model's answers, the comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from domain.errors import InvalidArtifact, InvalidFeatures
from domain.input.csv_header import header_hint
from domain.requests.request import Answer
from domain.words import JSONValue, Kind
from registry.comparison import (
    TOLERANCE,
    Numbers,
    differences,
    labels_differ,
    largest_difference,
    scale_of,
    served_numbers,
)
from registry.endpoints import EndpointSpec, class_name
from registry.features import Feature, FeatureType, FeatureValue, Row
from registry.publishing.export import (
    Fills,
    Model,
    gives_probabilities,
    input_names,
    is_catboost,
    own_classes,
)
from registry.publishing.preparation import is_missing
from registry.publishing.translation import (
    FittedModel,
    RawValues,
    Translation,
    codes_of,
    is_booster,
    translation_of,
)
from registry.runtimes import Runtime, cbm
from registry.runtimes.texts import takes_one_text
from registry.shown_values import shown_row

if TYPE_CHECKING:
    import pandas as pd

Frame: TypeAlias = "pd.DataFrame"


_WORDED = (FeatureType.CATEGORY, FeatureType.BOOLEAN)
_LARGEST_REFUSED = 0.1
_BATCH = 64
_SINGLES = 256


@dataclass(frozen=True, slots=True)
class Sample:
    """Valid rows of a data frame with their ground truth (None where the frame has none), and how many it refused.

    `raws` says what the values of categories and booleans, and missing values, are in the data frame, `codes` the
    categories of its columns that pandas keeps as codes.
    """

    rows: tuple[Row, ...]
    truths: tuple[JSONValue, ...]
    refused: int
    raws: RawValues = field(default_factory=dict)
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


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
    check_cells(frame, spec.features.names)
    rows, truths, problems = [], [], []
    raws: dict[str, dict[FeatureValue, object]] = {name: {} for name in spec.features.names}
    worded = {feature.name for feature in spec.features.features if feature.type in _WORDED}
    truth_column = frame[spec.target].tolist() if spec.target in frame.columns else [None] * len(frame)
    values = zip(*(frame[name].tolist() for name in spec.features.names), strict=True)
    for row, truth in zip(values, truth_column, strict=True):
        fields = {
            name: _json_value(value, spec.features[name])
            for name, value in zip(spec.features.names, row, strict=True)
        }
        try:
            valid = spec.features.validate(fields)
        except InvalidFeatures as error:
            problems.append(error.message)
            continue
        rows.append(valid)
        truths.append(truth)
        for name, value, raw in zip(spec.features.names, valid, row, strict=True):
            if value is None or name in worded:
                raws[name].setdefault(value, raw)
    if len(problems) > _LARGEST_REFUSED * max(1, len(frame)):
        raise InvalidArtifact(
            f"{spec.name} refuses {len(problems)} of {len(frame)} rows of the data, the first because {problems[0]}; "
            "correct endpoint.json or the data, or say what stands for a missing value (fills, --fill)"
        )
    return Sample(tuple(rows), tuple(truths), len(problems), raws, _codes(frame, spec))


def check_cells(frame: Frame, names: Sequence[str]) -> None:
    """Raises InvalidArtifact for a column of dates or other objects, which no feature can be."""
    for name in names:
        strange = next((value for value in frame[name].tolist() if not _is_cell(value)), None)
        if strange is not None:
            raise InvalidArtifact(
                f"the data's column {name!r} holds {type(strange).__name__} values, and features are numbers, texts "
                "and truth values; write it as one of these before training, a date as a number of days"
            )


def _is_cell(value: object) -> bool:
    return is_missing(value) or isinstance(value, (bool, int, float, str))


def _codes(frame: Frame, spec: EndpointSpec) -> dict[str, tuple[str, ...]]:
    """The categories of each column of pandas' type for them, as long as they are the texts that the endpoint names."""
    kept = {
        name: tuple(frame[name].cat.categories.tolist())
        for name in spec.features.names
        if hasattr(frame[name], "cat")
    }
    return {name: listed for name, listed in kept.items() if all(isinstance(text, str) for text in listed)}


def _json_value(value: JSONValue, feature: Feature) -> JSONValue:
    if is_missing(value):
        return None
    return class_name(value) if feature.type.is_worded else value


def held_out_sample(frame: Frame, spec: EndpointSpec) -> Sample:
    """The rows of `frame` that the endpoint allows and whose ground truth is known, for metrics.

    Raises InvalidArtifact when there are none, and for a label that is no declared class.
    """
    sample = sample_of(frame, spec)
    known = [n for n, truth in enumerate(sample.truths) if not is_missing(truth)]
    if not known:
        raise InvalidArtifact(f"the held-out data has no {spec.target!r}; metrics need the ground truth")
    truths = [sample.truths[n] for n in known]
    strange = [truth for truth in truths if spec.classes and class_name(truth) not in spec.classes]
    if strange:
        raise InvalidArtifact(
            f"the held-out data says {strange[0]!r} for {spec.target!r} in {len(strange)} of {len(known)} rows, which "
            f"is none of {', '.join(spec.classes or ())}; correct it there, or in endpoint.json"
        )
    return replace(sample, rows=tuple(sample.rows[n] for n in known), truths=tuple(truths))


def trained_numbers(
    model: Model, spec: EndpointSpec, rows: Sequence[Row], fills: Fills | Translation
) -> Numbers:
    """What the trained model itself answers: (n, classes) probabilities in its own order, or (n,) values.

    A classifier that gives no probabilities is sure of its label.
    `fills` are put in first, as the server does; every other missing value reaches the model as NaN. A translation says
    instead what each value is to the model.
    Raises InvalidArtifact when the model refuses rows that the endpoint allows.
    """
    regressor = spec.kind is Kind.REGRESSOR
    if is_catboost(model):
        # A model that was read from a file has forgotten which of CatBoost's classes it was.
        ask = partial(model.predict, prediction_type=cbm.value_type(model) if regressor else "Probability")
    else:
        ask = model.predict_proba if not regressor and gives_probabilities(model) else model.predict
    if not regressor and not gives_probabilities(model):
        labels = np.asarray(call_model(model, spec, rows, fills, ask)).ravel()
        sure: Numbers = (labels[:, None] == own_classes(model)[None, :]).astype(np.float64)
        return sure
    numbers = np.asarray(call_model(model, spec, rows, fills, ask), dtype=np.float64)
    return _one_value(numbers, model, spec) if regressor else numbers


def _one_value(values: Numbers, model: Model, spec: EndpointSpec) -> Numbers:
    if values.ndim > 1 and values.shape[1] != 1:
        raise InvalidArtifact(
            f"{type(model).__name__} gives {values.shape[1]} values for each row, and {spec.name} answers one; train a "
            "model for that one alone"
        )
    return values.ravel()


def call_model(
    model: Model,
    spec: EndpointSpec,
    rows: Sequence[Row],
    fills: Fills | Translation,
    ask: Callable[[object], object],
) -> object:
    """What `ask`, a method of the trained model, gives for rows as the model was trained on them.

    Raises InvalidArtifact when the model refuses rows that the endpoint allows.
    """
    names = input_names(model, spec)
    frame = frame_of(spec, rows, fills, names or spec.features.names)
    given = frame if names is not None or is_catboost(model) else frame.to_numpy()
    if takes_one_text(model):
        given = frame.iloc[:, 0].to_numpy(dtype=object)
    try:
        return ask(given)
    except Exception as error:  # A model may raise anything on rows it does not expect.
        raise InvalidArtifact(
            f"the trained model refuses rows that {spec.name} allows: {type(error).__name__}: {error}; publish it with "
            "the data frame that it was fitted on (columns of the same types), train it on every declared category "
            "and with an imputer, or say what fills a missing value (fills)"
        ) from error


def translation_for(fitted: FittedModel, sample: Sample) -> Translation:
    """The words in which a fitted model is asked about the rows of an endpoint, found with rows of its data."""
    codes = {**sample.codes, **codes_of(fitted)} if is_booster(fitted.model) else {}
    ask = partial(trained_numbers, fitted.model, fitted.spec)
    return translation_of(fitted, sample.rows, sample.raws, ask, codes)


def frame_of(
    spec: EndpointSpec, rows: Sequence[Row], fills: Fills | Translation, names: Sequence[str]
) -> Frame:
    """The rows as the data frame that a model was trained on: numbers, texts and NaN, one column per name."""
    import pandas as pd

    translation = fills if isinstance(fills, Translation) else Translation(missing=dict(fills))
    columns = dict(zip(spec.features.names, zip(*rows, strict=True), strict=True))

    def series(name: str) -> pd.Series[Any]:
        values = translation.column(name, columns[name])
        if name in translation.codes:
            return pd.Series(pd.Categorical(values, categories=list(translation.codes[name])))
        return pd.Series(values, dtype=object if name in translation.objects else None)

    return pd.DataFrame({name: series(name) for name in names})


def check_finite(numbers: Numbers, rows: Sequence[Row], spec: EndpointSpec) -> None:
    """Raises InvalidArtifact, with a row, where the trained model itself answers NaN or an infinite number."""
    wrong = np.flatnonzero(~np.isfinite(numbers.reshape(len(rows), -1)).all(axis=1))
    if len(wrong):
        row = shown_row(spec.features.names, rows[wrong[0]])
        raise InvalidArtifact(
            f"the trained model itself answers no finite number to {len(wrong)} of {len(rows)} rows that {spec.name} "
            f"allows, first to {row}; declare the ranges ('minimum', 'maximum') that it was trained for in "
            "endpoint.json, or train one that answers there (an imputer before it; out_of_bounds='clip')"
        )


def check_parity(
    spec: EndpointSpec,
    rows: Sequence[Row],
    trained: Numbers,
    answers: Sequence[Answer],
    classes: Sequence[str] | None,
    *,
    explain: Callable[[Row], str] | None = None,
) -> float:
    """The largest difference between trained and served answers; raises InvalidArtifact, with a row, if too large.

    `explain` says of a row which of its values the models differ about, and what helps.
    """
    served = served_numbers(answers, classes)
    apart = differences(trained, served, scale_of(trained, classes))
    largest = float(apart.max(initial=0.0))
    if largest > TOLERANCE:
        worst = int(np.argmax(apart > TOLERANCE))
        row = rows[worst]
        cause = shown_row(spec.features.names, row) if explain is None else explain(row)
        raise InvalidArtifact(
            f"the served model differs from the trained one by {largest:.3g} (allowed: {TOLERANCE:g}), first by "
            f"trained {trained[worst].tolist()}, served {served[worst].tolist()} for {cause}"
        )
    return largest


def check_batches(runtime: Runtime, rows: Sequence[Row], classes: Sequence[str] | None) -> float:
    """The largest difference between answers one at a time and 64 at a time; raises InvalidArtifact if too large."""
    chosen = rows[:: max(1, len(rows) // _SINGLES)][:_SINGLES]
    single = [runtime([row])[0] for row in chosen]
    batched = [
        answer
        for start in range(0, len(chosen), _BATCH)
        for answer in runtime(chosen[start : start + _BATCH])
    ]
    largest = largest_difference(served_numbers(single, classes), served_numbers(batched, classes))
    if largest > TOLERANCE or labels_differ(single, batched):
        raise InvalidArtifact(
            f"the model answers differently in a batch, by {largest:.3g}: "
            "a row's answer must not depend on its neighbours"
        )
    return largest


def metrics_of(
    spec: EndpointSpec, answers: Sequence[Answer], truths: Sequence[JSONValue]
) -> Mapping[str, JSONValue]:
    """Quality on rows with known ground truth: accuracy and log loss, or RMSE and mean absolute error."""
    pairs = list(zip(answers, truths, strict=True))
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
    counted: dict[str, JSONValue] = {"rows": len(pairs), "accuracy": round(sum(right) / len(right), 6)}
    if pairs[0][0].probabilities is None:
        return counted
    likelihood = np.array([(answer.probabilities or {})[class_name(truth)] for answer, truth in pairs])
    return counted | {"log_loss": round(float(-np.mean(np.log(np.clip(likelihood, 1e-15, 1.0)))), 6)}
