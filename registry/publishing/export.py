"""From a fitted model to the bytes that the server runs, and the columns that say how rows go in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidArtifact
from domain.words import Kind
from registry.artifacts import Column, Format, Layout
from registry.endpoints import EndpointSpec, class_name
from registry.features import FeatureSchema, FeatureType
from registry.publishing.preparation import (
    Fill,
    as_declared,
    for_onnx,
    imputed,
    is_missing,
    own_fills,
    selected_names,
    steps_in,
)
from registry.runtimes import cbm
from registry.runtimes.encoding import UNKNOWN_CODE
from registry.runtimes.texts import takes_one_text

Fills: TypeAlias = Mapping[str, Fill]
Model: TypeAlias = Any
"""A fitted scikit-learn or CatBoost model, or a part of one; neither library has type stubs."""

_SHOWN = 200
UNSEEN = "\N{REPLACEMENT CHARACTER}"
"""A text that is no category of any encoder: its number is that of an unknown one."""


@dataclass(frozen=True, slots=True)
class ModelExport:
    """A model ready to be written: its bytes, how rows go in, and its classes in its own order."""

    format: Format
    layout: Layout
    content: bytes
    columns: tuple[Column, ...]
    classes: tuple[str, ...] | None


def is_catboost(model: object) -> bool:
    """Whether `model` is one of CatBoost's, without importing CatBoost."""
    return any(base.__module__.startswith("catboost.") for base in type(model).__mro__)


def bare(model: Model) -> Model:
    """The estimator that a search over parameters refitted, which answers as the search does; else the model itself."""
    return bare(model.best_estimator_) if hasattr(model, "best_estimator_") else model


def own_classes(model: Model) -> NDArray[Any]:
    """The classes as the model's own `predict` writes them; an outlier detector answers -1 and 1."""
    listed = getattr(model, "classes_", None)
    if listed is None and hasattr(model, "__sklearn_tags__"):
        from sklearn.base import is_outlier_detector

        listed = (-1, 1) if is_outlier_detector(model) else None
    return np.asarray(() if listed is None else listed)


def check_fitted(model: Model) -> None:
    """Raises InvalidArtifact for what is no model, and for a model that was not fitted."""
    if not hasattr(model, "predict"):
        raise InvalidArtifact(
            f"{type(model).__name__} is no model: it has no predict; publish the fitted model"
        )
    if is_catboost(model):
        fitted = bool(model.is_fitted())
    else:
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted

        try:
            check_is_fitted(model)
        except TypeError:
            fitted = True  # It is none of scikit-learn's; whether it answers is seen when it is asked.
        except NotFittedError:
            fitted = False
        else:
            fitted = True
    if not fitted:
        raise InvalidArtifact(
            f"{type(model).__name__} is not fitted; call its fit first, and publish it then"
        )


def gives_probabilities(model: Model) -> bool:
    """Whether a classifier answers probabilities, and not a label alone."""
    return is_catboost(model) or hasattr(model, "predict_proba")


def export(model: Model, spec: EndpointSpec, *, fills: Fills | None = None) -> ModelExport:
    """The fitted `model` in the format that a server runs fastest: CatBoost as .cbm, scikit-learn as ONNX.

    `fills` says what the server puts in place of missing values before the model sees the row; a feature without
    one gets the value of the model's own SimpleImputer, or goes in as NaN.
    Raises InvalidArtifact when the model cannot be exported, with what can be done about it.
    """
    exported = _export_catboost(model, spec) if is_catboost(model) else _export_onnx(model, spec)
    columns = [replace(c, fill=(fills or {}).get(c.feature, c.fill)) for c in exported.columns]
    for column in columns:
        textual = column.type.is_worded and column.codes is None
        if textual and column.fill is None and spec.features[column.feature].nullable:
            raise InvalidArtifact(
                f"feature {column.feature!r} may be missing, but the model was fitted on no missing category: say what "
                f'to put in (fills={{{column.feature!r}: …}}), or declare it "nullable": false in endpoint.json'
            )
    return replace(exported, columns=tuple(columns))


