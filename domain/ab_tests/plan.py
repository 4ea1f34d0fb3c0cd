"""How a test is run: its mode, who serves, and what happens when it knows; with the rules of its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from domain.ab_tests.bounds import check_numbers, check_together
from domain.ab_tests.questions import check_question
from domain.error_collector import ErrorCollector
from domain.statistics.rules import (
    CostMatrix,
    GuardrailMetric,
    Guardrails,
    Metric,
    SeenOnlyFor,
    VerdictRules,
    check_fields,
)
from domain.words import JSONValue, Kind, OutcomeSeen

EVEN = 0.5


class Mode(StrEnum):
    """How a test gives requests to its arms: both run on each (paired), or one by weight (split)."""

    PAIRED = "paired"
    SPLIT = "split"


class ServingMode(StrEnum):
    """Who answers the callers of a paired test: the arm that was drawn, or always the champion (shadow)."""

    RANDOM = "RANDOM"
    CHAMPION_ONLY = "CHAMPION_ONLY"


class ThirdAlgorithm(StrEnum):
    """What a promotion does with a third algorithm in production, which might keep the traffic otherwise."""

    TO_TESTING = "TO_TESTING"
    KEEP = "KEEP"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a test was told when it began; it does not change while it runs.

    rules: what its verdict depends on. challenger_weight: of the first epoch. feedback_delay: only requests older
    than this are scored, so that outcomes which take long to show are not missing. guarded: whether failures and
    latencies are watched. outcome_affected: the answer changes the outcome, as a treatment does, so that nobody knows
    what would have happened under the other arm; only split mode is valid then. (Where it only decides whether the
    outcome is ever seen, as a refused loan does, it is false, and `rules.only_for` says for which answers.)

    Raises InvalidABTest, naming the field.
    """

    rules: VerdictRules = field(default_factory=VerdictRules)
    mode: Mode = Mode.PAIRED
    serve: ServingMode = ServingMode.RANDOM
    challenger_weight: float = EVEN
    feedback_delay: timedelta = timedelta(0)
    auto_decide: bool = True
    guarded: bool = True
    third: ThirdAlgorithm = ThirdAlgorithm.TO_TESTING
    outcome_affected: bool = False

    def __post_init__(self) -> None:
        paired = self.mode is Mode.PAIRED
        check_fields(
            # Looser than the bounds of a new test: what an older release has stored must stay readable.
            (0.0 < self.challenger_weight < 1.0, "challengerWeight", "must lie strictly between 0 and 1"),
            (self.feedback_delay >= timedelta(0), "feedbackDelay", "must not be below 0"),
            (
                not (self.outcome_affected and paired),
                "mode",
                "must be split where the answer changes the outcome, or be left out: pairs would mislead. "
                "Where an answer only hides the outcome, as a refused loan does, leave outcomeAffected out and "
                "name the answers that show it in outcomeSeenFor",
            ),
            (
                paired or not self.shadow,
                "serve",
                "can be CHAMPION_ONLY in paired mode only, since the challenger must run beside it",
            ),
        )

    @property
    def shadow(self) -> bool:
        """Whether the champion answers everything and the challenger only runs beside it."""
        return self.serve is ServingMode.CHAMPION_ONLY

    def as_json(self) -> dict[str, JSONValue]:
        """All of it as plain values; durations in seconds."""
        rules, seen, costs, guard = (
            self.rules,
            self.rules.only_for,
            self.rules.costs,
            self.rules.guardrail_metric,
        )
        return {
            "rule": rules.version,
            "mode": self.mode.value,
            "serve": self.serve.value,
            "metric": rules.metric.value,
            "alpha": rules.alpha,
            "minimum_effect": rules.minimum_effect,
            "minimum_feedback": rules.minimum_feedback,
            "minimum_informative": rules.minimum_informative,
            "maximum_feedback": rules.maximum_feedback,
            "minimum_duration": _seconds(rules.minimum_duration),
            "maximum_duration": _seconds(rules.maximum_duration),
            "feedback_delay": self.feedback_delay.total_seconds(),
            "equivalence_margin": rules.equivalence_margin,
            "optimised_for": rules.optimised_for,
            "challenger_weight": self.challenger_weight,
            "auto_decide": self.auto_decide,
            "auto_cancel": rules.cancels,
            "guarded": self.guarded,
            "guardrails": asdict(rules.guardrails),
            "guardrail_metric": None
            if guard is None
            else {"metric": guard.metric.value, "margin": guard.margin},
            "third": self.third.value,
            "outcome_affected": self.outcome_affected,
            "outcome_seen": rules.outcome_seen.value,
            "only_for": None
            if seen is None
            else {"labels": list(seen.labels), "least": seen.least, "most": seen.most},
            "costs": None
            if costs is None
            else {"costs": [list(one) for one in costs.costs], "otherwise": costs.otherwise},
            "largest_error": rules.largest_error,
        }


