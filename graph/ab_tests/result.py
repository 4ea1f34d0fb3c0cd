"""The result of an A/B test: what its figures say now, how sure one may be, and what is still needed."""

from __future__ import annotations

from operator import attrgetter

import strawberry

from domain.ab_tests.results.result import Result
from domain.statistics.estimate import Inconclusive
from domain.statistics.evidence import Evidence
from graph.ab_tests.series import Interval
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import ABTestState, Arm, Hold, Verdict
from graph.vocabulary.field_cost import FieldCost, sized
from graph.vocabulary.fields import computed
from graph.vocabulary.links import AlgorithmType, TruthDelayType
from graph.vocabulary.named import algorithm_field


@graphql_type
class ABTestArmResult:
    """One side of an A/B test, and how well it did."""

    arm: Arm = strawberry.field(description="Which side it is.")
    served: int = strawberry.field(description="How many predictions of the test callers got from it.")
    with_feedback: int = strawberry.field(
        description="How many of its predictions are scored by a ground truth; in a paired test all that it made."
    )
    coverage: float | None = strawberry.field(
        description=(
            "The share of the test's predictions on which all that had to run has answered or failed, from 0 to 1: "
            "the others are left out of all figures. Null without any."
        )
    )
    errors: int = strawberry.field(description="How many predictions it failed itself.")
    value: float | None = strawberry.field(
        description=(
            "Its figure by the test's metric: accuracy, mean cost, Brier score, RMSE or MAE. Null where it is not "
            "known; `valueReason` says why."
        )
    )
    value_reason: str | None = strawberry.field(
        description="Why `value` is null, such as truths of disagreements only; null where it is not."
    )
    interval: Interval | None = strawberry.field(
        description="The values of that figure which the data still allow; null where nothing is known."
    )
    algorithm: AlgorithmType | None = algorithm_field(
        "algorithm_id", "The algorithm on this side; null in a replay where several have served."
    )


@graphql_type
class ABTestDifference:
    """How much better the challenger is, and which differences the figures still allow."""

    difference: float = strawberry.field(
        name="estimate",
        description=(
            "For accuracy the challenger's minus the champion's: 0.01 is one point. For COST, BRIER and MAE the "
            "champion's mean minus the challenger's, for RMSE that of the mean squared errors. Above 0 is better."
        ),
    )
    interval: Interval | None = strawberry.field(
        description="Between which values it may lie; it excludes 0 when the verdict falls."
    )
    ratio: float | None = strawberry.field(
        description="The challenger's RMSE or MAE divided by the champion's: below 1 is better; null for accuracy."
    )
    ratio_interval: Interval | None = strawberry.field(
        description="Between which values the ratio may lie; null for accuracy."
    )


@graphql_type
class ABTestDiscordance:
    """Predictions with ground truth by which algorithm was right; only the discordant ones tell them apart."""

    challenger_only: int = strawberry.field(description="Only the challenger was right: discordant.")
    champion_only: int = strawberry.field(description="Only the champion was right: discordant.")
    both_right: int = strawberry.field(description="Both were right.")
    both_wrong: int = strawberry.field(description="Both were wrong.")


@graphql_type
class ABTestEpoch:
    """How often each side was drawn while the challenger had one share of the predictions."""

    weight: float = strawberry.field(
        name="challengerWeight", description="The share that the challenger was to get."
    )
    champion: int = strawberry.field(description="How often the champion was drawn.")
    challenger: int = strawberry.field(description="How often the challenger was drawn.")


@graphql_type
class ABTestSampleRatio:
    """Whether predictions were shared as planned; if not, no comparison can be trusted."""

    passed: bool = strawberry.field(description="Whether they were.")
    p: float = strawberry.field(
        description=(
            "How well the counts fit the plan, from 0 to 1: the check fails below 0.001. "
            "It may be looked at any time."
        )
    )
    drawn: list[ABTestEpoch] = strawberry.field(
        name="epochs", description="The counts, by the challenger's share.", metadata=sized(20)
    )


@graphql_type
class ABTestGuardrail:
    """A limit that protects callers from a bad challenger."""

    name: str = strawberry.field(
        description="What it watches: `failures`, `latency`, or the metric of `guardrailMetric`."
    )
    passed: bool = strawberry.field(description="Whether the challenger keeps to it.")
    text: str = strawberry.field(description="The figures in words.")


@graphql_type
class ABTestPower:
    """How far the test is, with a chance of 80 % to find the effect however often one looks."""

    needed: int | None = strawberry.field(
        description=(
            "How many predictions with ground truth it takes to find the test's `minimumEffect`; without one, an "
            "effect of 0.01. Null while the figures do not tell, and above 2,147,483,647: `reason` says which."
        )
    )
    reason: str | None = strawberry.field(description="Why `needed` is null; null where it is not.")
    progress: float | None = strawberry.field(description="The share of them that there is, from 0 to 1.")
    detectable: float | None = strawberry.field(
        description=(
            "The smallest effect that can be found with what there is: a difference of accuracies, or a share of the "
            "champion's RMSE or MAE. Null where none can."
        )
    )


