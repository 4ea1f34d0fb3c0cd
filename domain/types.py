"""The values that travel between the layers, named as the table of words in docs/design.md names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, TypeAlias

from domain import request_ids

if TYPE_CHECKING:
    from domain.ab_test_plan import Plan  # which is made of the words below

JSONValue: TypeAlias = "bool | int | float | str | list[JSONValue] | dict[str, JSONValue] | None"


class Kind(StrEnum):
    """What an algorithm answers: a label, or a value."""

    CLASSIFIER = "classifier"
    REGRESSOR = "regressor"


class Status(StrEnum):
    """The part an algorithm plays now; an algorithm may also have none."""

    PRODUCTION = "production"
    TESTING = "testing"
    AB_TESTING = "ab_testing"


class Outcome(StrEnum):
    """How a request ended."""

    OK = "OK"
    ERROR = "ERROR"


class Fault(StrEnum):
    """Whose fault a request with outcome ERROR was: only the algorithm's own failures count in a test."""

    CALLER = "caller"
    ALGORITHM = "algorithm"


class Traffic(StrEnum):
    """Which calls a running test takes: those that ask for it, or plain predictions too."""

    OPT_IN = "OPT_IN"
    ALL = "ALL"


class ABTestState(StrEnum):
    """Where a test is in its life."""

    RUNNING = "running"
    DECIDED = "decided"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled_back"


class Verdict(StrEnum):
    """What a decided test found."""

    PROMOTED = "promoted"
    KEPT = "kept"
    INCONCLUSIVE = "inconclusive"


class Arm(StrEnum):
    """One side of a test."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


class Scope(StrEnum):
    """A right that an API key carries."""

    READ = "read"
    PREDICT = "predict"
    FEEDBACK = "feedback"
    ADMIN = "admin"
    READ_PRIVATE = "read:private"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: an API key by its name, or anybody (`anonymous`)."""

    name: str
    scopes: frozenset[Scope]
    anonymous: bool = False

    def may(self, scope: Scope) -> bool:
        """Whether this caller holds `scope`."""
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom a query reads; queries mask what this caller may not see (`domain.privacy`).

    `public` names, by endpoint id, the features that are not private; None: all of them. Of an endpoint that it
    does not name nothing is public, so that a viewer made without it sees less, never more.
    """

    principal: Principal
    public: Mapping[int, frozenset[str] | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A use case: what the data means and which features it has."""

    id: int
    name: str
    owner: str
    description: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A trained model of one endpoint, with its active status or None."""

    id: int
    endpoint_id: int
    name: str
    kind: Kind
    version: str
    description: str
    owner: str
    created_at: datetime
    status: Status | None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class AlgorithmStatus:
    """One row of an algorithm's status log; only the newest is active."""

    id: int
    algorithm_id: int
    status: Status
    active: bool
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """One prediction asked for, as the log keeps it. `input` and `full_response` are JSON text as it came.

    `masked_features` names those whose values `domain.privacy` has hidden. Both texts are empty where they were
    not read, or were forgotten. `correct` and `residual` (value minus ground truth, in the target's unit) are
    None until feedback is given.
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

    @property
    def created_at(self) -> datetime:
        """When the request came: the time in its id, UTC, to the millisecond."""
        return request_ids.time_of(self.id)


@dataclass(frozen=True, slots=True)
class ABTest:
    """A test of two algorithms of one endpoint; numbers 1 and 2 are as the creator named them."""

    id: int
    endpoint_id: int
    algorithm1_id: int
    algorithm2_id: int
    champion_id: int
    kind: Kind
    title: str
    traffic: Traffic
    state: ABTestState
    verdict: Verdict | None
    reason: str | None
    summary: str
    salt: str
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    plan: Plan

    @property
    def challenger_id(self) -> int:
        """The arm that is not the champion."""
        return self.algorithm2_id if self.champion_id == self.algorithm1_id else self.algorithm1_id

    @property
    def algorithm_ids(self) -> tuple[int, int]:
        """Both arms in the order in which the creator named them."""
        return self.algorithm1_id, self.algorithm2_id

    def arm_of(self, algorithm_id: int) -> Arm:
        """Which arm `algorithm_id` is; it must be one of the two."""
        return Arm.CHAMPION if algorithm_id == self.champion_id else Arm.CHALLENGER


@dataclass(frozen=True, slots=True)
class ABTestEvent:
    """One entry of a test's append-only audit log; `details` is JSON text (before, after, counts)."""

    id: int
    ab_test_id: int
    kind: str
    created_by: str
    created_at: datetime
    details: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as it may be shown: never the secret, only what it may do."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
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
    are all missing is answered: the old service did both.
    """

    endpoint: str
    rows: tuple[JSONValue, ...]
    principal: Principal
    conditions: Conditions = Conditions()
    subject: str | None = None
    idempotency_key: str | None = None
    texts: tuple[str, ...] | None = None
    from_form: bool = False
    blank_rows: bool = False
    numeric_texts: bool = False


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
class Failure:
    """Why a row has no answer: a stable code, a text for people, the feature it is about, whose fault it is.

    `parts` holds each single reason where there are several; the message then joins the first few of them.
    """

    code: str
    message: str
    path: tuple[str, ...] = ()
    fault: Fault = Fault.CALLER
    parts: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """The logged result of one row: an answer or a failure, and the durable request's id."""

    request: Request
    failure: Failure | None = None
    probabilities: Mapping[str, float] | None = None


class FeedbackForm(Enum):
    """How an edge sends ground truth, hence how it is read where the endpoint declares its classes."""

    VALUE = "a value; what is no declared class is refused"
    CELL = "a cell of a table: the same, but one without a value is passed over"
    LEGACY = "the old service's: what is no declared class is stored, and not scored"


@dataclass(frozen=True, slots=True)
class FeedbackCommand:
    """The ground truth for one request; None clears it."""

    request_id: int
    feedback: JSONValue
    form: FeedbackForm = FeedbackForm.VALUE


@dataclass(frozen=True, slots=True)
class FeedbackResult:
    """What became of one feedback of a batch: the request, or the reason why nothing was stored.

    `skipped` when the feedback was a cell without a value: the request is as it was.
    """

    request: Request | None
    failure: Failure | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """Counts and sums of one algorithm's requests in a test.

    `served` counts all its requests of the test, `errors` its own failures, `with_feedback` those that count;
    `squares` is the sum of squared residuals of a regressor, in the target's unit squared.
    """

    served: int = 0
    errors: int = 0
    with_feedback: int = 0
    correct: int = 0
    squares: float = 0.0


@dataclass(frozen=True, slots=True)
class Problem:
    """An algorithm, endpoint or plug-in that could not be loaded, and why."""

    name: str
    reason: str
    endpoint: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
