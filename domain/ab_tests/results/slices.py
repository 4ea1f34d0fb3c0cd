"""A test within each value of a feature: who is better there, and whether a win on the whole hides a loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

from domain.ab_tests.plan import Plan
from domain.ab_tests.results.arms import figure
from domain.ab_tests.sums import TestSums, figures_of
from domain.statistics import e_value, honest_arms
from domain.statistics.e_bh import e_bh
from domain.statistics.estimate import Inconclusive
from domain.statistics.evidence import Evidence
from domain.statistics.verdict import weigh

MOST_SLICES = 50
"""Of a feature: those with the most requests. A price would have one for each request."""

FeatureValue: TypeAlias = str | float | None


@dataclass(frozen=True, slots=True)
class Slice:
    """The requests of a test with one value of a feature (None: it was missing), and who did better on them.

    feedback: those with a truth that counts. champion, challenger: their figures by the test's metric, None where they
    are not known. difference: as that of the whole test. e_value: the evidence that both differ here. worse: whether
    the challenger is worse here, with regard to how many slices were looked into.
    """

    feature: str
    value: FeatureValue
    feedback: int
    champion: float | None
    challenger: float | None
    difference: float | None
    e_value: float | None
    worse: bool = False

    @property
    def shown(self) -> str | None:
        """The value as a text.

        >>> Slice("age", 37.0, 0, None, None, None, None).shown
        '37'
        """
        return f"{self.value:.15g}" if isinstance(self.value, float) else self.value


def slices_of(
    sums: Sequence[tuple[str, FeatureValue, TestSums]], plan: Plan, age: timedelta
) -> tuple[Slice, ...]:
    """Each slice, given its feature, its value and its sums, in that order.

    Evidence is counted for each by the rule of the test, and e-BH over all of them keeps the share of wrong ones among
    those that are called worse at `alpha` (Wang & Ramdas 2022).
    """
    found, log_es = [], []
    for feature, value, one in sums:
        figures = figures_of(one, plan, age)
        evidence = weigh(figures, plan.rules)
        known = honest_arms.unknown(figures, plan.rules) is None
        here = evidence if isinstance(evidence, Evidence) else None
        log_es.append(here.log_e if here else 0.0)
        found.append(
            Slice(
                feature,
                value,
                figures.feedback,
                figure(one.champion, plan.rules) if known else None,
                figure(one.challenger, plan.rules) if known else None,
                None if here is None else here.difference,
                None if here is None else e_value.e_value(here.log_e),
            )
        )
    return tuple(
        replace(one, worse=differs and one.difference is not None and one.difference < 0.0)
        for one, differs in zip(found, e_bh(log_es, plan.rules.alpha), strict=True)
    )


def worst_of(slices: Sequence[Slice], whole: Evidence | Inconclusive) -> Slice | None:
    """The slice with the largest loss, where the challenger leads on the whole; None where a lead hides none."""
    if not isinstance(whole, Evidence) or whole.difference <= 0.0:
        return None
    return min((one for one in slices if one.worse), key=lambda one: one.difference or 0.0, default=None)
