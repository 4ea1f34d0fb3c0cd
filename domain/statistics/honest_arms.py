"""Whether both arms' own figures are known: they are not where truths are given to some kinds of requests only."""

from __future__ import annotations

import math

from domain.statistics.figures import ABTestFigures
from domain.statistics.rules import Metric, VerdictRules
from domain.words import OutcomeSeen

_Z = 3.3
"""Beyond chance: two equal shares lie so far apart once in a thousand looks."""
_APART = 1.5


def unknown(figures: ABTestFigures, rules: VerdictRules) -> str | None:
    """Why nobody knows either arm's accuracy, error or cost over all requests; None where they are known.

    >>> from domain.statistics.units import GainSums, SeenGains, UnitSums
    >>> queue = UnitSums(0.5, complete=5000, disagreements=500, labelled=400, gains=SeenGains(either=GainSums(400)))
    >>> unknown(ABTestFigures((), units=(queue,)), VerdictRules())[:33]
    'truths were given mostly where bo'
    """
    if not figures.paired:
        return None
    if rules.outcome_seen is OutcomeSeen.ONLY_FOR:
        return (
            "the truth is seen for some answers only, so that only the difference between both arms is known, not "
            "how often each is right"
        )
    if rules.metric in {Metric.RMSE, Metric.MAE}:
        return None
    disagreements = sum(unit.disagreements for unit in figures.units)
    agreements = sum(unit.complete for unit in figures.units) - disagreements
    labelled = sum(unit.labelled for unit in figures.units)
    others = sum(unit.gains.together.n for unit in figures.units) - labelled
    if disagreements <= 0 or agreements <= 0 or labelled + others == 0:
        return None
    first, second = labelled / disagreements, others / agreements
    mean = (labelled + others) / (disagreements + agreements)
    error = math.sqrt(mean * max(1 - mean, 0.0) * (1 / disagreements + 1 / agreements))
    if abs(first - second) <= _Z * error or max(first, second) < _APART * min(first, second):
        return None
    mostly = "mostly where both disagree" if first > second else "mostly where both agree"
    return (
        f"truths were given {mostly} ({100 * first:.0f} % of disagreements have one, {100 * second:.0f} % of the "
        "others), so that only the difference between both arms is known, not how often each is right"
    )
