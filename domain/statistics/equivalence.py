"""Whether two algorithms are as good as the same: the interval lies within a margin that a person called small."""

from __future__ import annotations

from domain.statistics.evidence import Evidence


def equivalent(evidence: Evidence, margin: float) -> bool:
    """Whether every difference that the data still allow is within ± margin.

    For accuracy the margin is a difference (0.01 is one point). For RMSE and MAE it is relative: the interval of the
    ratio must lie in [1 / (1 + margin), 1 + margin], which does not depend on who is called the challenger.

    >>> from domain.statistics.evidence import weigh
    >>> from domain.statistics.figures import ABTestFigures
    >>> from domain.statistics.counts import PairCounts
    >>> from domain.statistics.rules import VerdictRules
    >>> found = weigh(ABTestFigures(PairCounts(88_000, 1_000, 1_010, 9_990)), VerdictRules())
    >>> equivalent(found, 0.01), equivalent(found, 0.001)
    (True, False)
    """
    if evidence.ratio_interval is None:
        return evidence.interval.inside(-margin, margin)
    return evidence.ratio_interval.inside(1 / (1 + margin), 1 + margin)
