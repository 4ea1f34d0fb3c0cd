"""Whether two algorithms are as good as the same: the interval lies within a margin that a person called small."""

from __future__ import annotations

from domain.statistics.evidence import Evidence


def equivalent(evidence: Evidence, margin: float) -> bool:
    """Whether every difference that the data still allow is within ± margin.

    For accuracy the margin is a difference (0.01 is one point). For RMSE, MAE and costs it is relative: the interval
    of the ratio must lie in [1 / (1 + margin), 1 + margin], which does not depend on who is called the challenger.

    >>> from domain.statistics.estimate import Interval
    >>> from domain.statistics.evidence import EvidenceMethod
    >>> found = Evidence(9_000, 0.001, Interval(-0.002, 0.004), 0.1, EvidenceMethod.PAIRED, exact=True)
    >>> equivalent(found, 0.01), equivalent(found, 0.001)
    (True, False)
    """
    if evidence.ratio_interval is None:
        return evidence.interval.inside(-margin, margin)
    return evidence.ratio_interval.inside(1 / (1 + margin), 1 + margin)
