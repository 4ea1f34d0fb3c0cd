"""The exact test of two classifiers of which each request met only one."""

from __future__ import annotations

from collections.abc import Iterable

from domain.statistics import beta_binomial
from domain.statistics.counts import EpochCounts

CONCENTRATION = 20.0
"""Weight of the beta mixture: at even weights the same mixture as in the paired test."""


def log_e(errors: Iterable[EpochCounts]) -> float:
    """The logarithm of E against "both are equally accurate", from the wrong answers of each arm, epoch by epoch.

    While both are equal, each wrong answer is the challenger's with the probability of its weight w:
    E = B(a+e_B, b+e_A) / B(a, b) / (w^e_B (1-w)^e_A), multiplied over epochs (Lindon & Malek 2022,
    arXiv 2011.03567). It needs requests with feedback to be split as assigned; `sample_ratio` watches that.

    >>> round(log_e([EpochCounts(0.5, champion=30, challenger=10)]), 4)
    2.8999
    >>> log_e([])
    0.0
    """
    return sum(
        (
            beta_binomial.log_e(epoch.challenger, epoch.champion, epoch.weight, CONCENTRATION)
            for epoch in errors
        ),
        0.0,
    )
