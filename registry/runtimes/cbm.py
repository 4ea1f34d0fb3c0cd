"""CatBoost models with categorical features, which no other format can hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domain.errors import InvalidArtifact
from domain.types import Answer, Kind
from registry.artifacts import Artifact
from registry.endpoints import EndpointSpec
from registry.features import Row
from registry.runtimes.answers import Runtime, answering, decides_itself
from registry.runtimes.encoding import RowEncoder


def load(artifact: Artifact, spec: EndpointSpec) -> Runtime:
    """The function that runs `artifact`; raises InvalidArtifact when CatBoost refuses the model."""
    import catboost

    content = artifact.model()
    model = catboost.CatBoost()
    try:
        model.load_model(blob=content)
    except (catboost.CatBoostError, ValueError) as error:
        raise InvalidArtifact(f"{artifact.folder}: CatBoost cannot load the model: {error}") from error
    if len(model.feature_names_) != len(artifact.manifest.columns):
        raise InvalidArtifact(
            f"{artifact.folder}: the model takes {len(model.feature_names_)} features, not those listed"
        )
    encoder = RowEncoder(spec.features, artifact.manifest.columns)
    answers_of = answering(artifact.manifest, spec)
    own_labels = decides_itself(artifact.manifest)
    output = "RawFormulaVal" if spec.kind is Kind.REGRESSOR else "Probability"

    def run(rows: Sequence[Row]) -> list[Answer]:
        cells = encoder.cells(rows)
        numbers = np.asarray(model.predict(cells, prediction_type=output, thread_count=1))
        if not own_labels:
            return answers_of(numbers)
        labels = model.predict(cells, prediction_type="Class", thread_count=1)
        return answers_of(numbers, np.asarray(labels).ravel().tolist())

    return run
