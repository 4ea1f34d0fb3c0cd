"""The domain's closed lists of words as GraphQL enums: the names of their values are those of the members.

Import a list from here where it is the type of a field or an argument: that it was described is then certain.
"""

from __future__ import annotations

from enum import Enum
from typing import cast

import strawberry

from domain.ab_tests.disagreement import AnswerChange
from domain.ab_tests.plan import Mode, ServingMode, ThirdAlgorithm
from domain.callers import Scope
from domain.history.aggregates import Binned, Figure, GroupKey, TimeBucket
from domain.history.retention import WaitReason as RetentionWaitReason
from domain.jobs import JobKind, JobState
from domain.statistics.rules import Metric
from domain.statistics.stability_index import Shift
from domain.words import ABTestState, Arm, Fault, Hold, Kind, Outcome, OutcomeSeen, Status, Traffic, Verdict
from graph.vocabulary.private_parts import enum_definition_of
from registry.features import FeatureType
from serving.callers.export_links import ExportFormat

__all__ = [
    "ABTestState",
    "AnswerChange",
    "Arm",
    "Binned",
    "ExportFormat",
    "Fault",
    "FeatureType",
    "Figure",
    "GroupKey",
    "Hold",
    "JobKind",
    "JobState",
    "Kind",
    "Metric",
    "Mode",
    "Outcome",
    "OutcomeSeen",
    "RetentionWaitReason",
    "Scope",
    "ServingMode",
    "Shift",
    "Status",
    "ThirdAlgorithm",
    "TimeBucket",
    "Traffic",
    "Verdict",
]


def word(value: str, description: str) -> str:
    """A member of an enum that only GraphQL has: its value in the domain, and what it means."""
    # Strawberry puts `value` in the definition's place, so the members' values are texts.
    return cast("str", strawberry.enum_value(value, description=description))


def describe(words: type[Enum], name: str, meaning: str, **meanings: str) -> None:
    """Make `words` the GraphQL enum `name`, with the meaning of each member. Raises KeyError for one without."""
    strawberry.enum(words, name=name, description=meaning)
    for value in enum_definition_of(words).values:
        value.description = meanings[value.name]


