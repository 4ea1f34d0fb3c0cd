"""Whether a plan fits the endpoint and the algorithms that a new test compares, and what the endpoint adds to it."""

from __future__ import annotations

from dataclasses import replace

from domain.ab_tests.losses import keeps_probabilities
from domain.ab_tests.plan import Plan
from domain.ab_tests.questions import check_labels, check_probabilities, check_spread, with_classes
from domain.catalog.entries import Algorithm
from domain.errors import Failure
from domain.words import Kind
from registry.endpoints import EndpointSpec
from serving.catalog.catalog import Snapshot


async def fitted(plan: Plan, snapshot: Snapshot, arms: tuple[Algorithm, Algorithm]) -> Plan:
    """The plan with the endpoint's largest error, where it names none itself.

    Raises InvalidABTest for labels that the endpoint does not declare, for costs that are too small to count, and for
    the Brier score of an algorithm that gives no probabilities: each is asked for the endpoint's example.
    """
    spec = snapshot.spec_of(arms[0].endpoint_id)
    if spec is None:
        return plan
    check_labels(plan.rules, spec.classes)
    plan = replace(plan, rules=with_classes(plan.rules, spec.classes))
    check_spread(plan.rules)
    if keeps_probabilities(plan.rules):
        check_probabilities(plan.rules, [str(arm) for arm in arms if not await _gives(arm, spec, snapshot)])
    if spec.kind is Kind.REGRESSOR and plan.rules.largest_error is None:
        return replace(plan, rules=replace(plan.rules, largest_error=spec.largest_error))
    return plan


async def _gives(arm: Algorithm, spec: EndpointSpec, snapshot: Snapshot) -> bool:
    """Whether an algorithm gives probabilities, so far as it answers."""
    (answer,) = await snapshot.executors[arm.id].run([spec.features.validate(dict(spec.example))])
    return isinstance(answer, Failure) or answer.probabilities is not None
