"""Tensors as they are spoken: in JSON, flat or nested, and in binary behind the JSON.

The protocol: https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol, with its extension
`binary_tensor_data`. Nothing here knows what a column means.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from domain.words import JSONValue

Value = float | int | str | bool | None

NUMBERS: Mapping[str, str] = {
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
    "INT8": "<i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "UINT8": "<u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
}
"""The datatypes of numbers, and how numpy calls them; in binary they are little-endian."""

BOOL, BYTES = "BOOL", "BYTES"
LENGTH_BYTES = 4
DIMENSIONS = 2


class TensorProblem(Exception):
    """What is wrong with a request, in a sentence that names the input and the cure."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A column: its name, its datatype, and a value for each row."""

    name: str
    datatype: str
    values: Sequence[Value]


def read_tensor(entry: Mapping[str, JSONValue], name: str, binary: bytes | None) -> Tensor:
    """The column that an entry of `inputs` gives, its data in `binary` where it stands behind the JSON.

    A column of n rows has the shape [n] or [n, 1]. Raises TensorProblem.
    """
    datatype = entry.get("datatype")
    if not isinstance(datatype, str) or not (datatype in NUMBERS or datatype in {BOOL, BYTES}):
        known = ", ".join((*NUMBERS, BOOL, BYTES))
        raise TensorProblem(f"input {name!r}: datatype must be one of {known}")
    rows = _rows(entry.get("shape"), name)
    if binary is not None:
        return Tensor(name, datatype, _of_binary(binary, datatype, rows, name))
    if datatype == "FP16":
        raise TensorProblem(f"input {name!r}: FP16 has no form in JSON; send FP32, or the data as binary")
    data = entry.get("data")
    if not isinstance(data, list):
        raise TensorProblem(f"input {name!r}: `data` must be a list")
    values = _flat(data, name)
    if len(values) != rows:
        raise TensorProblem(f"input {name!r}: shape says {rows} rows, and data has {len(values)} values")
    for place, value in enumerate(values):
        if value is not None and not _fits(value, datatype):
            raise TensorProblem(
                f"input {name!r}, row {place}: the value does not fit the datatype {datatype}"
            )
    return Tensor(name, datatype, values)


def _rows(shape: JSONValue, name: str) -> int:
    if (
        not isinstance(shape, list)
        or not 1 <= len(shape) <= DIMENSIONS
        or not all(type(one) is int and one >= 0 for one in shape)
        or shape[1:] not in ([], [1])
    ):
        raise TensorProblem(f"input {name!r}: shape must be [rows] or [rows, 1]")
    rows: int = shape[0]  # type: ignore[assignment]
    return rows


def _flat(data: list[JSONValue], name: str) -> list[Value]:
    """The values of a flat list, or of a list of lists of one."""
    if not any(isinstance(one, list | dict) for one in data):
        return data  # type: ignore[return-value]
    flat: list[Value] = []
    for one in data:
        if not isinstance(one, list) or len(one) != 1 or isinstance(one[0], list | dict):
            raise TensorProblem(
                f"input {name!r}: `data` must be a flat list of values, or a list of lists of one value each"
            )
        flat.append(one[0])
    return flat


def _fits(value: Value, datatype: str) -> bool:
    if datatype == BYTES:
        return type(value) is str
    if datatype == BOOL:
        return type(value) is bool or (type(value) is int and value in {0, 1})
    if type(value) is float:
        return datatype.startswith("FP") or value.is_integer()
    return type(value) is int


def _of_binary(data: bytes, datatype: str, rows: int, name: str) -> Sequence[Value]:
    if datatype == BYTES:
        return _texts(data, rows, name)
    kind = np.dtype("<u1" if datatype == BOOL else NUMBERS[datatype])
    if len(data) != rows * kind.itemsize:
        raise TensorProblem(
            f"input {name!r}: {rows} rows of {datatype} are {rows * kind.itemsize} bytes, not {len(data)}"
        )
    values: list[Value] = np.frombuffer(data, kind).tolist()
    if datatype == BOOL:
        return [bool(value) for value in values]
    if datatype.startswith("FP"):
        return [None if isinstance(value, float) and math.isnan(value) else value for value in values]
    return values


def _texts(data: bytes, rows: int, name: str) -> list[Value]:
    """Texts in binary: each after its length, four bytes, the smallest first."""
    found: list[Value] = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + LENGTH_BYTES], "little")
        end = at + LENGTH_BYTES + length
        if end > len(data):
            raise TensorProblem(f"input {name!r}: a text is longer than the data behind the JSON")
        try:
            found.append(data[at + LENGTH_BYTES : end].decode())
        except UnicodeDecodeError:
            raise TensorProblem(f"input {name!r}, row {len(found)}: the text is not UTF-8") from None
        at = end
    if len(found) != rows:
        raise TensorProblem(f"input {name!r}: shape says {rows} rows, and data has {len(found)} texts")
    return found


@dataclass(frozen=True, slots=True)
class OutputTensor:
    """A tensor of an answer: `values` in row-major order."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: Sequence[Value]

    def json(self) -> dict[str, object]:
        """The tensor with its data in JSON; what is no number is null."""
        return {**self._head(), "data": list(self.values)}

    def binary(self) -> tuple[dict[str, object], bytes]:
        """The tensor without its data, and the data that stands behind the JSON."""
        data = _bytes_of(self.values) if self.datatype == BYTES else self._numbers()
        return {**self._head(), "parameters": {"binary_data_size": len(data)}}, data

    def _head(self) -> dict[str, object]:
        return {"name": self.name, "datatype": self.datatype, "shape": list(self.shape)}

    def _numbers(self) -> bytes:
        values = [math.nan if value is None else value for value in self.values]
        return np.array(values, NUMBERS[self.datatype]).tobytes()


def _bytes_of(texts: Iterable[Value]) -> bytes:
    encoded = [str("" if text is None else text).encode() for text in texts]
    return b"".join(len(text).to_bytes(LENGTH_BYTES, "little") + text for text in encoded)


def body_of(
    head: Mapping[str, object], outputs: Sequence[tuple[OutputTensor, bool]]
) -> tuple[bytes, int | None]:
    """The body of an answer with these tensors, each in binary where the flag says so.

    With it the length of the JSON where something stands behind it, else None.
    """
    tensors, behind = [], []
    for tensor, in_binary in outputs:
        if in_binary:
            shown, data = tensor.binary()
            behind.append(data)
        else:
            shown = tensor.json()
        tensors.append(shown)
    text = orjson.dumps({**head, "outputs": tensors})
    return (text + b"".join(behind), len(text)) if behind else (text, None)
