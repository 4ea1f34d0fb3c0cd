"""ONNX models in onnxruntime: one thread per call, so that a server's calls do not fight over the cores."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from domain.errors import InvalidArtifact
from domain.words import Kind
from registry.artifacts import Artifact, Layout
from registry.endpoints import EndpointSpec
from registry.features import Row
from registry.runtimes.answers import AskModel, ModelOutput, decides_itself
from registry.runtimes.encoding import RowEncoder

PROBABILITIES = "probabilities"
VALUES = "variable"
_LABEL_TYPES = ("tensor(string)", "tensor(int64)")
LARGE = 1 << 20
"""Bytes of a model from which its memory matters more than the tenth of a second that it takes to compact it."""


def load(artifact: Artifact, spec: EndpointSpec, encoder: RowEncoder) -> AskModel:
    """The function that asks the model of `artifact`; raises InvalidArtifact when onnxruntime refuses the model."""
    session = _session(artifact)
    manifest = artifact.manifest
    outputs = [VALUES if spec.kind is Kind.REGRESSOR else PROBABILITIES]
    _check_interface(artifact, session, outputs[0], [column.input for column in manifest.columns])
    if decides_itself(manifest):
        outputs.append(_label_output(artifact, session))
    single = session.get_inputs()[0].name
    as_matrix = manifest.layout is Layout.MATRIX

    def ask(rows: Sequence[Row]) -> tuple[ModelOutput, Sequence[object]]:
        feed = {single: encoder.matrix(rows)} if as_matrix else encoder.inputs(rows)
        numbers, *labels = session.run(outputs, feed)
        return np.asarray(numbers), np.asarray(labels).ravel().tolist() if labels else ()

    return ask


def _session(artifact: Artifact) -> Any:  # noqa: ANN401 (onnxruntime has no type stubs)
    content = artifact.model()
    try:
        if len(content) >= LARGE:
            content = _compact(content)
        session = _made(content, _options())
    except Exception as error:  # onnxruntime raises classes of its own that share no base but Exception.
        raise InvalidArtifact(f"{artifact.folder}: onnxruntime cannot load the model: {error}") from error
    # It keeps what it was made of, for a change of providers that never comes here.
    session._model_bytes = None
    return session


def _compact(content: bytes) -> bytes:
    """The same model in onnxruntime's own format; as it is where no file can be written for a moment.

    Of a model that is read from ONNX each number stays in memory several times: two forests of 7 MB took 76 MB,
    in this format 22.
    """
    options = _options()
    options.add_session_config_entry("session.save_model_format", "ORT")
    try:
        with tempfile.TemporaryDirectory(prefix="arbiter-model-") as folder:
            options.optimized_model_filepath = str(Path(folder, "model.ort"))
            _made(content, options)
            return Path(options.optimized_model_filepath).read_bytes()
    except OSError:
        return content


def _made(content: bytes, options: Any) -> Any:  # noqa: ANN401
    import onnxruntime

    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _options() -> Any:  # noqa: ANN401
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options


def _label_output(artifact: Artifact, session: Any) -> str:  # noqa: ANN401
    for node in session.get_outputs():
        if node.name != PROBABILITIES and node.type in _LABEL_TYPES:
            return str(node.name)
    raise InvalidArtifact(f"{artifact.folder}: the model has no output of labels")


def _check_interface(artifact: Artifact, session: Any, output: str, inputs: list[str]) -> None:  # noqa: ANN401
    outputs = [node.name for node in session.get_outputs()]
    if output not in outputs:
        raise InvalidArtifact(
            f"{artifact.folder}: the model has no output {output!r}, only {', '.join(outputs)}"
        )
    known = [node.name for node in session.get_inputs()]
    expected = (
        len(known) == 1 if artifact.manifest.layout is Layout.MATRIX else sorted(known) == sorted(inputs)
    )
    if not expected:
        raise InvalidArtifact(
            f"{artifact.folder}: the model's inputs ({', '.join(known)}) are not the manifest's"
        )
