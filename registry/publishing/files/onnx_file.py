"""An ONNX file as a model of its own: it is asked as it is, and its answers are those that are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidArtifact
from domain.extras import cure
from registry.artifacts import Column, Format, Layout
from registry.endpoints import EndpointSpec, class_name
from registry.features import FeatureType
from registry.publishing.export import Fills, ModelExport, classes_of, input_names, short_text
from registry.runtimes.onnx import PROBABILITIES, VALUES

_LABELS = ("tensor(string)", "tensor(int64)")
_CLASS_LISTS = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")
_FLOAT, _TEXT = "tensor(float)", "tensor(string)"
_LABEL = "label"


class OnnxFile:
    """A model that exists as an ONNX file only, with the methods by which a fitted model is asked.

    `classes` are a classifier's in the order of its probabilities, where the file does not list them. Of a file that
    takes one matrix, the columns are the features in the order of the data.
    """

    def __init__(self, content: bytes, place: str, classes: Sequence[object] = ()) -> None:
        self._place = place
        self._proto = _read(content, place)
        zipped = _without_zipmaps(self._proto)
        self._session = _session(self._proto, place)
        self._labels, self._numbers = self._outputs(zipped)
        listed = list(classes) or list(_classes_in(self._proto))
        self.classes_ = np.array(listed if self._labels is not None or classes else [])
        self._inputs = list(self._session.get_inputs())
        self._check_inputs()
        if len(self._inputs) > 1:
            self.feature_names_in_ = np.array([node.name for node in self._inputs], dtype=object)
            self.n_features_in_ = len(self._inputs)
        elif isinstance(self._inputs[0].shape[-1], int):
            self.n_features_in_ = int(self._inputs[0].shape[-1])
        if self.classes_.size:
            self.predict_proba = self._probabilities

    def named(self, columns: Sequence[str]) -> OnnxFile:
        """The same, with the features named as the columns of the data are: exporters rename education-num."""
        if hasattr(self, "feature_names_in_"):
            plain = {_plain(column): column for column in columns}
            self.feature_names_in_ = np.array(
                [
                    name if name in columns else plain.get(_plain(name), name)
                    for name in self.feature_names_in_
                ],
                dtype=object,
            )
        return self

    def predict(self, frame: object) -> NDArray[Any]:
        """The label of each row, or its value."""
        if self._labels is not None:
            return np.asarray(self._run([self._labels], frame)[0]).ravel()
        if self.classes_.size:
            return np.asarray(self.classes_[self._probabilities(frame).argmax(axis=1)])
        return np.asarray(self._run([self._numbers], frame)[0], dtype=np.float64)

    def _probabilities(self, frame: object) -> NDArray[np.float64]:
        shares = np.asarray(self._run([self._numbers], frame)[0], dtype=np.float64)
        if shares.ndim != 2 or shares.shape[1] != len(self.classes_):  # noqa: PLR2004
            raise InvalidArtifact(
                f"{self._place}: its output {self._numbers!r} is of shape {shares.shape}, and it has "
                f"{len(self.classes_)} classes ({', '.join(map(class_name, self.classes_.tolist()))}); export one that "
                "gives a probability for each class, and name all of them in that order (--classes)"
            )
        return shares

    def get_params(self) -> dict[str, object]:
        """It has no parameters."""
        return {}

    def set_params(self, **_: object) -> None:
        """It has no parameters."""

    def exported(self, spec: EndpointSpec, fills: Fills) -> ModelExport:
        """The file as the server runs it: its outputs have the names that a server asks for."""
        names = input_names(self, spec) or spec.features.names
        types = [node.type for node in self._inputs] if len(self._inputs) > 1 else [_FLOAT] * len(names)
        given = [node.name for node in self._inputs] if len(self._inputs) > 1 else list(names)
        columns = tuple(
            Column(
                name,
                feed,
                FeatureType.CATEGORY if kind == _TEXT else spec.features[name].type,
                fill=fills.get(name),
            )
            for name, feed, kind in zip(names, given, types, strict=True)
        )
        layout = Layout.COLUMNS if len(self._inputs) > 1 else Layout.MATRIX
        proto = type(self._proto)()
        proto.CopyFrom(self._proto)
        wanted = {self._numbers: PROBABILITIES if self.classes_.size else VALUES}
        if self._labels is not None:
            wanted[self._labels] = _LABEL
        _rename_outputs(proto, wanted)
        return ModelExport(Format.ONNX, layout, proto.SerializeToString(), columns, classes_of(self, spec))

    def _run(self, outputs: list[str], frame: Any) -> list[Any]:  # noqa: ANN401
        if len(self._inputs) == 1:
            cells = np.asarray(frame, dtype=np.float32)
            return list(self._session.run(outputs, {self._inputs[0].name: cells}))
        texts = {node.name for node in self._inputs if node.type == _TEXT}
        feed = {}
        for place, node in enumerate(self._inputs):
            column = frame.iloc[:, place]
            values = [_text(value) for value in column] if node.name in texts else column
            feed[node.name] = np.array(values, dtype=object if node.name in texts else np.float32).reshape(
                -1, 1
            )
        return list(self._session.run(outputs, feed))

    def _outputs(self, zipped: set[str]) -> tuple[str | None, str]:
        nodes = self._session.get_outputs()
        labels = [node.name for node in nodes if node.type in _LABELS]
        numbers = [node.name for node in nodes if node.type == _FLOAT]
        chosen = [name for name in numbers if name in zipped or name in (PROBABILITIES, VALUES)] or numbers
        if len(labels) > 1 or len(chosen) != 1:
            told = ", ".join(f"{node.name} {node.type}" for node in nodes)
            raise InvalidArtifact(
                f"{self._place}: its outputs are {told}, and a served model has one of 32-bit numbers (shares or "
                "values) and at most one of labels; export it so (skl2onnx.to_onnx with options={'zipmap': False})"
            )
        return (labels[0] if labels else None), chosen[0]

    def _check_inputs(self) -> None:
        single = len(self._inputs) == 1
        wrong = [n for n in self._inputs if n.type not in ((_FLOAT,) if single else (_FLOAT, _TEXT))]
        if wrong:
            told = ", ".join(f"{node.name} {node.type}" for node in wrong)
            raise InvalidArtifact(
                f"{self._place}: its inputs {told} are none that a server fills; export it with one input of 32-bit "
                "numbers for all features (FloatTensorType([None, n])), or an input of 32-bit numbers or texts for each"
            )


def _read(content: bytes, place: str) -> Any:  # noqa: ANN401 (onnx has no type stubs)
    try:
        import onnx
    except ModuleNotFoundError:
        raise InvalidArtifact(
            f"{place}: publishing ONNX files needs onnx, which is not installed: {cure('training')}"
        ) from None
    try:
        proto = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises classes of its own for what is no such file.
        raise InvalidArtifact(
            f"{place} is no ONNX file: {short_text(error)}; export the model again"
        ) from error
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in proto.graph.initializer):
        raise InvalidArtifact(
            f"{place} keeps its weights in other files; save it as one (onnx.save(model, path, save_as_external_data="
            "False))"
        )
    return proto


def _session(proto: Any, place: str) -> Any:  # noqa: ANN401 (onnxruntime has no type stubs)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises classes of its own that share no base but Exception.
        raise InvalidArtifact(
            f"{place}: onnxruntime cannot load the model: {short_text(error)}; export it for an opset that "
            f"onnxruntime {onnxruntime.__version__} knows"
        ) from error


def _without_zipmaps(proto: Any) -> set[str]:  # noqa: ANN401 (onnx has no type stubs)
    """Take out the steps that put probabilities into dictionaries; the names of the outputs that are matrices now."""
    from onnx import TensorProto, helper

    found = {node.output[0]: node.input[0] for node in proto.graph.node if node.op_type == "ZipMap"}
    kept = [node for node in proto.graph.node if node.op_type != "ZipMap"]
    del proto.graph.node[:]
    proto.graph.node.extend(kept)
    for place, output in enumerate(proto.graph.output):
        if output.name in found:
            matrix = helper.make_tensor_value_info(found[output.name], TensorProto.FLOAT, [None, None])
            proto.graph.output[place].CopyFrom(matrix)
    return set(found.values())


def _classes_in(proto: Any) -> Iterator[object]:  # noqa: ANN401 (onnx has no type stubs)
    """The classes that the last step that knows any lists."""
    for node in reversed(proto.graph.node):
        for attribute in node.attribute:
            if attribute.name in _CLASS_LISTS and (attribute.strings or attribute.ints):
                yield from [text.decode() for text in attribute.strings] or list(attribute.ints)
                return


def _rename_outputs(proto: Any, wanted: dict[str, str]) -> None:  # noqa: ANN401 (onnx has no type stubs)
    """Call outputs of the graph by other names, in every step that makes or takes them."""
    for node in proto.graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                # A name that is wanted and taken by something else must get out of its way.
                names[place] = wanted.get(name, f"{name}_" if name in wanted.values() else name)
    for output in proto.graph.output:
        output.name = wanted.get(
            output.name, f"{output.name}_" if output.name in wanted.values() else output.name
        )


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", name.lower())


def _text(value: object) -> str:
    return str(int(value) if isinstance(value, bool) else value)
