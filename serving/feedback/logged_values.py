"""What was asked, told from the log: the values of stored inputs, counted as they were when they came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from domain.errors import InvalidFeatures
from domain.history.drift import ValueCounts
from orm.queries.figures.value_counts import LoggedValues
from registry.endpoints import EndpointSpec
from registry.features import FeatureSchema, Row
from registry.watched_values import WatchedValues
from serving.catalog.catalog import Snapshot


@dataclass(slots=True)
class LoggedCounts:
    """What the log says of an endpoint's algorithm on a day; of `forgotten` requests it knows the answers alone."""

    counts: ValueCounts = field(default_factory=ValueCounts)
    forgotten: int = 0

    def add(self, one: LoggedValues, spec: EndpointSpec, watched: WatchedValues) -> None:
        """Count a request."""
        columns: dict[str, dict[str, int]] = {}
        if one.answered:
            answer = one.value if one.label is None else one.label
            columns[watched.answer.key] = {watched.answer.place(answer): 1}
            if watched.probability is not None:
                columns[watched.probability.key] = {watched.probability.place(one.probability): 1}
        self.forgotten += not one.input
        values = values_of(spec.features, one.input)
        if values is not None:
            for place, column in watched.features:
                columns[column.key] = {column.place(values[place]): 1}
        self.counts.add(1, columns)


def values_of(features: FeatureSchema, text: str) -> Row | None:
    """The values of a stored input, read as the edge that took it did; None where it is forgotten or no valid row.

    JSON is read as it stands, then with numbers as texts, as clients of the old service send them, then as a form.
    """
    try:
        row = orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return None
    for numeric, form in ((False, False), (True, False), (False, True)):
        try:
            return None if row is None else features.validate(row, numeric_texts=numeric, from_form=form)
        except InvalidFeatures:
            continue
    return None


def add_all(
    logged: Iterable[LoggedValues], snapshot: Snapshot, found: dict[tuple[int, int], LoggedCounts]
) -> None:
    """Add requests to what is found, by endpoint and algorithm."""
    for one in logged:
        spec = snapshot.spec_of(one.endpoint_id)
        if spec is not None:
            counts = found.setdefault((one.endpoint_id, one.algorithm_id), LoggedCounts())
            counts.add(one, spec, snapshot.watched[one.endpoint_id])
