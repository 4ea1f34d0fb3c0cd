"""Sample ratio mismatch: did requests reach both arms as their weights say? If not, nothing else can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.statistics import beta_binomial, chi_square
from domain.statistics.counts import EpochCounts

P = 0.001
"""Mismatch is called below this p, while running and once more at the decision: a false alarm stops a test."""

CONCENTRATION = 1_000.0
"""Weight of the Dirichlet mixture: deviations of one or two in a hundred are found soonest."""


def log_e(epochs: Iterable[EpochCounts]) -> float:
    """The logarithm of E against "each request was assigned by its epoch's weight", valid at every look.

    The Dirichlet-multinomial e-value for two arms, multiplied over epochs (Lindon & Malek 2022, arXiv 2011.03567).

    >>> from domain.statistics.e_value import always_valid_p
    >>> always_valid_p(log_e([EpochCounts(0.5, champion=500, challenger=500)]))
    1.0
    """
    return sum(
        (
            beta_binomial.log_e(epoch.challenger, epoch.champion, epoch.weight, CONCENTRATION)
            for epoch in epochs
        ),
        0.0,
    )


def statistic(epochs: Sequence[EpochCounts]) -> float:
    """Pearson's χ² of the counts against the weights, with one degree of freedom per epoch that has requests.

    >>> round(statistic([EpochCounts(0.5, champion=821588, challenger=815482)]), 3)
    22.774
    """
    return sum(
        (epoch.challenger - epoch.weight * epoch.n) ** 2 / (epoch.n * epoch.weight * (1 - epoch.weight))
        for epoch in epochs
        if epoch.n
    )


def p_at_decision(epochs: Sequence[EpochCounts]) -> float:
    """The p-value of `statistic`, for a single look; 1 without requests.

    >>> f"{p_at_decision([EpochCounts(0.5, champion=821588, challenger=815482)]):.2e}"
    '1.82e-06'
    """
    used = sum(1 for epoch in epochs if epoch.n)
    return chi_square.tail(statistic(epochs), used) if used else 1.0
