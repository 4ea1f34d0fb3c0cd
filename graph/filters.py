"""What a history query asks for: `where` and `orderBy`, compiled to the domain's filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, TypeAlias

import strawberry

from domain.errors import InvalidInput
from domain.filters import Range, RequestFilter, RequestOrder
from domain.types import Arm, Fault, Outcome
from graph import references
from graph.enums import ArmName, FaultName, OutcomeName, word
from graph.ids import AB_TEST, REQUEST, number
from serving.catalog import Snapshot

LARGEST_WHERE = 100
DEEPEST_WHERE = 8
LONGEST_LIST = 1_000


@strawberry.enum(description="The order of a list of requests; each is backed by an index.")
class RequestOrderBy(Enum):
    """`domain.filters.RequestOrder`."""

    CREATED_AT_DESC = word("ID_DESC", description="Newest request first.")
    CREATED_AT_ASC = word("ID_ASC", description="Oldest request first.")
    FEEDBACK_AT_DESC = word(
        "FEEDBACK_AT_DESC", description="Newest ground truth first; requests without feedback last."
    )


def order_of(order_by: RequestOrderBy) -> RequestOrder:
    """The domain's name of an order."""
    return RequestOrder[order_by.value]


@strawberry.input(description="A range of numbers with both ends included; leave one out to keep it open.")
class NumberRange:
    """An interval."""

    min: float | None = strawberry.field(
        default=None, description="The lowest number; left out, there is none."
    )
    max: float | None = strawberry.field(
        default=None, description="The highest number; left out, there is none."
    )

    def compile(self) -> Range:
        """The domain's interval."""
        return Range(self.min, self.max)


@strawberry.input(
    description=(
        "Conditions on requests: all that are given must hold; null means not given. "
        "Lists mean one of these, and a single value may be written without brackets."
    )
)
class RequestWhere:
    """A filter tree."""

    id: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These requests: by `id` or `requestId`."
    )
    endpoint: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Asked of these endpoints: by name or id."
    )
    algorithm: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Answered by these algorithms: by id."
    )
    ab_test: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Routed through these A/B tests: by id."
    )
    arm: list[ArmName] | None = strawberry.field(
        default=None, description="Served by this side of an A/B test."
    )
    outcome: OutcomeName | None = strawberry.field(default=None, description="Ended like this.")
    fault: FaultName | None = strawberry.field(default=None, description="Failed through this one's fault.")
    subject: str | None = strawberry.field(default=None, description="Asked for this subject.")
    label: list[str] | None = strawberry.field(default=None, description="Answered with one of these labels.")
    value: NumberRange | None = strawberry.field(
        default=None, description="Answered with a value in this range."
    )
    probability: NumberRange | None = strawberry.field(
        default=None, description="Answered with a probability in this range."
    )
    latency: NumberRange | None = strawberry.field(default=None, description="Took this long, in seconds.")
    feedback: str | None = strawberry.field(default=None, description="Has exactly this ground truth.")
    with_feedback: bool | None = strawberry.field(
        default=None, description="Whether the ground truth was given."
    )
    correct: bool | None = strawberry.field(
        default=None, description="Whether the label was right; only requests with feedback can be either."
    )
    message_contains: str | None = strawberry.field(
        default=None, description="Failed with a message that contains this text; case matters."
    )
    created_from: datetime | None = strawberry.field(
        default=None, description="Asked for at this time or later; without a time zone it is UTC."
    )
    created_before: datetime | None = strawberry.field(
        default=None, description="Asked for before this time; without a time zone it is UTC."
    )
    and_: list[RequestWhere] | None = strawberry.field(
        name="and", default=None, description="All of these hold as well; an empty list asks nothing."
    )
    or_: list[RequestWhere] | None = strawberry.field(
        name="or",
        default=None,
        description="At least one of these holds as well; an empty list asks nothing.",
    )
    not_: RequestWhere | None = strawberry.field(
        name="not",
        default=None,
        description="This does not hold; a request without a value meets no condition on it.",
    )


Where: TypeAlias = Annotated[
    RequestWhere | None, strawberry.argument(description="Which requests; left out, all of them.")
]
OrderBy: TypeAlias = Annotated[RequestOrderBy, strawberry.argument(description="In which order.")]


def filter_of(where: RequestWhere, snapshot: Snapshot) -> RequestFilter:
    """The domain's filter for `where`; names are looked up in `snapshot`.

    Raises InvalidInput for a tree that is too large or too deep, InvalidId, EndpointNotFound, AlgorithmNotFound.
    """
    if sum(1 for _ in _tree(where, 1)) > LARGEST_WHERE:
        raise InvalidInput(
            f"where may hold at most {LARGEST_WHERE} filters within each other", path=("where",)
        )
    return _compile(where, snapshot)


def _tree(where: RequestWhere, depth: int) -> Iterator[RequestWhere]:
    if depth > DEEPEST_WHERE:
        raise InvalidInput(f"where may be at most {DEEPEST_WHERE} levels deep", path=("where",))
    yield where
    for below in _children(where):
        yield from _tree(below, depth + 1)


def _children(where: RequestWhere) -> list[RequestWhere]:
    return [*(where.and_ or ()), *(where.or_ or ()), *([where.not_] if where.not_ else ())]


def _compile(where: RequestWhere, snapshot: Snapshot) -> RequestFilter:
    return RequestFilter(
        ids=_numbers(where.id, lambda text: number(REQUEST, text, path=("where", "id"))),
        endpoint_ids=_numbers(
            where.endpoint, lambda text: references.endpoint(snapshot, text, "where", "endpoint").id
        ),
        algorithm_ids=_numbers(
            where.algorithm, lambda text: references.algorithm(snapshot, text, "where", "algorithm").id
        ),
        ab_test_ids=_numbers(where.ab_test, lambda text: number(AB_TEST, text, path=("where", "abTest"))),
        arms=None if where.arm is None else tuple(Arm(arm.value) for arm in where.arm),
        outcome=Outcome(where.outcome.value) if where.outcome else None,
        fault=Fault(where.fault.value) if where.fault else None,
        subject=where.subject,
        labels=None if where.label is None else tuple(_bounded(where.label, "label")),
        feedback=where.feedback,
        value=where.value.compile() if where.value else None,
        probability=where.probability.compile() if where.probability else None,
        latency=where.latency.compile() if where.latency else None,
        with_feedback=where.with_feedback,
        correct=where.correct,
        message_contains=where.message_contains,
        created_from=_utc(where.created_from),
        created_before=_utc(where.created_before),
        and_=tuple(_compile(below, snapshot) for below in where.and_ or ()),
        or_=tuple(_compile(below, snapshot) for below in where.or_ or ()),
        not_=(_compile(where.not_, snapshot),) if where.not_ else (),
    )


def _numbers(texts: Sequence[str] | None, find: Callable[[str], int]) -> tuple[int, ...] | None:
    return None if texts is None else tuple(find(text) for text in _bounded(texts, "a list"))


def _bounded(values: Sequence[str], name: str) -> Sequence[str]:
    if len(values) > LONGEST_LIST:
        raise InvalidInput(f"{name} may hold at most {LONGEST_LIST} values in where", path=("where",))
    return values


def _utc(moment: datetime | None) -> datetime | None:
    """Times without a zone are UTC: everything that Arbiter stores is."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
