"""How long the requests of an endpoint are kept: whole, then without inputs, then as daily summaries alone.

Requests go by whole UTC days, as the summaries are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain.errors import InvalidInput
from domain.history.daily import IDS_PER_DAY
from domain.history.filters import RequestFilter
from domain.requests import request_ids

MOST_DAYS = 36_500
"""A hundred years: beyond what ids can tell, and a sign that something else was meant."""


class Stage(StrEnum):
    """What of a request goes: first its inputs, at last the request itself."""

    INPUTS = "inputs"
    ROWS = "rows"


class WaitReason(StrEnum):
    """Why something that is due stays for now."""

    TEST = "ab_test"
    KEYS = "idempotency_keys"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """For how many days requests are kept whole, and for how many at all; None is for ever."""

    inputs_days: int | None = None
    rows_days: int | None = None

    def __str__(self) -> str:
        parts = [f"inputs for {days(self.inputs_days)}"] if self.inputs_days is not None else []
        parts += [f"rows for {days(self.rows_days)}"] if self.rows_days is not None else []
        return " and ".join(parts) or "everything for ever"

    @property
    def for_ever(self) -> bool:
        """Whether nothing is ever removed."""
        return self.inputs_days is None and self.rows_days is None

    def days_of(self, stage: Stage) -> int | None:
        """After how many days this is due; None where it never is."""
        return self.inputs_days if stage is Stage.INPUTS else self.rows_days


def days(count: int | None) -> str:
    """A number of days in words.

    >>> days(1), days(90), days(None)
    ('1 day', '90 days', 'ever')
    """
    if count is None:
        return "ever"
    return "1 day" if count == 1 else f"{count:,} days"


def checked_rule(inputs_days: int | None, rows_days: int | None) -> RetentionRule:
    """The rule, which can be carried out. Raises InvalidInput, which names the field and the cure."""
    for name, value in (("inputs", inputs_days), ("rows", rows_days)):
        if value is not None and not 1 <= value <= MOST_DAYS:
            raise InvalidInput(
                f"{name} must be kept for 1 to {MOST_DAYS:,} days, not {str(value)[:30]}; leave it out to keep them "
                "for ever.",
                path=(f"{name}Days",),
            )
    if inputs_days is not None and rows_days is not None and rows_days < inputs_days:
        raise InvalidInput(
            f"rows must be kept at least as long as their inputs, but {days(rows_days)} are less than "
            f"{days(inputs_days)}: give rows at least as many days, or leave inputs out.",
            path=("rowsDays",),
        )
    return RetentionRule(inputs_days, rows_days)


@dataclass(frozen=True, slots=True)
class Removed:
    """How much of an endpoint was removed: counted with each removal, in its transaction.

    inputs: requests that lost their inputs, whether or not they have gone since. rows: requests that are gone; the
    others went with them or with the inputs.
    """

    inputs: int = 0
    rows: int = 0
    feedback_events: int = 0
    features: int = 0
    observations: int = 0
    external_ids: int = 0


@dataclass(frozen=True, slots=True)
class Retention:
    """The rule of an endpoint and how far it was carried out.

    Every request below `inputs_from` has no inputs, and every one below `rows_from` is gone: a request's id is its
    time.
    """

    endpoint_id: int
    rule: RetentionRule = RetentionRule()
    changed_by: str | None = None
    changed_at: datetime | None = None
    inputs_from: int = 0
    rows_from: int = 0
    removed: Removed = Removed()
    inputs_removed_at: datetime | None = None
    rows_removed_at: datetime | None = None

    def position(self, stage: Stage) -> int:
        """From which id on requests still have what the stage removes."""
        return max(self.inputs_from, self.rows_from) if stage is Stage.INPUTS else self.rows_from

    @property
    def kept_from(self) -> datetime | None:
        """Since when requests are there; None where none was removed."""
        return time_or_none(self.rows_from)

    @property
    def inputs_kept_from(self) -> datetime | None:
        """Since when requests have their inputs; None where none lost them."""
        return time_or_none(self.position(Stage.INPUTS))


def time_or_none(request_id: int) -> datetime | None:
    """The time of an id; None for 0, before which nothing was."""
    return request_ids.time_of(request_id) if request_id else None


@dataclass(frozen=True, slots=True)
class RetentionChange:
    """That an endpoint's rule was changed: to what, by whom and when."""

    endpoint_id: int
    rule: RetentionRule
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RetentionWait:
    """Why something that is due stays for now, and until when, where that is known."""

    stage: Stage
    reason: WaitReason
    message: str
    until: datetime | None = None
    ab_test_id: int | None = None


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What one stage is to remove: the requests from `start` to before `end`; those up to `due` as far as rules go."""

    stage: Stage
    start: int
    end: int
    due: int
    waits: tuple[RetentionWait, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing that may go now."""
        return self.end <= self.start


def due_before(now: datetime, kept_days: int) -> int:
    """The first id that is not due: the UTC midnight from which on requests are younger than so many days.

    >>> request_ids.time_of(due_before(datetime(2026, 3, 10, 12, tzinfo=UTC), 7)).isoformat()
    '2026-03-03T00:00:00+00:00'
    """
    return request_ids.first_at(now.astimezone(UTC) - timedelta(days=kept_days)) // IDS_PER_DAY * IDS_PER_DAY


@dataclass(frozen=True, slots=True)
class KeptRequests:
    """Since when the requests of endpoints are kept, by endpoint: those of whom some were removed."""

    rows_from: Mapping[int, int] = field(default_factory=dict)
    inputs_from: Mapping[int, int] = field(default_factory=dict)

    def gone(self, where: RequestFilter | None, endpoint_id: int | None) -> dict[int, int]:
        """From which id on requests are kept, of the endpoints of which `where` may ask for older ones."""
        return _touched(self.rows_from, where, endpoint_id)

    def without_inputs(self, where: RequestFilter | None, endpoint_id: int | None) -> dict[int, int]:
        """From which id on requests have inputs, of the endpoints of which `where` may ask for older ones."""
        return _touched(self.inputs_from, where, endpoint_id)


def _touched(
    starts: Mapping[int, int], where: RequestFilter | None, endpoint_id: int | None
) -> dict[int, int]:
    return {
        id_: start
        for id_, start in starts.items()
        if endpoint_id in (None, id_) and all(_asks_for(one, id_, start) for one in _all_of(where))
    }


def _all_of(where: RequestFilter | None) -> tuple[RequestFilter, ...]:
    return () if where is None else (where, *(part for one in where.and_ for part in _all_of(one)))


def _asks_for(where: RequestFilter, endpoint_id: int, start: int) -> bool:
    """Whether one of the conditions that must all hold leaves out what is older; only the plain ones are looked at."""
    if where.endpoint_ids is not None and endpoint_id not in where.endpoint_ids:
        return False
    return where.created_from is None or request_ids.first_at(where.created_from) < start
