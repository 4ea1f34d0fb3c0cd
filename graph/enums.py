"""The domain's closed lists of words, as GraphQL enums with upper-case names."""

from __future__ import annotations

from enum import Enum

import strawberry
from strawberry import enum_value


@strawberry.enum(description="What an algorithm answers.")
class AlgorithmKind(Enum):
    """`domain.types.Kind`."""

    CLASSIFIER = enum_value("classifier", description="A label, with probabilities.")
    REGRESSOR = enum_value("regressor", description="A value.")


@strawberry.enum(description="The part an algorithm plays; it may also have none, and then is never chosen by itself.")
class StatusName(Enum):
    """`domain.types.Status`."""

    PRODUCTION = enum_value("production", description="Serves plain predictions.")
    TESTING = enum_value("testing", description="Serves predictions that ask for the status TESTING.")
    AB_TESTING = enum_value("ab_testing", description="An arm of a running A/B test; only a test can set it.")


@strawberry.enum(name="Outcome", description="How a request ended.")
class OutcomeName(Enum):
    """`domain.types.Outcome`."""

    OK = enum_value("OK", description="With an answer.")
    ERROR = enum_value("ERROR", description="Without one; `message` says why.")


@strawberry.enum(name="Fault", description="Whose fault it was that a request had no answer.")
class FaultName(Enum):
    """`domain.types.Fault`."""

    CALLER = enum_value("caller", description="The caller's: the features, or conditions that nothing meets.")
    ALGORITHM = enum_value("algorithm", description="The algorithm's own: only this counts in an A/B test.")


@strawberry.enum(name="Arm", description="One side of an A/B test.")
class ArmName(Enum):
    """`domain.types.Arm`."""

    CHAMPION = enum_value(
        "champion", description="What a plain prediction would have chosen when the test began, else the first named."
    )
    CHALLENGER = enum_value("challenger", description="The other one.")


@strawberry.enum(name="Traffic", description="Which predictions a running A/B test takes.")
class TrafficName(Enum):
    """`domain.types.Traffic`."""

    OPT_IN = enum_value("OPT_IN", description="Only those that ask for the status AB_TESTING.")
    ALL = enum_value("ALL", description="Those, and plain predictions too.")


@strawberry.enum(description="Where an A/B test is in its life.")
class ABTestState(Enum):
    """`domain.types.ABTestState`."""

    RUNNING = enum_value("running", description="It takes predictions and counts feedback.")
    DECIDED = enum_value("decided", description="It has ended with a verdict.")
    CANCELLED = enum_value("cancelled", description="It was ended without a verdict; the statuses are as before it.")
    ROLLED_BACK = enum_value("rolled_back", description="It was decided, and its changes were taken back.")


@strawberry.enum(description="What a decided A/B test found.")
class Verdict(Enum):
    """`domain.types.Verdict`."""

    PROMOTED = enum_value("promoted", description="The challenger was better; it is in production now.")
    KEPT = enum_value("kept", description="The champion was better, or as good; it is in production.")
    INCONCLUSIVE = enum_value("inconclusive", description="Nothing can be said; the statuses are as before the test.")


@strawberry.enum(name="Scope", description="A right that a caller holds.")
class ScopeName(Enum):
    """`domain.types.Scope`."""

    READ = enum_value("read", description="See endpoints, algorithms, tests and the history.")
    PREDICT = enum_value("predict", description="Ask for predictions.")
    FEEDBACK = enum_value("feedback", description="Give the ground truth.")
    ADMIN = enum_value("admin", description="Set statuses, and create and end A/B tests.")


@strawberry.enum(description="What kind of value a feature takes.")
class FeatureType(Enum):
    """`registry.features.FeatureType`."""

    NUMBER = enum_value("number", description="A finite number.")
    INTEGER = enum_value("integer", description="A whole number; 37.0 is one too.")
    CATEGORY = enum_value("category", description="A text, one of `categories` where they are listed.")
    BOOLEAN = enum_value("boolean", description="true or false; 1 and 0 are taken too.")
