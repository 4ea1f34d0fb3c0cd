"""Requests as rows of Parquet: the schema, the same in all parts, and the values that fit it."""

from __future__ import annotations

from typing import Any

from domain.requests.request import Request
from serving.bulk.export_rows import COLUMNS, RowValues

WORDED = ("endpoint", "algorithm", "label")
"""Few texts that come again and again."""
TIMES = ("createdAt", "feedbackAt")
NUMBERS = ("value", "probability", "latency", "residual")
REQUIRED = frozenset({"requestId", "createdAt", "endpoint", "outcome", "latency", "maskedFeatures"})
"""Columns without nulls: above all the ids, which pandas would otherwise turn into floats."""


def schema_of_requests() -> Any:  # noqa: ANN401  pyarrow has no types
    """The columns of an export, under its names; one schema for all parts, whatever they lack."""
    import pyarrow as pa

    kinds = dict.fromkeys(COLUMNS, pa.string())
    kinds |= dict.fromkeys(WORDED, pa.dictionary(pa.int32(), pa.string()))
    kinds |= dict.fromkeys(TIMES, pa.timestamp("ms", tz="UTC"))
    kinds |= dict.fromkeys(NUMBERS, pa.float64())
    kinds |= {"requestId": pa.int64(), "correct": pa.bool_(), "maskedFeatures": pa.list_(pa.string())}
    return pa.schema([pa.field(name, kind, nullable=name not in REQUIRED) for name, kind in kinds.items()])


def values_of(names: RowValues, request: Request) -> list[object]:
    """The values of a request in the order of the schema: ids and times as they are, all else as exports have it."""
    values: list[object] = [*names.values(request)]
    values[COLUMNS.index("requestId")] = int(request.id)
    values[COLUMNS.index("createdAt")] = request.created_at
    values[COLUMNS.index("feedbackAt")] = request.feedback_at
    return values
