"""The words of the domain that have a fixed list of values, named as the table in docs/design.md names them."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TypeAlias

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


class Hold(StrEnum):
    """Why a test names no winner by itself, however clear its evidence; a person may accept it.

    UNKNOWN_OUTCOMES: nobody has said for which answers the truth is seen, and the evidence would be wrong if it
    depends on the answer. SELECTIVE_FEEDBACK: it does depend on the answer. LATE_TRUTHS: truths of one class come
    later than another's, and the test does not wait for them. UNBOUNDED_ERRORS: one rare huge error could turn the
    verdict, since no largest error is declared. OLDER_RULE: the test began under a rule that is wrong in its world.
    """

    UNKNOWN_OUTCOMES = "unknown_outcomes"
    SELECTIVE_FEEDBACK = "selective_feedback"
    LATE_TRUTHS = "late_truths"
    UNBOUNDED_ERRORS = "unbounded_errors"
    OLDER_RULE = "older_rule"


class OutcomeSeen(StrEnum):
    """For which answers the truth is ever seen: for all of them, only for some, or nobody has said."""

    ALL = "all"
    ONLY_FOR = "only_for"
    UNKNOWN = "unknown"


class Arm(StrEnum):
    """One side of a test."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


class FeedbackForm(Enum):
    """How an edge sends ground truth, hence how it is read where the endpoint declares its classes."""

    VALUE = "a value; what is no declared class is refused"
    CELL = "a cell of a table: the same, but one without a value is passed over"
    LEGACY = "the old service's: what is no declared class is stored, and not scored"


class Durability(StrEnum):
    """How durable a stored row is when its answer leaves: what a power cut or a crash of the system may take.

    `durable`: nothing that was answered. `relaxed`: the last moments; what remains is whole and consistent. A crash
    of the process takes nothing.
    """

    DURABLE = "durable"
    RELAXED = "relaxed"
