"""scikit-learn models in skops files, for what ONNX cannot hold; only listed types are ever built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from domain.errors import InvalidArtifact
from domain.types import Answer, Kind
from registry.artifacts import Artifact, Layout
from registry.endpoints import EndpointSpec
from registry.features import Row
from registry.runtimes.answers import Runtime, answering
from registry.runtimes.encoding import RowEncoder

TRUSTED_TYPES = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
"""Types beyond those that skops itself trusts. A person extends this list, never the file that is loaded."""


def load(artifact: Artifact, spec: EndpointSpec) -> Runtime:
    """The function that runs `artifact`; raises InvalidArtifact when the file holds a type that is not trusted."""
    if artifact.manifest.layout is not Layout.MATRIX:
        raise InvalidArtifact(f"{artifact.folder}: a skops model takes a matrix; publish the model again")
    model = loads(artifact.model(), str(artifact.folder))
    encoder = RowEncoder(spec.features, artifact.manifest.columns)
    answers_of = answering(artifact.manifest, spec)
    method = model.predict if spec.kind is Kind.REGRESSOR else model.predict_proba

    def run(rows: Sequence[Row]) -> list[Answer]:
        return answers_of(np.asarray(method(encoder.matrix(rows))))

    return run


def loads(content: bytes, place: str) -> Any:  # noqa: ANN401 (any estimator)
    """The estimator in the bytes of a skops file, built from trusted types only.

    Raises InvalidArtifact, which names `place`, for untrusted types, and where skops is not installed.
    """
    try:
        import skops.io
    except ImportError:
        raise InvalidArtifact(
            f"{place}: a skops file needs skops; pip install 'arbiter-server[training]'"
        ) from None
    try:
        return skops.io.loads(content, trusted=list(TRUSTED_TYPES))
    except Exception as error:  # A hostile or broken file fails in many ways inside skops.
        raise InvalidArtifact(f"{place}: skops cannot load the model: {error}") from error
