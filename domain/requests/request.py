"""One prediction asked for: the command, the algorithm's answer, and the request as the log keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.callers import Principal
from domain.errors import Failure
from domain.requests import request_ids
from domain.words import Arm, Fault, JSONValue, Outcome


@dataclass(frozen=True, slots=True)
class Request:
    """One prediction asked for, as the log keeps it. `input` and `full_response` are JSON text as it came.

    `masked_features` names those whose values `domain.history.privacy` has hidden. Both texts are empty where they were
    not read, or were forgotten. `correct` and `residual` (value minus ground truth, in the target's unit) are
    None until feedback is given. `confidence` is the probability of the label. `external_id` is what another system
    calls it; None where it was not read.
    """

    id: int
    endpoint_id: int
    algorithm_id: int | None
    ab_test_id: int | None
    arm: Arm | None
    subject: str | None
    input: str
    full_response: str
    outcome: Outcome
    fault: Fault | None
    label: str | None
    value: float | None
    probability: float | None
    message: str | None
    latency: float
    feedback: str | None
    feedback_at: datetime | None
    correct: bool | None
    residual: float | None
    masked_features: tuple[str, ...] = ()
    external_id: str | None = None
    confidence: float | None = None

    @property
    def created_at(self) -> datetime:
        """When the request came: the time in its id, UTC, to the millisecond."""
        return request_ids.time_of(self.id)


@dataclass(frozen=True, slots=True)
class AlgorithmConditions:
    """What a call asks of the algorithm. Texts are as the caller wrote them; None means "not given".

    `algorithm` is an id (int, or digits) or a name.
    """

    status: str | None = None
    version: str | None = None
    algorithm: int | str | None = None


@dataclass(frozen=True, slots=True)
class PredictCommand:
    """A call for predictions: rows of named features for one endpoint.

    `rows` holds one object a row, or what a client sent instead of one (a number, a text): such a row fails
    alone, with a message. `texts` holds each row's JSON as it came, where the edge has it; otherwise the log
    writes its own. With `from_form` every value is text, and an empty or `nan` one is missing. With
    `numeric_texts` a text that spells a number is taken for it, and with `blank_rows` a row of several features that
    are all missing is answered: the old service did both. `too_large` names the rows whose contents were dropped before
    anything was done with them. What another system calls the rows is in `external_id` for a call of one row, or in
    `external_ids`, one for each row or None, for a batch.
    """

    endpoint: str
    rows: tuple[JSONValue, ...]
    principal: Principal
    conditions: AlgorithmConditions = AlgorithmConditions()
    subject: str | None = None
    idempotency_key: str | None = None
    texts: tuple[str, ...] | None = None
    from_form: bool = False
    blank_rows: bool = False
    numeric_texts: bool = False
    too_large: frozenset[int] = frozenset()
    external_id: str | None = None
    external_ids: tuple[str | None, ...] | None = None

    @property
    def named(self) -> tuple[str | None, ...] | None:
        """The external id of each row; None where the call has none."""
        return self.external_ids if self.external_id is None else (self.external_id,)

    def path_of_name(self, place: int) -> tuple[str, ...]:
        """Where in the call the external id of a row stands."""
        return ("externalId",) if self.external_ids is None else ("externalIds", str(place))


@dataclass(frozen=True, slots=True)
class Answer:
    """What an algorithm says of one row.

    A classifier sets `label`, `probability` (of the positive class) and `probabilities` (by class name);
    a regressor sets `value`.
    """

    label: str | None = None
    value: float | None = None
    probability: float | None = None
    probabilities: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """The logged result of one row: an answer or a failure, and the durable request's id."""

    request: Request
    failure: Failure | None = None
    probabilities: Mapping[str, float] | None = None
