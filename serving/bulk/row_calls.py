"""The rows of a file as calls: which column is what, and which lines the answers are."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from domain.callers import Principal
from domain.errors import ExternalIdTaken, InvalidFeatures, InvalidInput
from domain.input.csv_header import header_hint
from domain.requests.request import AlgorithmConditions, PredictCommand, Prediction
from domain.words import JSONValue, Outcome
from registry.endpoints import EndpointSpec
from registry.features import LABEL, FeatureType
from serving.bulk.parquet_table import NO_VALUES, NUMBER, TEXT, TRUTH, ParquetTable
from serving.bulk.row_files import RowFile, text_at
from serving.predictions.predict import Predictor

MAX_CONCURRENT_CALLS = 64
"""Calls of one chunk that run at the same time when each subject needs a call of its own."""

_KIND_OF = {
    FeatureType.NUMBER: NUMBER,
    FeatureType.INTEGER: NUMBER,
    FeatureType.BOOLEAN: TRUTH,
}

Line: TypeAlias = tuple[object, ...]
"""A row's request id, outcome, answer, probability and message."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which cell of a row is what; cells beyond the header get a name that no feature has."""

    features: tuple[tuple[int, str], ...]
    subject: int | None
    external_id: int | None
    count: int

    def row_of(self, cells: Sequence[JSONValue]) -> JSONValue:
        """The features of a row."""
        row: dict[str, JSONValue] = {name: cells[at] for at, name in self.features if at < len(cells)}
        return row | {f"(column {at + 1})": cells[at] for at in range(self.count, len(cells))}

    def subject_of(self, cells: Sequence[JSONValue]) -> str | None:
        """Whom a row is about; None where the file does not say."""
        return text_at(cells, self.subject)

    def names_of(self, rows: Sequence[Sequence[JSONValue]]) -> tuple[str | None, ...] | None:
        """The external id of each row; None where the file has none."""
        at = self.external_id
        return None if at is None else tuple([text_at(cells, at) for cells in rows])


@dataclass(frozen=True, slots=True)
class FileRun:
    """What the rows of a file are asked with, how they are read, and the key that no other run has.

    `typed` says that values have types of their own, as in Parquet; the cells of CSV are read as those of a form.
    """

    endpoint: str
    principal: Principal
    conditions: AlgorithmConditions
    columns: Columns
    key: str
    typed: bool

    def call_of(
        self, rows: Sequence[Sequence[JSONValue]], subject: str | None, place: Mapping[str, JSONValue]
    ) -> PredictCommand:
        """The prediction of one chunk's rows for one subject; by its `place` the log knows it again."""
        return PredictCommand(
            endpoint=self.endpoint,
            rows=tuple(self.columns.row_of(cells) for cells in rows),
            principal=self.principal,
            conditions=self.conditions,
            subject=subject,
            idempotency_key=digest_of({"run": self.key, "subject": subject, **place}),
            external_ids=self.columns.names_of(rows),
            from_form=not self.typed,
        )


class RowPredictor:
    """Predicts rows of files. Bad rows are lines with outcome ERROR and a message; they never stop a run."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    async def predict(
        self, run: FileRun, rows: Sequence[Sequence[JSONValue]], place: Mapping[str, JSONValue]
    ) -> list[Line]:
        """The lines of one chunk, which its `place` tells from all others of the run.

        A call has one subject, so rows are called together by subject.
        """
        groups: dict[str | None, list[int]] = {}
        for at, cells in enumerate(rows):
            groups.setdefault(run.columns.subject_of(cells), []).append(at)
        slots = asyncio.Semaphore(MAX_CONCURRENT_CALLS)

        async def call(subject: str | None, places: list[int]) -> list[Line]:
            async with slots:
                lines = await self._call(run.call_of([rows[at] for at in places], subject, place))
            if lines is not None:
                return lines
            # An external id of theirs is taken, or is none: then each row is asked for by itself, under a key of its
            # own. A run that is taken up again comes here again, and finds those that it has stored by these keys.
            each = await asyncio.gather(*(one(subject, at) for at in places), return_exceptions=True)
            return [line for found in each for line in _raised(found)]

        async def one(subject: str | None, at: int) -> list[Line]:
            async with slots:
                return await self._call(run.call_of([rows[at]], subject, {**place, "row": at})) or []

        # All calls end before the first error is raised: none may go on behind the back of the caller.
        results = await asyncio.gather(*(call(*group) for group in groups.items()), return_exceptions=True)
        lines: dict[int, Line] = {}
        for places, result in zip(groups.values(), results, strict=True):
            lines.update(zip(places, _raised(result), strict=True))
        return [lines[at] for at in range(len(rows))]

    async def _call(self, command: PredictCommand) -> list[Line] | None:
        """The lines of a call; None where it was refused and some of its rows may be stored without the others."""
        try:
            predictions = await self._predictor.predict(command)
        except (InvalidInput, ExternalIdTaken) as error:  # what cannot be stored is refused, not logged
            if len(command.rows) > 1 and command.external_ids is not None:
                return None
            return [("", Outcome.ERROR, "", "", _one_line(error.message))] * len(command.rows)
        return [_line(prediction) for prediction in predictions]


def _raised(result: list[Line] | BaseException) -> list[Line]:
    """The lines; what a call has raised is raised."""
    if isinstance(result, BaseException):
        raise result
    return result


def columns_of(
    table: RowFile, spec: EndpointSpec, *, subject_column: str | None, external_id_column: str | None
) -> Columns:
    """Raises InvalidFeatures when the header alone makes every row wrong."""
    known = spec.features.names
    subject = None if subject_column is None else table.column(subject_column)
    external_id = None if external_id_column is None else table.column(external_id_column)
    features = tuple(
        (at, name)
        for at, name in enumerate(table.header)
        if name != LABEL and (at not in {subject, external_id} or name in known)
    )
    problems = [
        *(
            f"the column {feature.name} is absent; add it, with empty cells where it is missing"
            for feature in spec.features.features
            if feature.required and feature.name not in table.header
        ),
        *(
            f"the column {name} is no feature of {spec.name}; leave it out"
            for _, name in features
            if name not in known
        ),
        *_mistyped(table, spec),
    ]
    if problems:
        hint = None if isinstance(table, ParquetTable) else header_hint(table.header, known)
        seeming = [] if hint is None else [f"{table.path} has other columns than it seems: {hint}"]
        raise InvalidFeatures(seeming or problems)
    return Columns(features, subject, external_id, len(table.header))


def _mistyped(table: RowFile, spec: EndpointSpec) -> Iterator[str]:
    """The columns of a Parquet file whose values can be none of their feature; CSV says nothing of types."""
    if not isinstance(table, ParquetTable):
        return
    for feature in spec.features.features:
        kind, wanted = table.kinds.get(feature.name), _KIND_OF.get(feature.type, TEXT)
        if kind not in {None, wanted, NO_VALUES}:
            yield f"the column {feature.name} holds {kind}, and {feature.name} is {wanted}; write it as that"


def digest_of(facts: Mapping[str, JSONValue], *more: str) -> str:
    """What tells these facts from all others, short enough for an idempotency key."""
    return "csv " + hashlib.sha256(orjson.dumps([facts, *more], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _line(prediction: Prediction) -> Line:
    request, failure = prediction.request, prediction.failure
    if failure is not None:
        return request.id, request.outcome, "", "", _one_line(failure.message)
    answer = request.value if request.label is None else request.label
    return request.id, request.outcome, answer, request.probability, ""


def _one_line(text: str) -> str:
    """The target is cut off at line ends after a crash, so no cell may hold one."""
    return " ".join(text.split())
