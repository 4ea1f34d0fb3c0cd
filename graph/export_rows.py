"""How requests are written in exports: the columns, as CSV and as lines of JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, cast

import orjson

from domain.storable import as_unicode
from domain.types import JSONValue, Request
from serving.catalog import Snapshot
from serving.json_text import kept_json

NEEDED = frozenset({"input", "message"})
"""The wide columns that an export reads."""

COLUMNS = (
    "requestId", "createdAt", "endpoint", "algorithm", "algorithmVersion", "abTest", "arm", "subject", "outcome",
    "fault", "label", "value", "probability", "latency", "feedback", "feedbackAt", "correct", "residual", "message",
    "input", "maskedFeatures",
)  # fmt: skip
INPUT = COLUMNS.index("input")

FEATURE_PREFIX = "input."
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

Encode: TypeAlias = Callable[[Sequence[Request]], bytes]


def safe_cell(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula: one that begins like one gets a ' before it.

    >>> [safe_cell(text) for text in ("=1+1", "@SUM", "-3.5", "plain", "")]
    ["'=1+1", "'@SUM", '-3.5', 'plain', '']
    """
    return f"'{text}" if text.startswith(_RISKY) and not _NUMBER.fullmatch(text) else text


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called, as far as `snapshot` knows them."""

    snapshot: Snapshot

    def values(self, request: Request) -> list[JSONValue]:
        """The values of COLUMNS; `input` is the text as it is stored, None once it was forgotten."""
        endpoint = self.snapshot.endpoints.get(request.endpoint_id)
        algorithm = (
            None if request.algorithm_id is None else self.snapshot.algorithms.get(request.algorithm_id)
        )
        given = request.feedback_at
        return [
            str(request.id),
            _moment(request.created_at),
            endpoint.name if endpoint else None,
            algorithm.name if algorithm else None,
            algorithm.version if algorithm else None,
            None if request.ab_test_id is None else str(request.ab_test_id),
            request.arm and request.arm.name,
            request.subject,
            request.outcome.name,
            request.fault and request.fault.name,
            request.label,
            request.value,
            request.probability,
            request.latency,
            request.feedback,
            None if given is None else _moment(given),
            request.correct,
            request.residual,
            request.message,
            request.input or None,
            list(request.masked_features),
        ]


def _moment(value: datetime) -> str:
    """In UTC, to the millisecond."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def csv_header(features: Sequence[str]) -> bytes:
    """The first line."""
    return _lines([[*COLUMNS, *(safe_cell(FEATURE_PREFIX + name) for name in features)]])


def csv_rows(names: Names, features: Sequence[str]) -> Encode:
    """Writes requests as lines of CSV (RFC 4180, UTF-8), with a column for each of `features` at the end."""

    def encode(requests: Sequence[Request]) -> bytes:
        return _lines([_cells(names.values(request), features) for request in requests])

    return encode


def ndjson_rows(names: Names) -> Encode:
    """Writes requests as lines of JSON: exactly the values, numbers as numbers and null where there is none."""

    def encode(requests: Sequence[Request]) -> bytes:
        return b"".join([_json_line(names.values(request)) for request in requests])

    return encode


def _json_line(values: list[JSONValue]) -> bytes:
    values[INPUT] = parsed(cast("str | None", values[INPUT]))
    line = dict(zip(COLUMNS, values, strict=True))
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def parsed(text: str | None) -> JSONValue:
    """The stored features as values; a text that is no JSON, or nests too deeply, stays one."""
    return None if text is None else kept_json(text)


def _cells(values: list[JSONValue], features: Sequence[str]) -> list[str]:
    cells = [_cell(value) for value in values]
    if features:
        row = parsed(cast("str | None", values[INPUT]))
        given = row if isinstance(row, dict) else {}
        cells += [_cell(given.get(name)) for name in features]
    return cells


def _cell(value: JSONValue) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    return orjson.dumps(value).decode() if isinstance(value, bool | list | dict) else repr(value)


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    # Some readers of CSV stop at NUL, and half of a surrogate pair is no UTF-8: no row may cut off the others.
    return as_unicode(text.getvalue().replace("\0", "\ufffd")).encode()
