"""What a history query asks for: `where` and `orderBy`, compiled to the domain's filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, TypeAlias

import strawberry

from domain.callers import Principal
from domain.errors import InvalidInput
from domain.history.filters import ArmsCondition, FeatureCondition, Range, RequestFilter
from graph.history.indexed_features import searchable
from graph.vocabulary import named
from graph.vocabulary.docstrings import graphql_input
from graph.vocabulary.enums import Arm, Fault, Kind, Outcome, Status, word
from graph.vocabulary.ids import AB_TEST, REQUEST, number
from serving.catalog.catalog import Snapshot

LARGEST_WHERE = 100
DEEPEST_WHERE = 8
LONGEST_LIST = 1_000


@strawberry.enum(description="The order of a list of requests; each is backed by an index.")
class RequestOrderBy(Enum):
    """`domain.history.filters.RequestOrder`."""

    CREATED_AT_DESC = word("ID_DESC", description="Newest request first.")
    CREATED_AT_ASC = word("ID_ASC", description="Oldest request first.")
    FEEDBACK_AT_DESC = word(
        "FEEDBACK_AT_DESC", description="Newest ground truth first; requests without feedback last."
    )
    PROBABILITY_DESC = word(
        "PROBABILITY_DESC", description="Highest `probability` first; requests without one last."
    )
    PROBABILITY_ASC = word(
        "PROBABILITY_ASC", description="Lowest `probability` first; requests without one last."
    )
    CONFIDENCE_DESC = word(
        "CONFIDENCE_DESC",
        description="Surest answer first, by `confidence`; requests without one last.",
    )
    CONFIDENCE_ASC = word(
        "CONFIDENCE_ASC",
        description="Least sure answer first, by `confidence`; requests without one last.",
    )
    VALUE_DESC = word("VALUE_DESC", description="Highest `value` first; requests without one last.")
    VALUE_ASC = word("VALUE_ASC", description="Lowest `value` first; requests without one last.")
    ERROR_DESC = word(
        "ERROR_DESC",
        description="Largest error first, by the size of `residual`; requests without one last.",
    )
    ERROR_ASC = word(
        "ERROR_ASC",
        description="Smallest error first, by the size of `residual`; requests without one last.",
    )


@graphql_input
class NumberRange:
    """A range of numbers with both ends included; leave one out to keep it open."""

    min: float | None = strawberry.field(
        default=None, description="The lowest number; left out, there is none."
    )
    max: float | None = strawberry.field(
        default=None, description="The highest number; left out, there is none."
    )

    def compile(self) -> Range:
        """The domain's interval."""
        return Range(self.min, self.max)


@graphql_input
class FeatureWhere:
    """A condition on a feature that is declared as indexed: `Feature.indexed`. Without `text` and `number` it asks
    for any value; a request with neither the key nor a value has none.
    """

    name: str = strawberry.field(
        description=(
            "The feature's key. Where it is private, its values are found only with the scope `READ_PRIVATE`."
        )
    )
    text: list[str] | None = strawberry.field(
        default=None, description="It is one of these texts; for categories."
    )
    number: NumberRange | None = strawberry.field(
        default=None,
        description="It is a number in this range; for all other types, where true is 1 and false is 0.",
    )


@graphql_input
class ArmsWhere:
    """What both algorithms of a paired A/B test said of a request, whichever was served; all that are given must hold.
    Requests that one of them has not answered meet none of these conditions.
    """

    disagree: bool | None = strawberry.field(
        default=None, description="Whether their answers differ; one that failed differs from any answer."
    )
    champion_correct: bool | None = strawberry.field(
        default=None,
        description="Whether the champion's label is the ground truth; only scored requests can be either.",
    )
    challenger_correct: bool | None = strawberry.field(
        default=None,
        description="Whether the challenger's label is the ground truth; only scored requests can be either.",
    )

    def compile(self) -> ArmsCondition:
        """The domain's condition."""
        return ArmsCondition(self.disagree, self.champion_correct, self.challenger_correct)


