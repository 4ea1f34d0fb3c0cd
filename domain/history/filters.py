"""What a history query asks for, as plain values that the edges build and `orm.queries` compiles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeGuard

from domain.input.moments import in_utc
from domain.requests.request_ids import EPOCH, LAST
from domain.words import Arm, Fault, Outcome


@dataclass(frozen=True, slots=True)
class Range:
    """An interval with both ends included; None leaves that end open."""

    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class FeatureCondition:
    """What the value of an indexed feature must be: one of `texts`, a number within `number`; without both, any."""

    name: str
    texts: tuple[str, ...] | None = None
    number: Range | None = None


@dataclass(frozen=True, slots=True)
class ArmsCondition:
    """What both arms of a paired test must have said of a request: the same or not, and who was right."""

    disagree: bool | None = None
    champion_correct: bool | None = None
    challenger_correct: bool | None = None


_TIMES = ("created_from", "created_before", "feedback_from", "feedback_before")


def _is_aware(moment: datetime | None) -> TypeGuard[datetime]:
    return moment is not None and moment.tzinfo is not None


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Conditions on requests, all of which must hold; None asks nothing, an empty tuple of values matches nothing.

    `created_from` and `feedback_from` are included, `created_before` and `feedback_before` are not; all must be
    aware, and are kept in UTC. Texts compare exactly; `message_contains` minds case. `features` must all hold.
    `and_` asks for all of its filters, `or_` for one of them, `not_` for none of them; there, an empty tuple asks
    nothing. A row without a value meets no condition on that value, and so meets its `not_`.
    """

    ids: tuple[int, ...] | None = None
    endpoint_ids: tuple[int, ...] | None = None
    algorithm_ids: tuple[int, ...] | None = None
    ab_test_ids: tuple[int, ...] | None = None
    arms: tuple[Arm, ...] | None = None
    outcome: Outcome | None = None
    fault: Fault | None = None
    subject: str | None = None
    subjects: tuple[str, ...] | None = None
    external_ids: tuple[str, ...] | None = None
    label: str | None = None
    labels: tuple[str, ...] | None = None
    feedback: str | None = None
    feedbacks: tuple[str, ...] | None = None
    value: Range | None = None
    probability: Range | None = None
    confidence: Range | None = None
    latency: Range | None = None
    with_feedback: bool | None = None
    correct: bool | None = None
    message_contains: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    feedback_from: datetime | None = None
    feedback_before: datetime | None = None
    features: tuple[FeatureCondition, ...] | None = None
    both_arms: ArmsCondition | None = None
    and_: tuple[RequestFilter, ...] = ()
    or_: tuple[RequestFilter, ...] = ()
    not_: tuple[RequestFilter, ...] = ()

    def __post_init__(self) -> None:
        for name in _TIMES:
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is not None:
                object.__setattr__(self, name, in_utc(moment))
        # A bound beyond every id asks nothing, and then the daily summaries know the figures.
        if _is_aware(self.created_from) and self.created_from <= EPOCH:
            object.__setattr__(self, "created_from", None)
        if _is_aware(self.created_before) and self.created_before > LAST:
            object.__setattr__(self, "created_before", None)


class RequestOrder(Enum):
    """The orders of a history, each with an index of its own; ties are broken by the request id."""

    ID_DESC = "newest request first"
    ID_ASC = "oldest request first"
    FEEDBACK_AT_DESC = "newest ground truth first, requests without feedback last"
    PROBABILITY_DESC = "highest probability first, requests without one last"
    PROBABILITY_ASC = "lowest probability first, requests without one last"
    CONFIDENCE_DESC = "surest answer first, requests without a confidence last"
    CONFIDENCE_ASC = "least sure answer first, requests without a confidence last"
    VALUE_DESC = "highest value first, requests without one last"
    VALUE_ASC = "lowest value first, requests without one last"
    ERROR_DESC = "largest error first, requests without a scored value last"
    ERROR_ASC = "smallest error first, requests without a scored value last"

    @property
    def descending(self) -> bool:
        """Whether what is larger comes first; of equal ones, what is newer."""
        return self.name.endswith("_DESC")

    @property
    def column(self) -> str | None:
        """What of a request the order is by; None where it is by its id alone."""
        return _COLUMNS[self.name.rpartition("_")[0]]

    def value_of(self, request: Any) -> datetime | float | None:  # noqa: ANN401  a request, or what was read of one
        """The value of a request in this order, beside its id."""
        if self.column is None:
            return None
        value: datetime | float | None = getattr(request, self.column)
        return abs(value) if self.column == "residual" and isinstance(value, float) else value

    def arrange(self, requests: list[Any]) -> None:
        """Put requests that are all in memory in this order."""
        if self.descending:
            requests.sort(key=lambda one: _place(self.value_of(one), one.id, present=1), reverse=True)
        else:
            requests.sort(key=lambda one: _place(self.value_of(one), one.id, present=0))


_COLUMNS = {
    "ID": None,
    "FEEDBACK_AT": "feedback_at",
    "PROBABILITY": "probability",
    "CONFIDENCE": "confidence",
    "VALUE": "value",
    "ERROR": "residual",
}


def _place(value: datetime | float | None, id_: int, *, present: int) -> tuple[object, ...]:
    """By what requests are compared; those without a value with each other by their ids alone."""
    return (1 - present, id_) if value is None else (present, value, id_)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an order: the request id, and the ordering value where the order has one beside the id.

    That value is a time in the order by feedback, else a number; None also where the request has none.
    """

    id: int
    value: datetime | float | None = None
