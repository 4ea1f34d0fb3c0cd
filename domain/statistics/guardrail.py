"""Guardrails: a challenger that fails more often, or is much slower, ends its test whatever its answers are worth."""

from __future__ import annotations

from collections.abc import Sequence

from domain.statistics import beta_binomial, e_value
from domain.statistics.counts import EpochCounts, excess
from domain.statistics.figures import LatencyPercentiles
from domain.statistics.rules import Guardrails

CONCENTRATION = 2.0
"""Weight of the beta mixture: with even weights a uniform one, which sees gross differences soonest."""


def failures_log_e(failures: Sequence[EpochCounts]) -> float:
    """The logarithm of E against "both arms fail equally often".

    Counts as in the split test: a failure is the challenger's with the probability of its weight. In paired mode
    the failures that only one arm had are counted, with weight 0.5.

    >>> import math
    >>> round(math.exp(failures_log_e([EpochCounts(0.5, champion=0, challenger=11)])), 2)
    170.67
    """
    return sum(
        (
            beta_binomial.log_e(epoch.challenger, epoch.champion, epoch.weight, CONCENTRATION)
            for epoch in failures
        ),
        0.0,
    )


def fails_more(failures: Sequence[EpochCounts], limits: Guardrails) -> bool:
    """Whether the challenger fails more often than the champion, beyond the agreed evidence.

    >>> fails_more([EpochCounts(0.5, 0, 10)], Guardrails()), fails_more([EpochCounts(0.5, 0, 11)], Guardrails())
    (False, True)
    >>> fails_more([EpochCounts(0.5, champion=11, challenger=0)], Guardrails())
    False
    """
    return excess(failures) > 0.0 and e_value.reaches(failures_log_e(failures), limits.failure_e)


def latency_ratio(latency: LatencyPercentiles) -> float | None:
    """The challenger's 95th percentile over the champion's; None when the champion's is 0 or none was measured.

    >>> latency_ratio(LatencyPercentiles(0.02, 0.05, 1000, 1000))
    2.5
    """
    measured = latency.champion_n and latency.challenger_n and latency.champion_p95 > 0.0
    return latency.challenger_p95 / latency.champion_p95 if measured else None


def is_slower(latency: LatencyPercentiles | None, limits: Guardrails) -> bool:
    """Whether the challenger is slower than agreed, once enough requests of both arms were measured.

    >>> is_slower(LatencyPercentiles(0.02, 0.05, 1000, 1000), Guardrails())
    True
    >>> is_slower(LatencyPercentiles(0.02, 0.05, 1000, 9), Guardrails())
    False
    """
    if latency is None or min(latency.champion_n, latency.challenger_n) < limits.least_latencies:
        return False
    ratio = latency_ratio(latency)
    return ratio is not None and ratio > limits.latency_ratio