def input_names(model: Model, spec: EndpointSpec) -> tuple[str, ...] | None:
    """The feature names in the order in which the model was trained, or None for one trained without names.

    Raises InvalidArtifact when they are not the endpoint's.
    """
    if is_catboost(model):
        names = tuple(str(name) for name in model.feature_names_)
        trained = None if names == tuple(str(number) for number in range(len(names))) else names
    else:
        given = getattr(model, "feature_names_in_", None)
        trained = None if given is None else tuple(str(name) for name in given)
    width = getattr(model, "n_features_in_", len(spec.features))
    if trained is None and width != len(spec.features):
        raise InvalidArtifact(f"the model takes {width} features, {spec.name} declares {len(spec.features)}")
    if takes_one_text(model) and len(spec.features) != 1:
        raise InvalidArtifact(
            f"the model was fitted on a list of texts, and {spec.name} declares {len(spec.features)} features: declare "
            "that text alone, or fit the model on a data frame, with a ColumnTransformer that names the text's column"
        )
    unknown = ", ".join(sorted(set(trained or ()) - set(spec.features.names)))
    if unknown:
        raise InvalidArtifact(
            f"the model was trained on features that {spec.name} does not declare: {unknown}"
        )
    return trained


def classes_of(model: Model, spec: EndpointSpec) -> tuple[str, ...] | None:
    """The classes in the model's own order, None for a regressor; raises InvalidArtifact for others than declared."""
    if spec.kind is Kind.REGRESSOR:
        return None
    classes = tuple(class_name(value) for value in own_classes(model).tolist())
    if set(classes) != set(spec.classes or ()):
        raise InvalidArtifact(
            f"the model's classes are {', '.join(classes) or 'none'}; {spec.name} declares "
            f"{', '.join(spec.classes or ())}"
        )
    return classes


