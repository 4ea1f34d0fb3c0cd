"""What a verdict's figure is worth: the lead at which a test stops is larger than the true one."""

from __future__ import annotations

from domain.statistics.evidence import Evidence
from domain.statistics.rules import Metric, VerdictRules
from domain.words import Verdict


def caveat(evidence: Evidence, verdict: Verdict | None, rules: VerdictRules) -> str | None:
    """One sentence with every verdict that names a winner: the winner's curse, and the low end of the interval.

    A test stops when its lead is large, by chance as well as by merit, so that the lead at the stop overstates
    (Gelman & Carlin 2014, "Beyond power calculations"; Lee & Shen 2018, "Winner's curse", KDD).

    >>> from domain.statistics.estimate import Interval
    >>> from domain.statistics.evidence import EvidenceMethod
    >>> found = Evidence(900, 0.05, Interval(0.01, 0.09), 3.1, EvidenceMethod.PAIRED, exact=True)
    >>> caveat(found, Verdict.PROMOTED, VerdictRules())
    'a test stops while its lead is large, so that +5.00 points of accuracy is probably too much: count on +1.00'
    """
    if verdict not in {Verdict.PROMOTED, Verdict.KEPT} or evidence.difference == 0.0:
        return None
    better = evidence.difference > 0.0
    if evidence.ratio is not None and evidence.ratio_interval is not None:
        near = evidence.ratio_interval.high if better else evidence.ratio_interval.low
        figure = f"{rules.metric.label} {evidence.ratio:.4g} times the champion's"
        return _sentence(figure, f"{near:.4g}")
    near = evidence.interval.low if better else evidence.interval.high
    if rules.metric is Metric.ACCURACY:
        return _sentence(f"{100 * evidence.difference:+.2f} points of accuracy", f"{100 * near:+.2f}")
    return _sentence(f"{evidence.difference:+.4g} of {rules.metric.label}", f"{near:+.4g}")


def _sentence(figure: str, near: str) -> str:
    return f"a test stops while its lead is large, so that {figure} is probably too much: count on {near}"
