"""Endpoints as models: what their clients must send, what they get back, and which versions there are.

A model is an endpoint, so that tests between algorithms and changes of the one in production go on behind its name.
Its versions are the algorithms that can answer; a call for one of them is served outside any test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.catalog.entries import Algorithm
from domain.requests.request import AlgorithmConditions, Prediction
from domain.words import JSONValue, Kind
from registry.endpoints import EndpointSpec
from registry.features import Feature, FeatureType
from rest.inference.request import Inference
from rest.inference.tensors import BOOL, BYTES, OutputTensor, Tensor, TensorProblem, Value
from serving.catalog.catalog import Snapshot

NUMERIC = frozenset({FeatureType.NUMBER, FeatureType.INTEGER, FeatureType.BOOLEAN})
LABEL, PROBABILITIES, VALUE, REQUEST_ID = "label", "probabilities", "value", "request_id"


def version_of(algorithm: Algorithm) -> str:
    """What a version is called in URLs and answers.

    The name of the algorithm with underscores for spaces, and its version, as its folder of artifacts is called.
    """
    return f"{algorithm.name.replace(' ', '_')}-{algorithm.version}"


def ready_versions(snapshot: Snapshot, endpoint_id: int) -> dict[str, Algorithm]:
    """The algorithms of an endpoint that can be asked by name, by what their version is called."""
    ready = [
        one
        for one in snapshot.algorithms_of(endpoint_id)
        if one.id in snapshot.executors and one.status is not None
    ]
    return {version_of(one): one for one in ready}


def conditions_of(algorithm: Algorithm | None) -> AlgorithmConditions:
    """How a call for this version chooses; without one the endpoint chooses."""
    if algorithm is None:
        return AlgorithmConditions()
    return AlgorithmConditions(version=algorithm.version, algorithm=algorithm.name)


def metadata(spec: EndpointSpec, versions: Sequence[str]) -> dict[str, object]:
    """What the protocol tells of a model: its inputs, one for each feature, and its outputs."""
    return {
        "name": spec.name,
        "versions": list(versions),
        "platform": "arbiter",
        "inputs": [
            {"name": feature.name, "datatype": datatype_of(feature), "shape": [-1, 1]}
            for feature in spec.features.features
        ],
        "outputs": [
            {"name": name, "datatype": datatype, "shape": [-1, width]}
            for name, datatype, width in outputs_of(spec)
        ],
    }


def outputs_of(spec: EndpointSpec) -> list[tuple[str, str, int]]:
    """Name, datatype and width of each output."""
    if spec.kind is Kind.REGRESSOR:
        return [(VALUE, "FP64", 1), (REQUEST_ID, "INT64", 1)]
    return [(LABEL, BYTES, 1), (PROBABILITIES, "FP64", len(spec.classes or ())), (REQUEST_ID, "INT64", 1)]


def datatype_of(feature: Feature) -> str:
    """The datatype of a feature: one that can hold a missing value where the feature may miss."""
    if feature.type not in NUMERIC:
        return BYTES
    if feature.type is FeatureType.BOOLEAN:
        return "FP64" if feature.nullable else BOOL
    if feature.type is FeatureType.INTEGER and not feature.nullable:
        return "INT64"
    return "FP64"


def rows_of(inference: Inference, spec: EndpointSpec) -> list[dict[str, JSONValue]]:
    """The rows that the columns make. Raises TensorProblem for a column that is missing, unknown or of texts where
    numbers are wanted.
    """
    names = spec.features.names
    unknown = sorted(inference.columns.keys() - set(names))
    if unknown:
        raise TensorProblem(f"there is no input {unknown[0]!r}; the model's are {', '.join(names)}")
    read = []
    for feature in spec.features.features:
        column = inference.columns.get(feature.name)
        if column is None:
            if feature.required:
                raise TensorProblem(f"input {feature.name!r} is missing")
            continue
        read.append((feature.name, _values(column, feature)))
    return [{name: values[place] for name, values in read} for place in range(inference.rows)]


def _values(column: Tensor, feature: Feature) -> Sequence[Value]:
    """The values of a column as the feature takes them: whole numbers and truth values may come as floats."""
    texts = feature.type not in NUMERIC
    if texts is not (column.datatype == BYTES):
        wanted = BYTES if texts else f"{datatype_of(feature)} or another number"
        raise TensorProblem(f"input {column.name!r}: datatype must be {wanted}, not {column.datatype}")
    if texts or not column.datatype.startswith("FP") or feature.type is FeatureType.NUMBER:
        return column.values
    return [
        int(value) if isinstance(value, float) and value.is_integer() else value for value in column.values
    ]


def tensors_of(
    predictions: Sequence[Prediction], spec: EndpointSpec, inference: Inference
) -> list[tuple[OutputTensor, bool]]:
    """The tensors that were asked for, in that order, each with whether it goes in binary. Raises TensorProblem."""
    wanted = asked_outputs(spec, inference)
    made: Mapping[str, Sequence[Value]] = {
        LABEL: [one.request.label for one in predictions],
        VALUE: [one.request.value for one in predictions],
        REQUEST_ID: [one.request.id for one in predictions],
        PROBABILITIES: [
            (one.probabilities or {}).get(name) for one in predictions for name in spec.classes or ()
        ]
        if any(name == PROBABILITIES for name, *_ in wanted)
        else [],
    }
    return [
        (OutputTensor(name, datatype, (len(predictions), width), made[name]), in_binary)
        for name, datatype, width, in_binary in wanted
    ]


def asked_outputs(spec: EndpointSpec, inference: Inference) -> list[tuple[str, str, int, bool]]:
    """Name, datatype, width and form of each output that was asked for. Raises TensorProblem for an unknown one."""
    known = {name: (datatype, width) for name, datatype, width in outputs_of(spec)}
    asked = inference.outputs
    if asked is None:
        asked = [(name, inference.all_in_binary) for name in known]
    for name, _ in asked:
        if name not in known:
            raise TensorProblem(f"there is no output {name!r}; the model's are {', '.join(known)}")
    return [(name, *known[name], in_binary) for name, in_binary in asked]
