"""The domain's closed lists of words, as GraphQL enums with upper-case names."""

from __future__ import annotations

from enum import Enum
from typing import cast

import strawberry


def word(value: str, description: str) -> str:
    """A member of a GraphQL enum: its value in the domain, and what it means."""
    # Strawberry puts `value` in the definition's place, so the members' values are texts.
    return cast("str", strawberry.enum_value(value, description=description))


@strawberry.enum(description="What an algorithm answers.")
class AlgorithmKind(Enum):
    """`domain.words.Kind`."""

    CLASSIFIER = word("classifier", description="A label, with probabilities.")
    REGRESSOR = word("regressor", description="A value.")


@strawberry.enum(
    description="The part an algorithm plays; it may also have none, and then is never chosen by itself."
)
class StatusName(Enum):
    """`domain.words.Status`."""

    PRODUCTION = word("production", description="Serves plain predictions.")
    TESTING = word("testing", description="Serves predictions that ask for the status TESTING.")
    AB_TESTING = word("ab_testing", description="An arm of a running A/B test; only a test can set it.")


@strawberry.enum(name="Outcome", description="How a request ended.")
class OutcomeName(Enum):
    """`domain.words.Outcome`."""

    OK = word("OK", description="With an answer.")
    ERROR = word("ERROR", description="Without one; `message` says why.")


@strawberry.enum(name="Fault", description="Whose fault it was that a request had no answer.")
class FaultName(Enum):
    """`domain.words.Fault`."""

    CALLER = word("caller", description="The caller's: the features, or conditions that nothing meets.")
    ALGORITHM = word("algorithm", description="The algorithm's own: only this counts in an A/B test.")


@strawberry.enum(name="Arm", description="One side of an A/B test.")
class ArmName(Enum):
    """`domain.words.Arm`."""

    CHAMPION = word(
        "champion",
        description="What a plain prediction would have chosen when the test began, else the first named.",
    )
    CHALLENGER = word("challenger", description="The other one.")


@strawberry.enum(name="Traffic", description="Which predictions a running A/B test takes.")
class TrafficName(Enum):
    """`domain.words.Traffic`."""

    OPT_IN = word("OPT_IN", description="Only those that ask for the status AB_TESTING.")
    ALL = word("ALL", description="Those, and plain predictions too.")


@strawberry.enum(name="ABTestMode", description="How an A/B test gives predictions to its two algorithms.")
class ModeName(Enum):
    """`domain.statistics.rules.Mode`."""

    PAIRED = word(
        "paired",
        description="Both run on every prediction, one is drawn and served, and one ground truth scores both.",
    )
    SPLIT = word(
        "split",
        description="One runs, by weight; the same one for the same subject, until the weights change.",
    )


@strawberry.enum(name="ABTestMetric", description="What makes an algorithm the better one.")
class MetricName(Enum):
    """`domain.statistics.rules.Metric`."""

    ACCURACY = word("accuracy", description="The share of right labels; for classifiers, more is better.")
    RMSE = word("rmse", description="The root-mean-square error; for regressors, less is better.")
    MAE = word("mae", description="The mean absolute error; for regressors, less is better.")


@strawberry.enum(name="ABTestServe", description="Whose answers callers get while a paired A/B test runs.")
class ServeName(Enum):
    """`domain.ab_tests.plan.Serve`."""

    RANDOM = word("RANDOM", description="Those of the algorithm that was drawn.")
    CHAMPION_ONLY = word(
        "CHAMPION_ONLY",
        description="The champion's, which stays in production; the challenger only runs beside it.",
    )


@strawberry.enum(
    name="ThirdAlgorithm",
    description="What happens at a promotion to an algorithm in production that took no part in the test.",
)
class ThirdAlgorithmName(Enum):
    """`domain.ab_tests.plan.ThirdAlgorithm`."""

    TO_TESTING = word("TO_TESTING", description="It moves to TESTING, so that the winner gets the traffic.")
    KEEP = word("KEEP", description="It stays in production, and gets the traffic if its id is lower.")


@strawberry.enum(description="Where an A/B test is in its life.")
class ABTestState(Enum):
    """`domain.words.ABTestState`."""

    RUNNING = word("running", description="It takes predictions and counts feedback.")
    DECIDED = word("decided", description="It has ended with a verdict.")
    CANCELLED = word(
        "cancelled", description="It was ended without a verdict; the statuses are as before it."
    )
    ROLLED_BACK = word("rolled_back", description="It was decided, and its changes were taken back.")


@strawberry.enum(description="What a decided A/B test found.")
class Verdict(Enum):
    """`domain.words.Verdict`."""

    PROMOTED = word("promoted", description="The challenger was better; it is in production now.")
    KEPT = word("kept", description="The champion was better, or as good; it is in production.")
    INCONCLUSIVE = word(
        "inconclusive", description="Nothing can be said; the statuses are as before the test."
    )


@strawberry.enum(name="Scope", description="A right that a caller holds.")
class ScopeName(Enum):
    """`domain.callers.Scope`."""

    READ = word("read", description="See endpoints, algorithms, tests and the history.")
    PREDICT = word("predict", description="Ask for predictions.")
    FEEDBACK = word("feedback", description="Give the ground truth.")
    ADMIN = word("admin", description="Set statuses, create and end A/B tests, and forget subjects.")
    READ_PRIVATE = word(
        "read:private",
        description="See the values of private features too; gives nothing to who may not `READ`.",
    )


@strawberry.enum(name="ExportFormat", description="How an export is written.")
class ExportFormatName(Enum):
    """`serving.callers.export_links.ExportFormat`."""

    CSV = word(
        "csv",
        description="Comma-separated values for spreadsheets; texts that look like formulas are disarmed.",
    )
    NDJSON = word("ndjson", description="One JSON object a line, with exactly the values.")


@strawberry.enum(description="What kind of value a feature takes.")
class FeatureType(Enum):
    """`registry.features.FeatureType`."""

    NUMBER = word("number", description="A finite number.")
    INTEGER = word("integer", description="A whole number; 37.0 is one too.")
    CATEGORY = word("category", description="A text, one of `categories` where they are listed.")
    BOOLEAN = word("boolean", description="true or false; 1 and 0 are taken too.")