def _export_catboost(model: Model, spec: EndpointSpec) -> ModelExport:
    names = input_names(model, spec) or spec.features.names
    given = dict.fromkeys(model.get_cat_feature_indices(), FeatureType.CATEGORY)
    given |= dict.fromkeys(model.get_text_feature_indices(), FeatureType.TEXT)
    columns = tuple(
        Column(name, name, given.get(number, spec.features[name].type)) for number, name in enumerate(names)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.cbm"
        model.save_model(str(path), format="cbm")
        return ModelExport(Format.CBM, Layout.MATRIX, path.read_bytes(), columns, classes_of(model, spec))


_ONE_VALUE = {
    "RMSEWithUncertainty": "loss_function='RMSE' for the mean",
    "MultiQuantile": "loss_function='Quantile:alpha=0.5' for the median",
}
_EACH = "loss_function='RMSE' for each target"


def check_one_value(model: Model, spec: EndpointSpec) -> None:
    """Raises InvalidArtifact where a CatBoost model gives a regressor's endpoint several values for a row."""
    values = np.ravel(model.get_scale_and_bias()[1]).size
    if spec.kind is Kind.REGRESSOR and values > 1:
        loss = cbm.loss_of(model)
        raise InvalidArtifact(
            f"CatBoost's loss {loss} gives {values} values for each row, and {spec.name} answers one; "
            f"train a model for that one alone ({_ONE_VALUE.get(loss, _EACH)})"
        )


def _export_onnx(model: Model, spec: EndpointSpec) -> ModelExport:
    classes = classes_of(model, spec)
    if classes is not None and not gives_probabilities(model):
        raise InvalidArtifact(
            f"{type(model).__name__} gives no probabilities; {_AS_SKOPS}, which serves its labels"
        )
    estimator, columns = _split(model, spec)
    if columns is not None:
        proto = _onnx(estimator, [("rows", len(columns), False)])
        return ModelExport(Format.ONNX, Layout.MATRIX, proto.SerializeToString(), columns, classes)
    names, own = input_names(model, spec) or spec.features.names, own_fills(model, spec.features)
    columns = tuple(Column(name, name, spec.features[name].type, fill=own.get(name)) for name in names)
    proto = _onnx(
        for_onnx(model, spec.features),
        [(column.feature, 1, column.type.is_worded) for column in columns],
    )
    # skl2onnx keeps the order of the inputs but may rename them (education-num becomes education_num).
    columns = tuple(
        replace(column, input=name)
        for column, name in zip(columns, [node.name for node in proto.graph.input], strict=True)
    )
    return ModelExport(Format.ONNX, Layout.COLUMNS, proto.SerializeToString(), columns, classes)


_AS_SKOPS = "publish it as skops (format='skops')"


def _onnx(model: Model, inputs: Sequence[tuple[str, int, bool]]) -> Model:
    """The model as ONNX; inputs: name, width, and whether it is text."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    types = [
        (name, (StringTensorType if text else FloatTensorType)([None, width])) for name, width, text in inputs
    ]
    final = model.steps[-1][1] if hasattr(model, "steps") else model
    options = {id(final): {"zipmap": False}} if hasattr(final, "predict_proba") else None
    try:
        return to_onnx(model, initial_types=types, options=options)
    except Exception as error:  # skl2onnx raises many classes, some of them bare RuntimeError.
        raise InvalidArtifact(
            f"skl2onnx cannot convert {type(final).__name__} ({short_text(error)}); {_AS_SKOPS}"
        ) from error


def short_text(error: Exception) -> str:
    """An error's text without the dumps of whole models that some exporters put into it."""
    text = " ".join(str(error).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def matrix_columns(model: Model, spec: EndpointSpec) -> tuple[Column, ...] | None:
    """The columns by which a server prepares the features itself; None for a preparation that they cannot say."""
    return _split(model, spec)[1]


def _split(model: Model, spec: EndpointSpec) -> tuple[Model, tuple[Column, ...] | None]:
    """What follows the preparation of the features, and that preparation as columns; None where they cannot say it."""
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    (_, first), *others = getattr(model, "steps", None) or [("", None)]
    if others and isinstance(first, ColumnTransformer):
        columns = _columns_of(first, spec.features)
        following = others[0][1] if len(others) == 1 else Pipeline(others)
        return (model if columns is None else following), columns
    names = input_names(model, spec) or spec.features.names
    if any(spec.features[name].type.is_worded for name in names):
        return model, None
    return model, tuple(Column(name, name, spec.features[name].type) for name in names)


def _columns_of(transformer: Model, features: FeatureSchema) -> tuple[Column, ...] | None:
    """A ColumnTransformer of imputers, ordinal encoders and pass-throughs as columns, in its output order."""
    columns: list[Column] = []
    for _, part, selected in transformer.transformers_:
        if isinstance(part, str) and part == "drop":
            continue
        names = selected_names(transformer, selected, features)
        prepared = None if names is None else _prepared_columns(part, names, features)
        if prepared is None:
            return None
        columns += prepared
    return tuple(columns)


def _prepared_columns(part: Model, names: Sequence[str], features: FeatureSchema) -> list[Column] | None:
    fills, remaining = imputed(steps_in(part), len(names))
    coded = _column_codes(remaining, len(names))
    if fills is None or coded is None:
        return None
    columns = [
        Column(
            name,
            name,
            features[name].type,
            fill=unseen if fill is None else as_declared(fill, features[name]),
            codes=codes,
        )
        for name, fill, (codes, unseen) in zip(names, fills, coded, strict=True)
    ]
    if any(column.codes is not None and column.type is not FeatureType.CATEGORY for column in columns):
        return None  # The server gives numbers there, which a list of texts does not hold.
    uncoded = any(column.type.is_worded and column.codes is None for column in columns)
    return None if uncoded else columns


_ColumnCodes: TypeAlias = tuple[tuple[str, ...] | None, str | None]
"""The categories of a column in the order of their numbers, and what stands for a missing one; None for neither."""


def _column_codes(steps: Sequence[Model], width: int) -> list[_ColumnCodes] | None:
    """What a single OrdinalEncoder, or a pass-through, does with each column; None for anything else."""
    from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

    if all(_is_passthrough(step, FunctionTransformer) for step in steps):
        return [(None, None)] * width
    if len(steps) != 1 or not isinstance(steps[0], OrdinalEncoder):
        return None
    encoder = steps[0]
    unknown_fits = encoder.handle_unknown == "error" or encoder.unknown_value == UNKNOWN_CODE
    missing_fits = is_missing(encoder.encoded_missing_value)
    ungrouped = encoder.max_categories is None and encoder.min_frequency is None
    named = [
        [class_name(value) for value in known.tolist() if not is_missing(value)]
        for known in encoder.categories_
    ]
    distinct = all(len(set(names)) == len(names) for names in named)
    plain = unknown_fits and missing_fits and ungrouped and distinct
    return [_categories(known.tolist()) for known in encoder.categories_] if plain else None


def _categories(known: Iterable[object]) -> _ColumnCodes:
    """An encoder that never saw a missing value numbers one as unknown; one that did gives NaN."""
    listed = list(known)
    codes = tuple(class_name(value) for value in listed if not is_missing(value))
    return codes, (None if len(codes) < len(listed) else UNSEEN)


def _is_passthrough(step: Model, function_transformer: type) -> bool:
    if isinstance(step, str):
        return step == "passthrough"
    return isinstance(step, function_transformer) and step.func is None  # type: ignore[attr-defined]
