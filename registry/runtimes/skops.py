"""scikit-learn models in skops files, for what ONNX cannot hold; only listed types are ever built."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from domain.errors import InvalidArtifact
from domain.extras import cure
from domain.words import Kind
from registry.artifacts import Artifact, Layout
from registry.endpoints import EndpointSpec
from registry.features import Row
from registry.runtimes.answers import AskModel, ModelOutput, decides_itself, gives_labels_only
from registry.runtimes.encoding import RowEncoder
from registry.runtimes.fitted_parts import made_ready
from registry.runtimes.table import TableEncoder
from registry.runtimes.trusted_types import TRUSTED_TYPES

_SCHEMA = "schema.json"
_LOADER = "__loader__"
_WRITER = re.compile(r'"_sklearn_version": {[^{}]*"content": "\\"(?P<version>[0-9A-Za-z.+]+)\\""')
_CALLS = ("ConstructorFromReduceNode", "MethodNode", "OperatorFuncNode")
"""What skops would build by a call with arguments that the file gives; no fitted estimator needs it."""
_BOOSTERS = ("lightgbm", "xgboost")
ONLY_LISTED = (
    "a server builds models of scikit-learn's own classes and numpy's element-wise functions only: use one of theirs "
    "in its place (FunctionTransformer(np.log1p)) and train again"
)


def load(artifact: Artifact, spec: EndpointSpec, encoder: RowEncoder) -> AskModel:
    """The function that asks the model of `artifact`.

    Raises InvalidArtifact when the file holds a type that is not trusted.
    """
    manifest, place = artifact.manifest, str(artifact.folder)
    if manifest.layout is Layout.COLUMNS:
        raise InvalidArtifact(
            f"{place}: a skops model takes a table, texts or a matrix; publish the model again"
        )
    content = artifact.model()
    try:
        model = made_ready(loads(content, place), place)
    except InvalidArtifact as error:
        raise InvalidArtifact(f"{error.message}{_written_by_another(artifact)}") from error
    own_labels, labels_only = decides_itself(manifest), gives_labels_only(manifest)
    method = model.predict if spec.kind is Kind.REGRESSOR or labels_only else model.predict_proba
    one_thread = _one_thread()
    encode = _encoding(manifest.layout, TableEncoder(spec.features, encoder.columns), encoder)

    def ask(rows: Sequence[Row]) -> tuple[ModelOutput, Sequence[object]]:
        if not rows:
            return np.empty((0, len(manifest.classes or "1"))), ()
        given = encode(rows)
        with one_thread():
            labels = np.asarray(model.predict(given)).ravel().tolist() if own_labels or labels_only else ()
            return np.empty((len(rows), 0)) if labels_only else np.asarray(method(given)), labels

    return ask


def _encoding(layout: Layout, table: TableEncoder, encoder: RowEncoder) -> Callable[[Sequence[Row]], object]:
    """What makes of rows what the model takes."""
    if layout is Layout.MATRIX:
        # The model saw 64-bit numbers when it was trained, and 32-bit ones would fall on other sides of thresholds.
        return lambda rows: encoder.matrix(rows, np.float64)
    return table.texts if layout is Layout.TEXTS else table.table


def _written_by_another(artifact: Artifact) -> str:
    """What to do where another version of scikit-learn wrote the file; empty where this one did."""
    import sklearn

    libraries = artifact.manifest.document.get("libraries")
    written = libraries.get("scikit-learn") if isinstance(libraries, dict) else None
    if written in (None, sklearn.__version__):
        return ""
    return (
        f"; scikit-learn {written} wrote it, and this is {sklearn.__version__}: publish the model again here"
    )


def _one_thread() -> Callable[[], AbstractContextManager[Any]]:
    """Holds a call to one thread: a server has many calls at once, and their threads would fight over the cores."""
    from threadpoolctl import ThreadpoolController

    controller = ThreadpoolController()
    return lambda: controller.limit(limits=1)


def loads(content: bytes, place: str) -> Any:  # noqa: ANN401 (any estimator)
    """The estimator in the bytes of a skops file, built from trusted types only.

    Raises InvalidArtifact, which names `place`, for untrusted types, and where skops or a booster is not installed.
    """
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        _check_calls(content, place)
        return skops.io.loads(content, trusted=list(TRUSTED_TYPES))
    except InvalidArtifact:
        raise
    except ModuleNotFoundError as error:
        absent = str(error.name).partition(".")[0]
        remedy = cure(absent) if absent in _BOOSTERS else "install it, or train the model without it"
        raise InvalidArtifact(
            f"{place}: the model needs {absent}, which is not installed: {remedy}"
        ) from None
    except UntrustedTypesFoundException:
        names = sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED_TYPES))
        raise InvalidArtifact(
            f"{place}: skops cannot load the model: it holds {', '.join(names)}, and {ONLY_LISTED}"
        ) from None
    except Exception as error:  # A hostile or broken file fails in many ways inside skops.
        raise InvalidArtifact(f"{place}: skops cannot load the model: {error}") from error


def writer_of(content: bytes) -> str | None:
    """The version of scikit-learn that a skops file says it was written by; None where it does not say."""
    try:
        schema = zipfile.ZipFile(io.BytesIO(content)).read(_SCHEMA).decode()
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        return None
    found = _WRITER.search(schema)
    return None if found is None else found["version"]


def _check_calls(content: bytes, place: str) -> None:
    calls = sorted(set(_calls(json.loads(zipfile.ZipFile(io.BytesIO(content)).read(_SCHEMA)))))
    if calls:
        raise InvalidArtifact(
            f"{place}: the file would call {', '.join(calls)} when it is loaded, which no fitted model needs; train "
            "the model without it"
        )


def _calls(node: object) -> Iterator[str]:
    """What a file would call with arguments of its own, by name."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if found.get(_LOADER) in _CALLS:
                yield f"{found.get('__module__')}.{found.get('__class__')}"
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
