"""scikit-learn models in skops files, for what ONNX cannot hold; only listed types are ever built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from domain.errors import InvalidArtifact
from domain.extras import cure
from domain.words import Kind
from registry.artifacts import Artifact, Layout
from registry.endpoints import EndpointSpec
from registry.features import Row
from registry.runtimes.answers import AskModel, ModelOutput, decides_itself
from registry.runtimes.encoding import RowEncoder

TRUSTED_TYPES = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
"""Types beyond those that skops itself trusts. A person extends this list, never the file that is loaded."""


def load(artifact: Artifact, spec: EndpointSpec, encoder: RowEncoder) -> AskModel:
    """The function that asks the model of `artifact`.

    Raises InvalidArtifact when the file holds a type that is not trusted.
    """
    if artifact.manifest.layout is not Layout.MATRIX:
        raise InvalidArtifact(f"{artifact.folder}: a skops model takes a matrix; publish the model again")
    model = loads(artifact.model(), str(artifact.folder))
    own_labels = decides_itself(artifact.manifest)
    method = model.predict if spec.kind is Kind.REGRESSOR else model.predict_proba
    one_thread = _one_thread(model)

    def ask(rows: Sequence[Row]) -> tuple[ModelOutput, Sequence[object]]:
        # The model saw 64-bit numbers when it was trained, and 32-bit ones would fall on other sides of thresholds.
        matrix = encoder.matrix(rows, np.float64)
        with one_thread():
            labels = np.asarray(model.predict(matrix)).tolist() if own_labels else ()
            return np.asarray(method(matrix)), labels

    return ask


def _one_thread(model: Any) -> Callable[[], AbstractContextManager[Any]]:  # noqa: ANN401
    """Holds a call to one thread: a server has many calls at once, and their threads would fight over the cores."""
    from threadpoolctl import ThreadpoolController

    model.set_params(**{name: 1 for name in model.get_params() if name.split("__")[-1] == "n_jobs"})
    controller = ThreadpoolController()
    return lambda: controller.limit(limits=1)


def loads(content: bytes, place: str) -> Any:  # noqa: ANN401 (any estimator)
    """The estimator in the bytes of a skops file, built from trusted types only.

    Raises InvalidArtifact, which names `place`, for untrusted types, and where skops is not installed.
    """
    try:
        import skops.io
    except ImportError:
        raise InvalidArtifact(
            f"{place}: a skops file needs skops, which is not installed: {cure('training')}"
        ) from None
    try:
        return skops.io.loads(content, trusted=list(TRUSTED_TYPES))
    except Exception as error:  # A hostile or broken file fails in many ways inside skops.
        raise InvalidArtifact(f"{place}: skops cannot load the model: {error}") from error
