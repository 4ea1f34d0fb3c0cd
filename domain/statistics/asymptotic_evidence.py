"""What losses without a bound say: for large numbers of requests only, and unless a few huge errors are to come."""

from __future__ import annotations

from domain.statistics import asymptotic_sequence, rmse_ratio
from domain.statistics.estimate import Inconclusive
from domain.statistics.evidence import Evidence, EvidenceMethod
from domain.statistics.rmse_ratio import LossMeans
from domain.statistics.rules import Metric, VerdictRules


def weigh(
    means: LossMeans, least: int, rules: VerdictRules, warnings: tuple[str, ...] = ()
) -> Evidence | Inconclusive:
    """The evidence in both arms' mean losses; least: the requests with feedback of the arm that has fewer.

    Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), arXiv 2103.06476.

    >>> from domain.statistics.moments import PairMoments
    >>> pairs = PairMoments.of([(4.0, 1.0), (9.0, 4.0)])
    >>> weigh(rmse_ratio.of_pairs(pairs), 2, VerdictRules(Metric.RMSE)).reason[:26]
    'only 2 requests have feedb'
    """
    if least < asymptotic_sequence.LEAST:
        return Inconclusive(
            f"only {least:,} requests have feedback, and this method needs {asymptotic_sequence.LEAST:,}: "
            "rare huge errors may not have shown yet"
        )
    estimate, root = means.difference, rules.metric is Metric.RMSE
    if estimate.value is None or estimate.sd == 0.0:
        return Inconclusive(
            f"both algorithms' errors differ by the same amount on all {means.n:,} requests with feedback"
        )
    alpha, optimised_for = rules.alpha, rules.optimised_for
    return Evidence(
        means.n,
        estimate.value,
        asymptotic_sequence.interval(estimate, alpha, optimised_for),
        asymptotic_sequence.log_e(estimate, alpha, optimised_for),
        EvidenceMethod.ASYMPTOTIC,
        exact=False,
        ratio=rmse_ratio.ratio(means, root=root),
        ratio_interval=rmse_ratio.interval(means, alpha, optimised_for, root=root),
        warnings=warnings,
    )
