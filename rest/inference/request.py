"""What a call for inference asks: its columns as rows, and which tensors it wants back in which form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from domain.words import JSONValue
from rest.inference.tensors import Tensor, TensorProblem, read_tensor

MAX_ID = 1024


@dataclass(frozen=True, slots=True)
class Inference:
    """A call: `id` and `subject` where they came, the columns by name, and the wanted outputs in their order.

    `outputs` None means all of them; each is named with whether it shall come in binary.
    """

    id: str | None
    subject: str | None
    columns: Mapping[str, Tensor]
    outputs: Sequence[tuple[str, bool]] | None
    all_in_binary: bool

    @property
    def rows(self) -> int:
        """How many rows each column has."""
        return len(next(iter(self.columns.values())).values)


def read_inference(body: bytes, json_length: int | None) -> Inference:
    """The call that a body makes, its first `json_length` bytes JSON and the rest tensors (None: all JSON).

    Raises TensorProblem for whatever is wrong before it is known which columns there must be.
    """
    document = _document(body if json_length is None else body[:json_length])
    given = document.get("id")
    if given is not None and (not isinstance(given, str) or len(given) > MAX_ID):
        raise TensorProblem(f"`id` must be a text of at most {MAX_ID} characters")
    parameters = _object(document.get("parameters"), "`parameters`")
    subject = parameters.get("subject")
    if subject is not None and not isinstance(subject, str):
        raise TensorProblem("the parameter `subject` must be a text")
    columns = _columns(document.get("inputs"), b"" if json_length is None else body[json_length:])
    all_in_binary = parameters.get("binary_data_output") is True
    return Inference(given, subject, columns, _outputs(document.get("outputs"), all_in_binary), all_in_binary)


def _document(text: bytes) -> Mapping[str, JSONValue]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise TensorProblem(
            f"the body is no JSON: {error}; a missing value is null, and data in binary needs the header "
            "Inference-Header-Content-Length"
        ) from None
    if not isinstance(document, dict):
        raise TensorProblem("the body must be a JSON object with `inputs`")
    return document


def _object(value: JSONValue, what: str) -> Mapping[str, JSONValue]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TensorProblem(f"{what} must be an object")
    return value


def _columns(inputs: JSONValue, behind: bytes) -> Mapping[str, Tensor]:
    if not isinstance(inputs, list) or not inputs:
        raise TensorProblem("`inputs` must be a list with one tensor for each feature")
    columns: dict[str, Tensor] = {}
    at = 0
    for place, entry in enumerate(inputs):
        one = _object(entry, f"inputs[{place}]")
        name = one.get("name")
        if not isinstance(name, str):
            raise TensorProblem(f"inputs[{place}]: `name` must be a text")
        if name in columns:
            raise TensorProblem(f"input {name!r} is there twice")
        size = _object(one.get("parameters"), f"`parameters` of input {name!r}").get("binary_data_size")
        binary = None
        if size is not None:
            if type(size) is not int or not 0 <= size <= len(behind) - at:
                raise TensorProblem(f"input {name!r}: binary_data_size is more than stands behind the JSON")
            binary, at = behind[at : at + size], at + size
        columns[name] = read_tensor(one, name, binary)
    if at != len(behind):
        raise TensorProblem(f"{len(behind) - at} bytes stand behind the JSON that no input names")
    first = next(iter(columns.values()))
    for tensor in columns.values():
        if len(tensor.values) != len(first.values):
            raise TensorProblem(
                f"input {tensor.name!r} has {len(tensor.values)} rows, and {first.name!r} has {len(first.values)}"
            )
    return columns


def _outputs(asked: JSONValue, in_binary: bool) -> list[tuple[str, bool]] | None:
    if asked is None or asked == []:
        return None
    if not isinstance(asked, list):
        raise TensorProblem("`outputs` must be a list of objects with a `name`")
    found: list[tuple[str, bool]] = []
    for place, entry in enumerate(asked):
        one = _object(entry, f"outputs[{place}]")
        name = one.get("name")
        if not isinstance(name, str):
            raise TensorProblem(f"outputs[{place}]: `name` must be a text")
        own = _object(one.get("parameters"), f"`parameters` of output {name!r}").get("binary_data")
        found.append((name, in_binary if own is None else own is True))
    return found
