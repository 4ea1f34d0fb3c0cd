"""Plain predictions: one row, outside any test, of an algorithm that runs on the event loop.

They are nearly all there are, so that they go from the call to the log without a stop: the loop's turn that runs the
model for all of them hands their rows to the request log, and a caller wakes once, when its row is durable. What else
there is (tests, several rows, keys, subjects, external ids, rows that are wrong, recorded spans) is told apart before
anything is done, and goes the way of `predict.py`; what a row and an answer mean stands in one place for both.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from domain.errors import Failure, InvalidFeatures
from domain.input.sizes import is_larger
from domain.requests.new_request import NewRequest
from domain.requests.request import Answer
from domain.spans import is_recording
from domain.words import JSONValue
from registry.features import Row
from serving.catalog.catalog import Catalog, PlainRoute
from serving.log.request_log import RequestLog
from serving.ports import Observer
from serving.predictions.logged_rows import indexed, set_answer, text_of_checked


@dataclass(slots=True, eq=False)
class PlainCall:
    """A prediction that can be made: `stored` makes it, once."""

    _log: RequestLog
    _timer: Callable[[], float]
    _observe: Observer | None
    _route: PlainRoute
    _values: Row
    _text: str
    _started: float
    _future: asyncio.Future[list[NewRequest]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    answer: Answer | Failure | None = None

    def done(self) -> bool:
        """Whether the caller has left."""
        return self._future.done()

    def set_result(self, answer: Answer | Failure) -> None:
        """Hand the row to the log, with what the algorithm said of it."""
        self.answer = answer
        try:
            row = NewRequest(
                endpoint_id=self._route.endpoint_id,
                algorithm_id=self._route.algorithm_id,
                input=self._text,
                latency=self._timer() - self._started,
                values=self._values,
            )
            set_answer(row, answer)
            features = self._route.features
            if features.indexed:
                row.features = indexed(features, self._values)
            self._log.enqueue((row,), None, self._future)
        except Exception as error:  # it is this caller's alone: the others of the turn go on
            self._future.set_exception(error)

    async def stored(self) -> tuple[NewRequest, Answer | Failure]:
        """Run it; the durable row and what it is answered. Raises what `Predictor.predict` raises."""
        self._route.executor.run_soon(self._values, self)
        (row,) = await self._future
        answer = row.refused or self.answer
        if answer is None:
            raise RuntimeError("a row was stored without an answer")
        if self._observe is not None:
            self._observe(row, answer if isinstance(answer, Failure) else None)
        return row, answer


class PlainPredictions:
    """Tells plain predictions from others; `enabled` False leaves all of them to the ordinary way."""

    def __init__(
        self,
        catalog: Catalog,
        log: RequestLog,
        *,
        timer: Callable[[], float],
        observe: Observer | None = None,
        enabled: bool = True,
    ) -> None:
        self._catalog = catalog
        self._log = log
        self._timer = timer
        self._observe = observe
        self._enabled = enabled

    def prepare(
        self,
        endpoint: str,
        row: JSONValue,
        text: str | None,
        *,
        sent: float = math.inf,
        blank_rows: bool = False,
        numeric_texts: bool = False,
    ) -> PlainCall | None:
        """The prediction of one row, checked and not begun; None where it must go the ordinary way.

        The arguments mean what they mean in a `PredictCommand`, and the row came in `sent` bytes of JSON.
        """
        started = self._timer()
        route = self._catalog.snapshot.plain.get(endpoint) if self._enabled else None
        if route is None or is_recording():
            return None
        features = route.features
        most = features.largest_row
        # No row counts more than the JSON in which it came.
        if sent > most and (is_larger(row, most) if text is None else len(text) > most):
            return None
        try:
            values = features.validate(row, numeric_texts=numeric_texts)
            if not blank_rows:
                features.refuse_blank(values)
        except InvalidFeatures:
            return None
        return PlainCall(
            self._log, self._timer, self._observe, route, values, text_of_checked(row, text), started
        )