def new_plan(
    kind: Kind,
    *,
    mode: Mode | None = None,
    serve: ServingMode = ServingMode.RANDOM,
    metric: Metric | None = None,
    alpha: float = 0.05,
    minimum_effect: float | None = None,
    minimum_feedback: int | None = None,
    maximum_feedback: int | None = None,
    minimum_duration: timedelta | None = None,
    maximum_duration: timedelta | None = None,
    feedback_delay: timedelta = timedelta(0),
    equivalence_margin: float | None = None,
    challenger_weight: float = EVEN,
    auto_decide: bool = True,
    guarded: bool = True,
    auto_cancel: bool = True,
    third: ThirdAlgorithm = ThirdAlgorithm.TO_TESTING,
    outcome_affected: bool = False,
    outcome_seen: OutcomeSeen = OutcomeSeen.UNKNOWN,
    only_for: SeenOnlyFor | None = None,
    costs: CostMatrix | None = None,
    largest_error: float | None = None,
    guardrail_metric: GuardrailMetric | None = None,
) -> Plan:
    """A test's plan from what its creator asked for; what was left out gets its usual value.

    Without a mode it is paired, or split where the answer changes the outcome. Raises InvalidABTest.

    >>> new_plan(Kind.REGRESSOR).rules.metric, new_plan(Kind.CLASSIFIER, outcome_affected=True).mode
    (<Metric.RMSE: 'rmse'>, <Mode.SPLIT: 'split'>)
    """
    mode, problems = mode or (Mode.SPLIT if outcome_affected else Mode.PAIRED), ErrorCollector()
    rules = VerdictRules(
        metric=metric or Metric.default(kind),
        outcome_seen=outcome_seen,
        only_for=only_for,
        costs=costs,
        largest_error=largest_error,
        guardrail_metric=guardrail_metric,
    )
    paired, shadow = mode is Mode.PAIRED, serve is ServingMode.CHAMPION_ONLY
    with problems.collecting():
        check_question(kind, rules, affected=outcome_affected, paired=paired, shadow=shadow)
    numbers: dict[str, Any] = {
        "alpha": alpha,
        "minimum_feedback": minimum_feedback,
        "maximum_feedback": maximum_feedback,
        "minimum_effect": minimum_effect,
        "equivalence_margin": equivalence_margin,
    }
    others = len(problems.found)
    with problems.collecting():
        check_numbers(challenger_weight=challenger_weight, **numbers)
    # What the rules would refuse as well is said once, in the words of the bounds of a new test.
    within = len(problems.found) == others
    if within:
        durations: dict[str, Any] = {
            "minimum_duration": minimum_duration,
            "maximum_duration": maximum_duration,
        }
        rules = problems.attempt(lambda: replace(rules, cancels=auto_cancel, **numbers, **durations), rules)
    plan = problems.attempt(
        lambda: Plan(
            rules=rules,
            mode=mode,
            serve=serve,
            challenger_weight=challenger_weight if within else EVEN,
            feedback_delay=feedback_delay,
            auto_decide=auto_decide,
            guarded=guarded,
            third=third,
            outcome_affected=outcome_affected,
        ),
        Plan(),
    )
    problems.raise_collected()
    check_together(rules, feedback_delay, paired=paired)
    return plan


def legacy_plan(kind: Kind) -> Plan:
    """The plan of a test made over REST: as the old service ran them, until somebody stops it.

    >>> legacy_plan(Kind.CLASSIFIER).mode, legacy_plan(Kind.CLASSIFIER).auto_decide
    (<Mode.SPLIT: 'split'>, False)
    """
    return new_plan(kind, mode=Mode.SPLIT, auto_decide=False, auto_cancel=False)


def plan_from(stored: Mapping[str, Any]) -> Plan:
    """The plan that `Plan.as_json` wrote; what an older release wrote names no rule, which is then the first.

    >>> plan_from(Plan().as_json()) == Plan()
    True
    """
    seen, costs, guard = stored.get("only_for"), stored.get("costs"), stored.get("guardrail_metric")
    rules = VerdictRules(
        version=stored.get("rule", 1),
        metric=Metric(stored["metric"]),
        alpha=stored["alpha"],
        minimum_feedback=stored["minimum_feedback"],
        minimum_informative=stored["minimum_informative"],
        maximum_feedback=stored["maximum_feedback"],
        minimum_duration=_duration(stored.get("minimum_duration")),
        maximum_duration=_duration(stored["maximum_duration"]),
        minimum_effect=stored["minimum_effect"],
        equivalence_margin=stored["equivalence_margin"],
        optimised_for=stored["optimised_for"],
        guardrails=Guardrails(**stored["guardrails"]),
        cancels=stored["auto_cancel"],
        outcome_seen=OutcomeSeen(stored.get("outcome_seen", OutcomeSeen.UNKNOWN)),
        only_for=None
        if seen is None
        else SeenOnlyFor(labels=tuple(seen["labels"]), least=seen["least"], most=seen["most"]),
        costs=None
        if costs is None
        else CostMatrix(
            tuple((truth, answer, cost) for truth, answer, cost in costs["costs"]), costs["otherwise"]
        ),
        largest_error=stored.get("largest_error"),
        guardrail_metric=None if guard is None else GuardrailMetric(Metric(guard["metric"]), guard["margin"]),
    )
    return Plan(
        rules=rules,
        mode=Mode(stored["mode"]),
        serve=ServingMode(stored["serve"]),
        challenger_weight=stored["challenger_weight"],
        feedback_delay=timedelta(seconds=stored["feedback_delay"]),
        auto_decide=stored["auto_decide"],
        guarded=stored["guarded"],
        third=ThirdAlgorithm(stored["third"]),
        outcome_affected=stored["outcome_affected"],
    )


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
