"""Whether what a new test asks can be answered: its metric, its costs, and for which answers the truth is seen."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from domain.error_collector import ErrorCollector
from domain.statistics.rules import (
    CostMatrix,
    FieldRule,
    GuardrailMetric,
    Metric,
    SeenOnlyFor,
    VerdictRules,
    check_fields,
    field_error,
)
from domain.words import Kind, OutcomeSeen

MOST_COSTS = 400
"""All pairs of twenty classes; each answer that is scored is looked up among them."""
LARGEST_COST, LEAST_COST = 1e12, 1e-12
"""Costs and errors beyond are in a unit that nobody means, and their squares leave the range of numbers."""
MOST_SPREAD = 100_000
"""Costs are counted in millionths of the largest: one that is so much smaller would count for nothing."""
SHOWN, LONGEST_SHOWN = 8, 60


def check_question(kind: Kind, rules: VerdictRules, *, affected: bool, paired: bool, shadow: bool) -> None:
    """Raises InvalidABTest for all that cannot be asked together; `affected`: the answer changes the outcome."""
    problems = ErrorCollector()
    with problems.collecting():
        check_metric(rules.metric, kind)
    fits = not problems.found
    with problems.collecting():
        _check_outcomes(kind, rules, affected=affected, paired=paired, shadow=shadow)
    if fits:
        with problems.collecting():
            _check_losses(kind, rules)
    problems.raise_collected()


def check_metric(metric: Metric | None, kind: Kind) -> None:
    """Raises InvalidABTest when algorithms of this kind cannot be compared by the metric."""
    if metric is not None and not metric.fits(kind):
        fitting = "accuracy, cost or Brier score" if kind is Kind.CLASSIFIER else "RMSE or MAE"
        raise field_error("metric", f"of a {kind} must be {fitting}, not {metric.label}")


def _check_losses(kind: Kind, rules: VerdictRules) -> None:
    """Costs, a largest error or a guardrail metric may mean nothing in this test."""
    metric, costs, largest_error = rules.metric, rules.costs, rules.largest_error
    guardrail_metric = rules.guardrail_metric
    guard = None if guardrail_metric is None else guardrail_metric.metric
    problems = ErrorCollector()
    if guardrail_metric is not None:
        with problems.collecting():
            check_fields(*_guardrail_rules(kind, metric, guardrail_metric, costs))
    with problems.collecting():
        check_fields(
            (
                Metric.COST not in {metric, guard} or costs is not None,
                "costs",
                "must say what wrong answers cost, where the metric or the guardrail's is COST",
            ),
            (
                costs is None or Metric.COST in {metric, guard},
                "costs",
                "mean something only where the metric or the guardrail's is COST: set it, or leave them out",
            ),
            (
                largest_error is None or kind is Kind.REGRESSOR,
                "largestError",
                "belongs to regressors; leave it out for a classifier",
            ),
            (
                largest_error is None or LEAST_COST <= largest_error <= LARGEST_COST,
                "largestError",
                f"must be above 0, from {LEAST_COST:g} to {LARGEST_COST:g}, in the unit of the answers",
            ),
        )
    if costs is not None:
        with problems.collecting():
            check_fields(*_cost_rules(costs))
    problems.raise_collected()


def _check_outcomes(kind: Kind, rules: VerdictRules, *, affected: bool, paired: bool, shadow: bool) -> None:
    """A test must be able to be right about outcomes that are seen for some answers only."""
    only = rules.outcome_seen is OutcomeSeen.ONLY_FOR
    check_fields(
        (
            not (only and affected),
            "outcomeAffected",
            "cannot be true with outcomeSeen ONLY_FOR: where the answer changes the outcome, each arm needs its own "
            "requests with all of their outcomes. Where the answer only hides it, as a refused loan does, leave "
            "outcomeAffected out",
        ),
        (
            not only or paired,
            "mode",
            "must be paired with outcomeSeen ONLY_FOR: a split test would compare each arm on the requests that it "
            "approved itself. Leave mode out",
        ),
        (
            not only or not shadow,
            "serve",
            "cannot be CHAMPION_ONLY with outcomeSeen ONLY_FOR: where the champion alone decides, the outcomes that "
            "only the challenger would show are never seen. Use RANDOM with challengerWeight 0.5",
        ),
        *_seen_rules(kind, only, rules.only_for),
    )


def check_labels(rules: VerdictRules, classes: Sequence[str] | None) -> None:
    """Raises InvalidABTest for labels of costs and of seen outcomes that the endpoint does not declare."""
    if classes is None:
        return
    known, problems = frozenset(classes), ErrorCollector()
    seen = () if rules.only_for is None else rules.only_for.labels
    costs = () if rules.costs is None else rules.costs.costs
    for name, labels in (
        ("outcomeSeenFor", seen),
        ("costs.truth", [truth for truth, _, _ in costs]),
        ("costs.answer", [answer for _, answer, _ in costs]),
    ):
        with problems.collecting():
            _check_declared(name, labels, known, classes)
    problems.raise_collected()


def with_classes(rules: VerdictRules, classes: Sequence[str] | None) -> VerdictRules:
    """The rules without the cost of other mistakes, where none is left and that cost lies beyond all that are named.

    Else that cost, which no answer can have, would stand for the largest one, and all others would count for little.

    >>> costs = CostMatrix((("yes", "no", 0.01), ("no", "yes", 0.05)), otherwise=1.0)
    >>> with_classes(VerdictRules(Metric.COST, costs=costs), ("yes", "no")).costs.otherwise
    0.0
    """
    costs = rules.costs
    if costs is None or classes is None:
        return rules
    named = {(truth, answer) for truth, answer, _ in costs.costs}
    if any((truth, answer) not in named for truth in classes for answer in classes if truth != answer):
        return rules
    most = max((cost for _, _, cost in costs.costs), default=0.0)
    if most / MOST_SPREAD <= costs.otherwise <= most:
        return rules
    return replace(rules, costs=replace(costs, otherwise=0.0))


def check_spread(rules: VerdictRules) -> None:
    """Raises InvalidABTest for costs so much smaller than the largest that they would count for nothing."""
    costs = rules.costs
    if costs is None:
        return
    some = [cost for cost in _sizes(costs) if cost > 0.0]
    if not some:
        raise field_error("costs", "must not all be 0")
    most, named = max(some), any(cost == min(some) for _, _, cost in costs.costs)
    least = max(most / MOST_SPREAD, LEAST_COST)
    if min(some) < least:
        raise field_error(
            "costs.cost" if named else "otherwiseCosts",
            f"must be 0, or at least {least:g} beside a largest cost of {most:g}, not {min(some):g}: so small a cost "
            "would count for nothing",
        )


def check_probabilities(rules: VerdictRules, without: Sequence[str]) -> None:
    """Raises InvalidABTest for the Brier score of algorithms that give none; `without` names them."""
    guard = None if rules.guardrail_metric is None else rules.guardrail_metric.metric
    if Metric.BRIER in {rules.metric, guard} and without:
        raise field_error(
            "metric" if rules.metric is Metric.BRIER else "guardrailMetric.metric",
            f"cannot be the Brier score: {' and '.join(without)} gives no probabilities. Use accuracy or costs",
        )


def _guardrail_rules(
    kind: Kind, metric: Metric, guardrail: GuardrailMetric, costs: CostMatrix | None
) -> Iterable[FieldRule]:
    name, guard, margin = "guardrailMetric", guardrail.metric, guardrail.margin
    exact = {Metric.COST, Metric.BRIER}
    fits = guard in exact if metric is Metric.ACCURACY else guard is Metric.ACCURACY and metric in exact
    yield kind is Kind.CLASSIFIER, f"{name}.metric", "is for classifiers; leave it out for a regressor"
    yield (
        fits or kind is Kind.REGRESSOR,
        f"{name}.metric",
        "must be COST or BRIER where the metric is accuracy, and accuracy where it is one of those",
    )
    most, what = 1.0, "by how much the challenger may be worse"
    if guard is Metric.COST:
        most = LARGEST_COST if costs is None else max(_sizes(costs))
        what += ", which is less than the largest cost"
    yield 0.0 <= margin < most, f"{name}.margin", f"must be at least 0 and below {most:g}: {what}"


def _cost_rules(costs: CostMatrix) -> Iterable[FieldRule]:
    named = [(truth, answer) for truth, answer, _ in costs.costs]
    sizes = [cost for _, _, cost in costs.costs]
    yield (
        len(named) <= MOST_COSTS,
        "costs",
        f"must have at most {MOST_COSTS:,} entries, not {len(named):,}; what is not named costs otherwiseCosts",
    )
    yield len(named) == len(set(named)), "costs", "must name each pair of truth and answer once"
    for cost in sizes:
        if not 0.0 <= cost <= LARGEST_COST:
            yield False, "costs.cost", f"must lie between 0 and {LARGEST_COST:g}, not be {cost:g}"
            break
    yield (
        math.isfinite(costs.otherwise) and 0.0 <= costs.otherwise <= LARGEST_COST,
        "otherwiseCosts",
        f"must lie between 0 and {LARGEST_COST:g}",
    )
    yield any(cost > 0.0 for cost in _sizes(costs)), "costs", "must not all be 0"


def _sizes(costs: CostMatrix) -> list[float]:
    """All costs that an answer can have, beside the 0 of a right one."""
    return [costs.otherwise, *(cost for _, _, cost in costs.costs)]


def _seen_rules(kind: Kind, only: bool, only_for: SeenOnlyFor | None) -> Iterable[FieldRule]:
    labels = () if only_for is None else only_for.labels
    bounds = (None, None) if only_for is None else (only_for.least, only_for.most)
    classifier = kind is Kind.CLASSIFIER
    bounded = bounds != (None, None)
    yield (
        only or not labels,
        "outcomeSeenFor",
        "means something only with outcomeSeen ONLY_FOR: set it, or leave the labels out",
    )
    yield (
        only or not bounded,
        "outcomeSeenFrom" if bounds[0] is not None else "outcomeSeenUpTo",
        "means something only with outcomeSeen ONLY_FOR: set it, or leave the bound out",
    )
    yield (
        not (only and classifier) or bool(labels),
        "outcomeSeenFor",
        "must name the labels that show the outcome, with outcomeSeen ONLY_FOR",
    )
    yield (
        not (only and classifier and bounded),
        "outcomeSeenFrom" if bounds[0] is not None else "outcomeSeenUpTo",
        "is a bound for a regressor's values; name a classifier's labels in outcomeSeenFor",
    )
    yield (
        not (only and not classifier and labels),
        "outcomeSeenFor",
        "names labels of a classifier; give a regressor's values with outcomeSeenFrom or outcomeSeenUpTo",
    )
    yield (
        not (only and not classifier) or bounded,
        "outcomeSeenFrom",
        "or outcomeSeenUpTo must say which values show the outcome, with outcomeSeen ONLY_FOR",
    )
    yield len(labels) == len(set(labels)), "outcomeSeenFor", "must name each label once"
    low, high = bounds
    for name, bound in (("outcomeSeenFrom", low), ("outcomeSeenUpTo", high)):
        yield bound is None or math.isfinite(bound), name, "must be a finite number"
    yield (
        low is None or high is None or low <= high,
        "outcomeSeenFrom",
        "must not be above outcomeSeenUpTo",
    )


def _check_declared(name: str, labels: Iterable[str], known: Container[str], classes: Sequence[str]) -> None:
    unknown = next((label for label in labels if label not in known), None)
    if unknown is None:
        return
    more = len(classes) - SHOWN
    listed = ", ".join(repr(one) for one in classes[:SHOWN]) + (f" and {more} more" if more > 0 else "")
    shown = repr(unknown if len(unknown) <= LONGEST_SHOWN else f"{unknown[:LONGEST_SHOWN]}…")
    raise field_error(name, f"names {shown}, which is no class of the endpoint; its classes are {listed}")
