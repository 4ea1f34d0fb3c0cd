"""The result of an A/B test: what its figures say now, how sure one may be, and what is still needed."""

from __future__ import annotations

import strawberry

from domain.ab_tests import result as ab_test_result
from domain.statistics.epoch_counts import EpochCounts
from domain.statistics.estimate import Inconclusive
from domain.statistics.evidence import Evidence
from domain.statistics.outlook import Outlook
from domain.statistics.pair_counts import PairCounts
from graph.ab_tests.intervals import Interval
from graph.catalog import algorithms
from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import ABTestState, Arm, Verdict
from graph.vocabulary.field_cost import sized
from graph.vocabulary.fields import resolved
from graph.vocabulary.links import AlgorithmType
from graph.vocabulary.permissions import WithParent


@graphql_type
class ABTestArmResult:
    """One side of an A/B test, and how well it did."""

    algorithm_id: strawberry.Private[int | None]
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
        description="Its accuracy, RMSE or MAE, as the test's metric says; null without ground truth."
    )
    interval: Interval | None = strawberry.field(
        description="The values of that figure which the data still allow; null where nothing is known."
    )

    @classmethod
    def of(cls, arm: ab_test_result.ArmResult) -> ABTestArmResult:
        """The GraphQL form of an arm."""
        return cls(
            algorithm_id=arm.algorithm_id,
            arm=arm.arm,
            served=arm.served,
            with_feedback=arm.with_feedback,
            coverage=arm.coverage,
            errors=arm.errors,
            value=arm.value,
            interval=Interval.of(arm.interval),
        )

    @resolved(needs=WithParent())
    def algorithm(self, info: Info) -> AlgorithmType | None:
        """The algorithm on this side; null in a replay where several have served."""
        snapshot = info.context.snapshot
        if self.algorithm_id is None:
            return None
        return algorithms.Algorithm.of(snapshot.algorithm(self.algorithm_id), snapshot)


@graphql_type
class ABTestDifference:
    """How much better the challenger is, and which differences the figures still allow."""

    estimate: float = strawberry.field(
        description=(
            "For accuracy the challenger's minus the champion's: 0.01 is one point. For RMSE the champion's mean "
            "squared error minus the challenger's, for MAE that of the mean absolute errors. Above 0 is better."
        )
    )
    interval: Interval | None = strawberry.field(description="Between which values it may lie.")
    ratio: float | None = strawberry.field(
        description="The challenger's RMSE or MAE divided by the champion's: below 1 is better; null for accuracy."
    )
    ratio_interval: Interval | None = strawberry.field(
        description="Between which values the ratio may lie; null for accuracy."
    )

    @classmethod
    def of(cls, evidence: Evidence) -> ABTestDifference:
        """The GraphQL form of what the scores say."""
        return cls(
            estimate=evidence.difference,
            interval=Interval.of(evidence.interval),
            ratio=evidence.ratio,
            ratio_interval=Interval.of(evidence.ratio_interval),
        )


@graphql_type
class ABTestDiscordance:
    """Predictions with ground truth by which algorithm was right; only the discordant ones tell them apart."""

    challenger_only: int = strawberry.field(description="Only the challenger was right: discordant.")
    champion_only: int = strawberry.field(description="Only the champion was right: discordant.")
    both_right: int = strawberry.field(description="Both were right.")
    both_wrong: int = strawberry.field(description="Both were wrong.")

    @classmethod
    def of(cls, counts: PairCounts | None) -> ABTestDiscordance | None:
        """The GraphQL form of the counts."""
        if counts is None:
            return None
        return cls(
            challenger_only=counts.challenger_only,
            champion_only=counts.champion_only,
            both_right=counts.both_right,
            both_wrong=counts.both_wrong,
        )


@graphql_type
class ABTestEpoch:
    """How often each side was drawn while the challenger had one share of the predictions."""

    challenger_weight: float = strawberry.field(description="The share that the challenger was to get.")
    champion: int = strawberry.field(description="How often the champion was drawn.")
    challenger: int = strawberry.field(description="How often the challenger was drawn.")

    @classmethod
    def of(cls, counts: EpochCounts) -> ABTestEpoch:
        """The GraphQL form of the counts."""
        return cls(challenger_weight=counts.weight, champion=counts.champion, challenger=counts.challenger)


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
    epochs: list[ABTestEpoch] = strawberry.field(
        description="The counts, by the challenger's share.", metadata=sized(20)
    )

    @classmethod
    def of(cls, ratio: ab_test_result.SampleRatio | None) -> ABTestSampleRatio | None:
        """The GraphQL form of the check."""
        if ratio is None:
            return None
        return cls(passed=ratio.passed, p=ratio.p, epochs=[ABTestEpoch.of(counts) for counts in ratio.drawn])