@graphql_type
class ABTestSelectiveFeedback:
    """Whether the truths that came depend on the answers that were served: then the evidence may be wrong.

    Among disagreements with a truth, whose answer was served, against the lot that was drawn.
    """

    passed: bool = strawberry.field(description="Whether nothing speaks for it.")
    e_value: float = strawberry.field(
        description="The evidence that they do; it may be looked at any time, and the alarm is raised at 1,000."
    )
    text: str = strawberry.field(description="The figures in words.")


@graphql_type
class ABTestTruthDelay:
    """How late the truths of one class come."""

    truth: str = strawberry.field(description="The class.")
    count: int = computed(lambda delays: sum(delays.counts), "How many truths of it there are.")
    half: float | None = computed(
        lambda delays: delays.within(0.5),
        "Within how many seconds half of them came, rounded up to a power of two; null above four years.",
    )
    most: float | None = computed(lambda delays: delays.within(0.95), "The same of 95 % of them.")


@graphql_type
class ABTestLateTruths:
    """Whether the truths of one class come later than those of the others: then those that are in mislead."""

    passed: bool = strawberry.field(description="Whether none do, or the test waits for all alike.")
    text: str = strawberry.field(description="The figures in words.")
    proposed: float | None = strawberry.field(
        name="proposedDelay",
        description=(
            "The `feedbackDelay` in seconds with which a new test would wait for all alike; null where none is needed."
        ),
    )
    classes: list[TruthDelayType] = strawberry.field(
        description="The delays by class; a class without truths is not there.", metadata=sized(10)
    )


def _late_truths(result: Result) -> ABTestLateTruths | None:
    found = result.late_truths
    if found is None:
        return None
    return ABTestLateTruths(
        passed=found.passed,
        text=found.text,
        proposed=None if found.proposed is None else found.proposed.total_seconds(),
        classes=list(result.figures.delays),
    )


def _evidence(result: Result) -> Evidence | None:
    return None if isinstance(result.evidence, Inconclusive) else result.evidence


@graphql_type
class ABTestResult:
    """What the figures of a test say at this moment. It may be looked at any time without spoiling the test. The
    verdict that a test was given, once and for all, is `ABTest.verdict`.
    """

    state: ABTestState = strawberry.field(
        description="What the rules say now: RUNNING is to go on; DECIDED and CANCELLED would end the test."
    )
    verdict: Verdict | None = strawberry.field(description="What the rules find now; null is to go on.")
    reason: str = strawberry.field(
        description="Why, in a sentence; where something holds it back, what to do."
    )
    holds: list[Hold] = computed(
        lambda result: list(result.decision.holds),
        "Why it names no winner by itself, however clear its evidence; empty where nothing holds it back. "
        "concludeABTest can accept them.",
        FieldCost(size=5),
    )
    withheld: Verdict | None = computed(
        attrgetter("decision.withheld"),
        "The verdict that the evidence would give if all `holds` were accepted; null where it gives none.",
    )
    caveat: str | None = strawberry.field(
        description=(
            "What a verdict must be read with: a test that ends when it knows overstates the lead, and the low end of "
            "the interval is what can be counted on. Null without a winner."
        )
    )
    feedback_share: float | None = strawberry.field(
        description="The share of the test's predictions that have a ground truth, from 0 to 1; null without any."
    )
    arms: list[ABTestArmResult] = computed(
        lambda result: (result.champion, result.challenger),
        "The champion, then the challenger.",
        FieldCost(size=2),
    )
    difference: ABTestDifference | None = computed(
        _evidence, "How much better the challenger is; null as long as the figures cannot say anything."
    )
    e_value: float | None = computed(
        lambda result: getattr(_evidence(result), "e_value", None),
        "The evidence that one of the two is better, whichever: were both equal, it would ever reach 20 in at most "
        "1 test of 20. The verdict falls at 1 / alpha. Null without a difference.",
    )
    always_valid_p: float | None = computed(
        lambda result: getattr(_evidence(result), "p", None),
        "1 / eValue, at most 1: a p-value that may be looked at any time.",
    )
    method: str = computed(attrgetter("decision.method.value"), "By which method the rules came to this.")
    is_exact: bool = computed(
        attrgetter("decision.exact"),
        "Whether the promise of alpha holds at any number of predictions, or only at large ones.",
    )
    discordant: ABTestDiscordance | None = strawberry.field(
        name="discordance", description="Who was right how often; null but for a paired test by accuracy."
    )
    sample_ratio: ABTestSampleRatio | None = strawberry.field(
        description="Whether predictions were shared as planned; null where nothing is drawn."
    )
    selective_feedback: ABTestSelectiveFeedback | None = strawberry.field(
        description=(
            "Whether the truths that came depend on the answers that were served; null where nothing is drawn, and in "
            "SPLIT mode, where nobody can tell."
        )
    )
    late_truths: ABTestLateTruths | None = computed(
        _late_truths, "Whether the truths of one class come later than the others'; null for regressors."
    )
    guardrails: list[ABTestGuardrail] = strawberry.field(
        description="What protects callers; empty where it is switched off.", metadata=sized(3)
    )
    power: ABTestPower = strawberry.field(description="How far the test is.")
    warnings: list[str] = strawberry.field(description="What to be careful about, in plain words.")
    retrospective: bool = strawberry.field(
        name="isRetrospective",
        description="Whether this is a replay of the past, in which nothing was drawn at random.",
    )
