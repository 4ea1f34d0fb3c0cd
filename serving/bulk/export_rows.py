"""How requests are written in exports: the columns, as CSV and as lines of JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, cast

import orjson

from domain.input.cells import escape_formula
from domain.input.storable import as_unicode
from domain.requests.request import Request
from domain.words import JSONValue
from serving.catalog.catalog import Snapshot
from serving.feedback.scoring import classes_for
from serving.json_text import kept_json

NEEDED = frozenset({"input", "message", "external_id"})
"""The columns that an export reads beside those that are always read."""

COLUMNS = (
    "requestId", "createdAt", "endpoint", "algorithm", "algorithmVersion", "abTest", "arm", "subject", "outcome",
    "fault", "label", "value", "probability", "latency", "feedback", "feedbackAt", "correct", "residual", "message",
    "input", "maskedFeatures", "externalId",
)  # fmt: skip
INPUT = COLUMNS.index("input")
TRUTHS = (COLUMNS.index("label"), COLUMNS.index("feedback"))


Encode: TypeAlias = Callable[[Sequence[Request]], bytes]


@dataclass(frozen=True, slots=True)
class RowValues:
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
            request.external_id,
        ]


def _moment(value: datetime) -> str:
    """In UTC, to the millisecond."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def csv_header(features: Sequence[str]) -> bytes:
    """The first line."""
    return _lines([[*COLUMNS, *(escape_formula(f"input.{name}") for name in features)]])


def csv_rows(names: RowValues, features: Sequence[str]) -> Encode:
    """Writes requests as lines of CSV (RFC 4180, UTF-8), with a column for each of `features` at the end.

    Texts that a spreadsheet would take for a formula are disarmed; declared classes and categories are written as
    they are, since no caller chose them.
    """
    columns = CsvCells(names.snapshot, features)
    return lambda requests: _lines([columns.cells(request, names.values(request)) for request in requests])


def ndjson_rows(names: RowValues) -> Encode:
    """Writes requests as lines of JSON: exactly the values, numbers as numbers and null where there is none."""
    return lambda requests: b"".join([_json_line(names.values(request)) for request in requests])


def _json_line(values: list[JSONValue]) -> bytes:
    values[INPUT] = parsed(cast("str | None", values[INPUT]))
    return orjson.dumps(dict(zip(COLUMNS, values, strict=True)), option=orjson.OPT_APPEND_NEWLINE)


def parsed(text: str | None) -> JSONValue:
    """The stored features as values; a text that is no JSON, or nests too deeply, stays one."""
    return None if text is None else kept_json(text)


@dataclass(frozen=True, slots=True)
class CsvCells:
    """Makes cells of values, and knows which texts the endpoints declare themselves."""

    snapshot: Snapshot
    features: Sequence[str]

    def cells(self, request: Request, values: list[JSONValue]) -> list[str]:
        """The cells of a request whose values of COLUMNS are `values`."""
        cells = [_cell(value) for value in values]
        if request.endpoint_id in self.snapshot.endpoints:
            classes = classes_for(request.endpoint_id, self.snapshot)
            for place in TRUTHS:
                text = values[place]
                if classes is not None and isinstance(text, str) and classes.class_of(text) is not None:
                    cells[place] = text
        if self.features:
            row = parsed(cast("str | None", values[INPUT]))
            given = row if isinstance(row, dict) else {}
            cells += [self._feature(request.endpoint_id, name, given.get(name)) for name in self.features]
        return cells

    def _feature(self, endpoint_id: int, name: str, value: JSONValue) -> str:
        if isinstance(value, str) and value in self._categories(endpoint_id, name):
            return value
        return _cell(value)

    def _categories(self, endpoint_id: int, name: str) -> Sequence[str]:
        spec = self.snapshot.specs.get(self.snapshot.endpoint(endpoint_id).name)
        return () if spec is None or name not in spec.features.names else spec.features[name].categories or ()


def _cell(value: JSONValue) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, str):
        return escape_formula(value)
    return orjson.dumps(value).decode() if isinstance(value, bool | list | dict) else repr(value)


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    # Some readers of CSV stop at NUL, and half of a surrogate pair is no UTF-8: no row may cut off the others.
    return as_unicode(text.getvalue().replace("\0", "\ufffd")).encode()