@graphql_input
class RequestWhere:
    """Conditions on requests: all that are given must hold; null means not given. Lists mean one of these, and a
    single value may be written without brackets.
    """

    id: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These requests: by `id` or `requestId`."
    )
    endpoint: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Asked of these endpoints: by name or id."
    )
    algorithm: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Answered by these algorithms: by id."
    )
    kind: Kind | None = strawberry.field(
        default=None, description="Asked of an endpoint whose algorithms answer this."
    )
    status: list[Status] | None = strawberry.field(
        default=None,
        description="Answered by an algorithm that has one of these statuses now, whatever it had then.",
    )
    ab_test: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Routed through these A/B tests: by id."
    )
    arm: list[Arm] | None = strawberry.field(default=None, description="Served by this side of an A/B test.")
    outcome: Outcome | None = strawberry.field(default=None, description="Ended like this.")
    fault: Fault | None = strawberry.field(default=None, description="Failed through this one's fault.")
    subject: list[str] | None = strawberry.field(default=None, description="Asked for one of these subjects.")
    external_id: list[str] | None = strawberry.field(
        default=None, description="Another system calls it one of these, whatever the endpoint."
    )
    label: list[str] | None = strawberry.field(default=None, description="Answered with one of these labels.")
    value: NumberRange | None = strawberry.field(
        default=None, description="Answered with a value in this range."
    )
    probability: NumberRange | None = strawberry.field(
        default=None, description="Answered with a probability in this range."
    )
    confidence: NumberRange | None = strawberry.field(
        default=None, description="Answered with a confidence in this range."
    )
    latency: NumberRange | None = strawberry.field(default=None, description="Took this long, in seconds.")
    feedback: list[str] | None = strawberry.field(
        default=None, description="Has exactly one of these ground truths."
    )
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
    feedback_from: datetime | None = strawberry.field(
        default=None,
        description="The ground truth was last given at this time or later; without a time zone it is UTC.",
    )
    feedback_before: datetime | None = strawberry.field(
        default=None,
        description="The ground truth was last given before this time; without a time zone it is UTC.",
    )
    feature: list[FeatureWhere] | None = strawberry.field(
        default=None, description="Its indexed features meet all of these."
    )
    both_arms: ArmsWhere | None = strawberry.field(
        default=None, description="Both algorithms of its paired A/B test said this."
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


def filter_of(where: RequestWhere, snapshot: Snapshot, principal: Principal | None = None) -> RequestFilter:
    """The domain's filter for `where`; names are looked up in `snapshot`.

    `principal` is who asks; without one, private features cannot be searched. Raises InvalidInput for a tree that
    is too large or too deep and for features without an index, Forbidden for private ones, InvalidId,
    EndpointNotFound, AlgorithmNotFound.
    """
    if sum(1 for _ in _tree(where, 1)) > LARGEST_WHERE:
        raise InvalidInput(
            f"where may hold at most {LARGEST_WHERE} filters within each other", path=("where",)
        )
    return _compile(where, snapshot, principal)


def _tree(where: RequestWhere, depth: int) -> Iterator[RequestWhere]:
    if depth > DEEPEST_WHERE:
        raise InvalidInput(f"where may be at most {DEEPEST_WHERE} levels deep", path=("where",))
    yield where
    for _ in where.feature or ():
        yield RequestWhere()
    for below in (*(where.and_ or ()), *(where.or_ or ()), *([where.not_] if where.not_ else ())):
        yield from _tree(below, depth + 1)


def _compile(where: RequestWhere, snapshot: Snapshot, principal: Principal | None) -> RequestFilter:
    below = [_compile(one, snapshot, principal) for one in where.and_ or ()]
    return RequestFilter(
        ids=_numbers(where.id, lambda text: number(REQUEST, text, path=("where", "id"))),
        endpoint_ids=_numbers(
            where.endpoint, lambda text: named.endpoint(snapshot, text, "where", "endpoint").id
        ),
        algorithm_ids=_numbers(
            where.algorithm, lambda text: named.algorithm(snapshot, text, "where", "algorithm").id
        ),
        ab_test_ids=_numbers(where.ab_test, lambda text: number(AB_TEST, text, path=("where", "abTest"))),
        arms=None if where.arm is None else tuple(where.arm),
        outcome=where.outcome,
        fault=where.fault,
        subjects=_texts(where.subject, "subject"),
        external_ids=_texts(where.external_id, "externalId"),
        labels=_texts(where.label, "label"),
        feedbacks=_texts(where.feedback, "feedback"),
        value=where.value.compile() if where.value else None,
        probability=where.probability.compile() if where.probability else None,
        confidence=where.confidence.compile() if where.confidence else None,
        latency=where.latency.compile() if where.latency else None,
        with_feedback=where.with_feedback,
        correct=where.correct,
        message_contains=where.message_contains,
        created_from=_utc(where.created_from),
        created_before=_utc(where.created_before),
        feedback_from=_utc(where.feedback_from),
        feedback_before=_utc(where.feedback_before),
        both_arms=where.both_arms.compile() if where.both_arms else None,
        features=_features(where.feature, snapshot, principal),
        and_=(*_in_catalogue(where, snapshot), *below),
        or_=tuple(_compile(one, snapshot, principal) for one in where.or_ or ()),
        not_=(_compile(where.not_, snapshot, principal),) if where.not_ else (),
    )


def _in_catalogue(where: RequestWhere, snapshot: Snapshot) -> Iterator[RequestFilter]:
    """What is said of endpoints and algorithms, not of requests: resolved here, so that indexes serve it."""
    if where.kind is not None:
        kind = where.kind
        yield RequestFilter(
            endpoint_ids=tuple(id_ for id_ in snapshot.endpoints if _kind(snapshot, id_) == kind)
        )
    if where.status is not None:
        wanted = set(where.status)
        yield RequestFilter(
            algorithm_ids=tuple(row.id for row in snapshot.algorithms.values() if row.status in wanted)
        )


def _kind(snapshot: Snapshot, endpoint_id: int) -> str | None:
    """What an endpoint's algorithms answer: all of them the same."""
    spec = snapshot.specs.get(snapshot.endpoint(endpoint_id).name)
    return spec.kind if spec else next((row.kind for row in snapshot.algorithms_of(endpoint_id)), None)


def _features(
    asked: Sequence[FeatureWhere] | None, snapshot: Snapshot, principal: Principal | None
) -> tuple[FeatureCondition, ...] | None:
    if asked is None:
        return None
    return tuple(
        FeatureCondition(
            searchable(principal, snapshot, one.name, path=("where", "feature", "name")),
            texts=_texts(one.text, "feature.text"),
            number=one.number.compile() if one.number else None,
        )
        for one in asked
    )


def _texts(texts: Sequence[str] | None, name: str) -> tuple[str, ...] | None:
    return None if texts is None else tuple(_bounded(texts, name))


def _numbers(texts: Sequence[str] | None, find: Callable[[str], int]) -> tuple[int, ...] | None:
    return None if texts is None else tuple(find(text) for text in _bounded(texts, "a list"))


def _bounded(values: Sequence[str], name: str) -> Sequence[str]:
    if len(values) > LONGEST_LIST:
        raise InvalidInput(f"{name} may hold at most {LONGEST_LIST} values in where", path=("where",))
    return values


def _utc(moment: datetime | None) -> datetime | None:
    """Times without a zone are UTC: everything that Arbiter stores is."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