describe(
    AnswerChange,
    "AnswerChange",
    "What another answer changed, held against the ground truth.",
    BETTER="It is right now, or nearer to the truth.",
    WORSE="It is wrong now, or farther from the truth.",
    NEITHER="Both are wrong, or as far off, or the ground truth is no declared class.",
)
describe(
    JobKind,
    "JobKind",
    "What a job does with its rows.",
    REPLAY="Runs an algorithm over logged requests and compares it with what was served.",
    INDEX="Puts stored requests into the index of features.",
    REBUILD="Corrects the daily summaries.",
    EXPORT="Writes the requests of a filter into part files.",
    PREDICT="Answers the rows of a file.",
    FEEDBACK="Stores the ground truths of a file.",
)
describe(
    JobState,
    "JobState",
    "How far a job is.",
    WAITING="No worker has begun.",
    RUNNING="Workers have begun.",
    DONE="It has a result.",
    FAILED="It has stopped, and `error` says why; `arbiter jobs resume` has it go on.",
    CANCELLED="Somebody has stopped it; `arbiter jobs resume` has it go on.",
)
describe(
    Kind,
    "AlgorithmKind",
    "What an algorithm answers.",
    CLASSIFIER="A label, with probabilities.",
    REGRESSOR="A value.",
)
describe(
    Status,
    "StatusName",
    "The part an algorithm plays; it may also have none, and then is never chosen by itself.",
    PRODUCTION="Serves plain predictions.",
    TESTING="Serves predictions that ask for the status TESTING.",
    AB_TESTING="An arm of a running A/B test; only a test can set it.",
)
describe(
    Outcome,
    "Outcome",
    "How a request ended.",
    OK="With an answer.",
    ERROR="Without one; `message` says why.",
)
describe(
    Fault,
    "Fault",
    "Whose fault it was that a request had no answer.",
    CALLER="The caller's: the features, or conditions that nothing meets.",
    ALGORITHM="The algorithm's own: only this counts in an A/B test.",
)
describe(
    Arm,
    "Arm",
    "One side of an A/B test.",
    CHAMPION="What a plain prediction would have chosen when the test began, else the first named.",
    CHALLENGER="The other one.",
)
describe(
    Traffic,
    "Traffic",
    "Which predictions a running A/B test takes.",
    OPT_IN="Only those that ask for the status AB_TESTING.",
    ALL="Those, and plain predictions too.",
)
describe(
    Mode,
    "ABTestMode",
    "How an A/B test gives predictions to its two algorithms.",
    PAIRED="Both run on every prediction, one is drawn and served, and one ground truth scores both.",
    SPLIT="One runs, by weight; the same one for the same subject, until the weights change.",
)
describe(
    Metric,
    "ABTestMetric",
    "What makes an algorithm the better one.",
    ACCURACY="The share of right labels; for classifiers, more is better.",
    RMSE="The root-mean-square error; for regressors, less is better.",
    MAE="The mean absolute error; for regressors, less is better.",
    COST="What the answers cost on average, by the `costs` of the test; for classifiers, less is better.",
    BRIER="The Brier score: how far probabilities are from the truth; for classifiers, less is better.",
)
describe(
    OutcomeSeen,
    "OutcomeSeen",
    "For which answers the truth is ever seen.",
    ALL="For each: what was answered has no part in whether the truth becomes known.",
    ONLY_FOR="Only for some answers: who is refused a loan never shows whether it would have been paid back.",
    UNKNOWN="Nobody has said; only an even paired test is right then, whatever it depends on.",
)
describe(
    Hold,
    "ABTestHold",
    "Why an A/B test names no winner by itself, however clear its evidence; a person may accept it.",
    UNKNOWN_OUTCOMES=(
        "Nobody has said for which answers the truth is seen, and the evidence would be wrong if it depends on them."
    ),
    SELECTIVE_FEEDBACK="The truths that came depend on the answers that were served.",
    LATE_TRUTHS="The truths of one class come later than those of another, and the test does not wait for them.",
    UNBOUNDED_ERRORS="One rare, huge error could turn the verdict, since no largest error is declared.",
    OLDER_RULE="The test began under an older rule, which is wrong in a world like this one.",
)
describe(
    ServingMode,
    "ABTestServe",
    "Whose answers callers get while a paired A/B test runs.",
    RANDOM="Those of the algorithm that was drawn.",
    CHAMPION_ONLY="The champion's, which stays in production; the challenger only runs beside it.",
)
describe(
    ThirdAlgorithm,
    "ThirdAlgorithm",
    "What happens at a promotion to an algorithm in production that took no part in the test.",
    TO_TESTING="It moves to TESTING, so that the winner gets the traffic.",
    KEEP="It stays in production, and gets the traffic if its id is lower.",
)
describe(
    ABTestState,
    "ABTestState",
    "Where an A/B test is in its life.",
    RUNNING="It takes predictions and counts feedback.",
    DECIDED="It has ended with a verdict.",
    CANCELLED="It was ended without a verdict; the statuses are as before it.",
    ROLLED_BACK="It was decided, and its changes were taken back.",
)
describe(
    Verdict,
    "Verdict",
    "What a decided A/B test found.",
    PROMOTED="The challenger was better; it is in production now.",
    KEPT="The champion was better, or as good; it is in production.",
    INCONCLUSIVE="Nothing can be said; the statuses are as before the test.",
)
describe(
    Scope,
    "Scope",
    "A right that a caller holds.",
    READ="See endpoints, algorithms, tests and the history.",
    PREDICT="Ask for predictions.",
    FEEDBACK="Give the ground truth.",
    ADMIN="Set statuses, create and end A/B tests, and forget subjects.",
    READ_PRIVATE="See the values of private features too; gives nothing to who may not `READ`.",
)
describe(
    ExportFormat,
    "ExportFormat",
    "How an export is written.",
    CSV="Comma-separated values for spreadsheets; texts that look like formulas are disarmed.",
    NDJSON="One JSON object a line, with exactly the values.",
)
describe(
    FeatureType,
    "FeatureType",
    "What kind of value a feature takes.",
    NUMBER="A finite number.",
    INTEGER="A whole number; 37.0 is one too.",
    CATEGORY="A text, one of `categories` where they are listed.",
    BOOLEAN="true or false; 1 and 0 are taken too.",
    TEXT="A text of words, such as a review, of at most `length` characters.",
)
describe(
    GroupKey,
    "RequestGroupKey",
    "What groups of requests are told apart by.",
    ENDPOINT="The endpoint that was asked.",
    ALGORITHM="The algorithm that was chosen; null when none could be.",
    AB_TEST="The A/B test that it was routed through; null outside a test.",
    ARM="The side of the A/B test that served it; null outside a test.",
    OUTCOME="How it ended.",
    CORRECT="Whether the label is the ground truth; null without feedback, and for a regressor.",
    LABEL="What a classifier answered; null for a regressor and for an ERROR.",
    FEEDBACK="The ground truth as it was given; null without feedback.",
    SUBJECT="Whom or what it was about; null where the caller did not say.",
    FEATURE="The value of the indexed feature that `feature` names; null for requests without one.",
)
describe(
    Binned,
    "RequestNumber",
    "A number of a request that can be divided into bins.",
    PROBABILITY="Its `probability`; none for a regressor and for an ERROR.",
    CONFIDENCE="Its `confidence`; none for a regressor and for an ERROR.",
    VALUE="What a regressor answered; none for a classifier and for an ERROR.",
    LATENCY="How long it took, in seconds.",
    FEATURE="The value of the indexed feature that `feature` names; none for a request without one.",
)
describe(
    Figure,
    "RequestFigure",
    "A figure of `RequestAggregate` that groups can be put in order by.",
    COUNT="How many requests there are.",
    ERRORS="How many their algorithm failed itself.",
    CALLER_ERRORS="How many failed through the caller's fault.",
    WITH_FEEDBACK="How many have a ground truth.",
    SCORED="How many are scored.",
    CORRECT="How many of the scored ones have the right label.",
    ACCURACY="The share of right labels among classifiers' scored requests.",
    RMSE="The root-mean-square error of regressors.",
    MAE="The mean absolute error of regressors.",
    BIAS="How much too high regressors' answers are on average.",
)
describe(
    TimeBucket,
    "TimeBucket",
    "A stretch of time in UTC.",
    HOUR="An hour.",
    DAY="A day.",
    WEEK="An ISO week: it begins on Monday.",
    MONTH="A calendar month.",
)
describe(
    Shift,
    "DriftShift",
    "What a population stability index says, by the thresholds of N. Siddiqi (Credit Risk Scorecards, 2006).",
    NONE="Below 0.1: nothing worth a look.",
    SOME="From 0.1 to below 0.25: worth a look.",
    LARGE="0.25 or more: what comes now is not what came then.",
)
describe(
    RetentionWaitReason,
    "RetentionWaitReason",
    "What keeps requests that are due.",
    TEST="An A/B test that runs, or one that has ended and whose ground truths may still come.",
    KEYS="Idempotency keys that hold.",
    CLOCK="A clock that has jumped, and is not believed.",
)