@graphql_type
class ABTestGuardrail:
    """A limit that protects callers from a bad challenger."""

    name: str = strawberry.field(description="What it watches: `failures` or `latency`.")
    passed: bool = strawberry.field(description="Whether the challenger keeps to it.")
    text: str = strawberry.field(description="The figures in words.")

    @classmethod
    def of(cls, guardrail: ab_test_result.GuardrailResult) -> ABTestGuardrail:
        """The GraphQL form of a guardrail."""
        return cls(name=guardrail.name, passed=guardrail.passed, text=guardrail.text)


@graphql_type
class ABTestPower:
    """How far the test is: computed for one look at the end with a chance of 80 % to find the effect, so that a test
    which is watched needs somewhat more.
    """

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

    @classmethod
    def of(cls, power: Outlook) -> ABTestPower:
        """The GraphQL form of the outlook."""
        return cls(
            needed=power.needed,
            reason=power.reason,
            progress=power.progress,
            detectable=power.detectable,
        )


@graphql_type
class ABTestResult:
    """What the figures of a test say at this moment. It may be looked at any time without spoiling the test. The
    verdict that a test was given, once and for all, is `ABTest.verdict`.
    """

    state: ABTestState = strawberry.field(
        description="What the rules say now: RUNNING is to go on; DECIDED and CANCELLED would end the test."
    )
    verdict: Verdict | None = strawberry.field(description="What the rules find now; null is to go on.")
    reason: str = strawberry.field(description="Why, in a sentence.")
    arms: list[ABTestArmResult] = strawberry.field(
        description="The champion, then the challenger.", metadata=sized(2)
    )
    difference: ABTestDifference | None = strawberry.field(
        description="How much better the challenger is; null as long as the figures cannot say anything."
    )
    e_value: float | None = strawberry.field(
        description=(
            "The evidence that one of the two is better, whichever: were both equal, it would ever reach 20 in at most "
            "1 test of 20. The verdict falls at 1 / alpha. Null without a difference."
        )
    )
    always_valid_p: float | None = strawberry.field(
        description="1 / eValue, at most 1: a p-value that may be looked at any time."
    )
    method: str = strawberry.field(description="By which method the rules came to this.")
    is_exact: bool = strawberry.field(
        description="Whether the promise of alpha holds at any number of predictions, or only at large ones."
    )
    discordance: ABTestDiscordance | None = strawberry.field(
        description="Who was right how often; null but for a paired test of classifiers."
    )
    sample_ratio: ABTestSampleRatio | None = strawberry.field(
        description="Whether predictions were shared as planned; null where nothing is drawn."
    )
    guardrails: list[ABTestGuardrail] = strawberry.field(
        description="What protects callers; empty where it is switched off.", metadata=sized(3)
    )
    power: ABTestPower = strawberry.field(description="How far the test is.")
    warnings: list[str] = strawberry.field(description="What to be careful about, in plain words.")
    is_retrospective: bool = strawberry.field(
        description="Whether this is a replay of the past, in which nothing was drawn at random."
    )

    @classmethod
    def of(cls, result: ab_test_result.Result) -> ABTestResult:
        """The GraphQL form of a result."""
        evidence = None if isinstance(result.evidence, Inconclusive) else result.evidence
        return cls(
            state=result.state,
            verdict=result.verdict,
            reason=result.reason,
            arms=[ABTestArmResult.of(arm) for arm in (result.champion, result.challenger)],
            difference=ABTestDifference.of(evidence) if evidence else None,
            e_value=evidence.e_value if evidence else None,
            always_valid_p=evidence.p if evidence else None,
            method=result.decision.method.value,
            is_exact=result.decision.exact,
            discordance=ABTestDiscordance.of(result.discordant),
            sample_ratio=ABTestSampleRatio.of(result.sample_ratio),
            guardrails=[ABTestGuardrail.of(one) for one in result.guardrails],
            power=ABTestPower.of(result.power),
            warnings=list(result.warnings),
            is_retrospective=result.retrospective,
        )
