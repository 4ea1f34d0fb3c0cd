"""Rows as tensors, and tensors as answers: bodies of calls for inference, as the servers of the protocol speak it.

Servers differ: data is flat or nested, a label a text or a number, a missing number null or NaN, an error `error` or
`detail` or plain text, at times with the status 200.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

import orjson

from domain.requests.request import Answer
from domain.words import JSONValue, Kind
from registry.endpoints import EndpointSpec, class_name
from registry.features import Feature, FeatureType, Row
from registry.remote.declaration import RemoteModel

BYTES, BOOL = "BYTES", "BOOL"
FLOATS = frozenset({"FP16", "FP32", "FP64"})
WHOLE = frozenset({"INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"})
DEEPEST = 4
_SHOWN = 200


class WrongAnswer(Exception):
    """An answer that is none to what was asked, in a phrase that says why."""


def usual_datatype(feature: Feature) -> str:
    """The datatype of a feature about which the far side says nothing: one that can hold a missing value."""
    if feature.type.is_worded:
        return BYTES
    if feature.nullable or feature.type is FeatureType.NUMBER:
        return "FP64"
    return BOOL if feature.type is FeatureType.BOOLEAN else "INT64"


def body_of(remote: RemoteModel, spec: EndpointSpec, rows: Sequence[Row], id_: str) -> bytes:
    """The body that asks for `rows`: each feature a tensor of shape [n, 1], the outputs by name."""
    count = len(rows)
    inputs = []
    for place, feature in enumerate(spec.features.features):
        datatype = remote.datatypes[feature.name]
        values = [row[place] for row in rows]
        if feature.type is FeatureType.BOOLEAN and datatype != BOOL:
            number = float if datatype in FLOATS else int
            values = [None if value is None else number(value) for value in values]
        inputs.append({"name": feature.name, "shape": [count, 1], "datatype": datatype, "data": values})
    body: dict[str, object] = {
        "id": id_,
        "inputs": inputs,
        "outputs": [{"name": name} for name in remote.outputs.values()],
    }
    if remote.parameters:
        body["parameters"] = dict(remote.parameters)
    return orjson.dumps(body)


def error_in(body: bytes) -> str | None:
    """What an answer says went wrong: `error`, else `detail`, else its text; None for JSON that has neither."""
    document = read_json(body)
    if isinstance(document, dict):
        said = document.get("error") or document.get("detail")
        return None if said is None else _shown(said if isinstance(said, str) else json.dumps(said))
    return _shown(body.decode("utf-8", "replace"))


def answers_of(
    body: bytes, remote: RemoteModel, spec: EndpointSpec, classes: Sequence[str], *, count: int, id_: str
) -> list[Answer]:
    """The answers to `count` rows, as the far side gave them. Raises WrongAnswer.

    `classes` are those of the probabilities, in their order there.
    """
    document = read_json(body)
    if not isinstance(document, dict):
        raise WrongAnswer("its answer is no JSON object")
    if document.get("error") is not None:
        raise WrongAnswer("it answered an error with the status of a success")
    for name, wanted in (("model_name", remote.model), ("model_version", remote.version), ("id", id_)):
        found = document.get(name)
        if wanted is not None and found not in (None, "", wanted):
            what = "another call" if name == "id" else f"{name} {_shown(str(found))!r}"
            raise WrongAnswer(f"it answered for {what}, not for {_shown(wanted)!r}")
    outputs = document.get("outputs")
    if not isinstance(outputs, list):
        raise WrongAnswer("its answer has no list of outputs")
    tensors: dict[str, Mapping[str, JSONValue]] = {
        str(one.get("name")): one for one in outputs if isinstance(one, dict)
    }
    read = {ours: _values(tensors, theirs, count) for ours, theirs in remote.outputs.items()}
    if spec.kind is Kind.REGRESSOR:
        return [
            Answer(value=_number(value)) for value in _single(read["value"], remote.outputs["value"], count)
        ]
    return _labelled(read, remote, spec, classes, count)


def _labelled(
    read: Mapping[str, list[JSONValue]],
    remote: RemoteModel,
    spec: EndpointSpec,
    classes: Sequence[str],
    count: int,
) -> list[Answer]:
    labels: list[str | None] = [None] * count
    if "label" in read:
        given = _single(read["label"], remote.outputs["label"], count)
        labels = [None if value is None else class_name(value) for value in given]
    if "probabilities" not in read:
        return [Answer(label=label) for label in labels]
    numbers, width = [_number(value) for value in read["probabilities"]], len(classes)
    if len(numbers) != count * width:
        name = remote.outputs["probabilities"]
        raise WrongAnswer(
            f"its output {name!r} has {len(numbers)} values for {count} rows of {width} classes"
        )
    answers = []
    for place in range(count):
        shares = numbers[place * width : (place + 1) * width]
        label = labels[place] if "label" in read else _largest(shares, classes)
        answers.append(_classified(label, shares, spec, classes))
    return answers


def _classified(
    label: str | None, shares: Sequence[float | None], spec: EndpointSpec, classes: Sequence[str]
) -> Answer:
    """A label with its probabilities; without those where the far side gives none for this row."""
    if label is None or None in shares:
        return Answer(label=label)
    by_class = {name: share for name, share in zip(classes, shares, strict=True) if share is not None}
    return Answer(label=label, probability=by_class.get(spec.positive_class or label), probabilities=by_class)


def _largest(shares: Sequence[float | None], classes: Sequence[str]) -> str | None:
    """The class of the largest probability, the first of equal ones."""
    known = [-1.0 if share is None else share for share in shares]
    return None if None in shares else classes[known.index(max(known))]


def _values(tensors: Mapping[str, Mapping[str, JSONValue]], name: str, count: int) -> list[JSONValue]:
    """The values of an output, row by row in one list; their number is that of its shape, whose first is the rows."""
    tensor = tensors.get(name)
    if tensor is None:
        raise WrongAnswer(f"its answer has no output {name!r}")
    shape, data = tensor.get("shape"), tensor.get("data")
    if not isinstance(shape, list) or not all(type(one) is int and one >= 0 for one in shape) or not shape:
        raise WrongAnswer(f"its output {name!r} has no shape")
    if not isinstance(data, list):
        raise WrongAnswer(f"its output {name!r} has no list of data")
    for _ in range(DEEPEST):
        if not any(isinstance(one, list) for one in data):
            break
        data = [value for one in data for value in (one if isinstance(one, list) else [one])]
    if shape[0] != count:
        raise WrongAnswer(f"its output {name!r} has {shape[0]} rows, and {count} were sent")
    if len(data) != math.prod(shape):  # type: ignore[arg-type]
        raise WrongAnswer(f"its output {name!r} has {len(data)} values, and its shape says {shape}")
    return data


def _single(values: list[JSONValue], name: str, count: int) -> list[JSONValue]:
    if len(values) != count:
        raise WrongAnswer(f"its output {name!r} has {len(values)} values for {count} rows")
    return values


def _number(value: JSONValue) -> float | None:
    """A number; None for null, for NaN and for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def read_json(body: bytes) -> JSONValue:
    """The JSON of a body, in which numbers may be a bare NaN; None for what is none."""
    try:
        return orjson.loads(body)  # type: ignore[no-any-return]
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return None


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
