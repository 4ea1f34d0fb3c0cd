"""Whether what a far side says of its model fits the features of an endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain.words import JSONValue
from registry.endpoints import EndpointSpec
from registry.features import Feature, FeatureType
from registry.remote.declaration import RemoteModel
from registry.remote.tensors import BOOL, BYTES, FLOATS, WHOLE, usual_datatype


def datatypes_in(metadata: Mapping[str, JSONValue], spec: EndpointSpec) -> dict[str, str]:
    """The datatype of each feature as the far side declares it; the usual one where it says nothing of its inputs."""
    declared = {name: str(one.get("datatype")) for name, one in _tensors(metadata, "inputs").items()}
    return {one.name: declared.get(one.name, usual_datatype(one)) for one in spec.features.features}


def misfit(metadata: Mapping[str, JSONValue], remote: RemoteModel, spec: EndpointSpec) -> str | None:
    """Why metadata do not fit, in a phrase; None where they do."""
    return next(_misfits(metadata, remote, spec), None)


def _misfits(metadata: Mapping[str, JSONValue], remote: RemoteModel, spec: EndpointSpec) -> Iterator[str]:
    name = metadata.get("name")
    if name not in (None, remote.model):
        yield f"its metadata are those of the model {str(name)[:128]!r}, not of {remote.model!r}"
    inputs, outputs = _tensors(metadata, "inputs"), _tensors(metadata, "outputs")
    for feature in spec.features.features:
        if inputs and feature.name not in inputs:
            yield f"its model has no input {feature.name!r}; it has {', '.join(inputs)}"
    for name, tensor in inputs.items():
        if name not in spec.features.names:
            yield f"its model wants an input {name!r}, which is no feature of {spec.name}"
        elif tensor.get("datatype") != remote.datatypes.get(name):
            yield f"its input {name!r} is {tensor.get('datatype')}, and was {remote.datatypes.get(name)}"
    for feature in spec.features.features:
        problem = _unfit(feature, remote.datatypes.get(feature.name, ""))
        if problem is not None:
            yield problem
    for ours, theirs in remote.outputs.items():
        if outputs and theirs not in outputs:
            yield f"its model has no output {theirs!r} for the {ours}; it has {', '.join(outputs)}"


def _unfit(feature: Feature, datatype: str) -> str | None:
    """Why values of a feature cannot go as this datatype."""
    if feature.type.is_worded:
        fits = datatype == BYTES
    elif feature.type is FeatureType.NUMBER:
        fits = datatype in FLOATS
    elif feature.type is FeatureType.INTEGER:
        fits = datatype in FLOATS | WHOLE
    else:
        fits = datatype in FLOATS | WHOLE | {BOOL}
    if not fits:
        return f"its input {feature.name!r} is {datatype}, which no feature of type {feature.type} can be"
    if feature.nullable and datatype in WHOLE | {BOOL}:
        return f"its input {feature.name!r} is {datatype}, which cannot hold the missing value that the feature may be"
    return None


def _tensors(metadata: Mapping[str, JSONValue], field: str) -> dict[str, Mapping[str, JSONValue]]:
    listed = metadata.get(field)
    if not isinstance(listed, list):
        return {}
    return {str(one.get("name")): one for one in listed if isinstance(one, dict)}
