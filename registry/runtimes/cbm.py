"""CatBoost models with categorical features, which no other format can hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from domain.errors import InvalidArtifact
from domain.words import Kind
from registry.artifacts import Artifact
from registry.decision_rules import LARGEST
from registry.endpoints import EndpointSpec
from registry.features import Row
from registry.runtimes.answers import AskModel, ModelOutput, decides_itself
from registry.runtimes.encoding import RowEncoder

_EXPONENTS = ("Poisson", "Tweedie")
_THRESHOLD = "binclass_probability_threshold"
"""The entry of a .cbm file's metadata that `set_probability_threshold` writes."""


def loads(content: bytes, place: str) -> Any:  # noqa: ANN401 (catboost has no type stubs)
    """The model in the bytes of a .cbm file; raises InvalidArtifact, which names `place`, when CatBoost refuses it."""
    import catboost

    try:
        return catboost.CatBoost().load_model(blob=content)
    except (catboost.CatBoostError, ValueError) as error:
        raise InvalidArtifact(f"{place}: CatBoost cannot load the model: {error}") from error


def loss_of(model: Any) -> str:  # noqa: ANN401 (catboost has no type stubs)
    """The name of the loss that a CatBoost model was trained with, as its file keeps it; empty where it keeps none."""
    loss = orjson.loads(_metadata(model).get("params", "{}")).get("loss_function") or {}
    return str(loss.get("type", "")) if isinstance(loss, dict) else str(loss)


def threshold_of(model: Any) -> float:  # noqa: ANN401 (catboost has no type stubs)
    """The probability above which a CatBoost model answers the second of two classes."""
    return float(_metadata(model).get(_THRESHOLD, LARGEST.threshold))


def _metadata(model: Any) -> dict[str, str]:  # noqa: ANN401 (catboost has no type stubs)
    return dict(model.get_metadata().items())


def value_type(model: Any) -> str:  # noqa: ANN401 (catboost has no type stubs)
    """What a regressor's own `predict` gives: CatBoost computes the logarithm of a Poisson or Tweedie model's value."""
    return "Exponent" if loss_of(model) in _EXPONENTS else "RawFormulaVal"


def load(artifact: Artifact, spec: EndpointSpec, encoder: RowEncoder) -> AskModel:
    """The function that asks the model of `artifact`; raises InvalidArtifact when CatBoost refuses the model."""
    model = loads(artifact.model(), str(artifact.folder))
    if len(model.feature_names_) != len(artifact.manifest.columns):
        raise InvalidArtifact(
            f"{artifact.folder}: the model takes {len(model.feature_names_)} features, not those listed"
        )
    own_labels = decides_itself(artifact.manifest)
    output = value_type(model) if spec.kind is Kind.REGRESSOR else "Probability"

    def ask(rows: Sequence[Row]) -> tuple[ModelOutput, Sequence[object]]:
        cells = encoder.cells(rows)
        numbers = np.asarray(model.predict(cells, prediction_type=output, thread_count=1))
        labels = model.predict(cells, prediction_type="Class", thread_count=1) if own_labels else None
        return numbers, () if labels is None else np.asarray(labels).ravel().tolist()

    return ask
