"""The latency guardrail with error control: in how many stretches of time one arm was much slower than the other."""

from __future__ import annotations

from domain.statistics import beta_binomial, e_value
from domain.statistics.units import LatencyBlocks

CONCENTRATION = 2.0
LIMIT = 100.0
"""Evidence at which a slower challenger ends its test: while both are alike, at most once in a hundred tests."""


def log_e(blocks: LatencyBlocks) -> float:
    """The logarithm of E against "each arm is as often the much slower one", from stretches of about two minutes.

    A burst of slow answers meets both arms, or falls into few stretches; so stretches are counted, not requests:
    the beta-binomial e-value of a sign test (Robbins 1970; Howard et al. 2021, arXiv 1810.08240).

    >>> round(log_e(LatencyBlocks(slower=10, faster=0, all=30)), 3)
    4.534
    """
    return beta_binomial.log_e(blocks.slower, blocks.faster, 0.5, CONCENTRATION)


def is_slower(blocks: LatencyBlocks | None) -> bool:
    """Whether the challenger is the much slower one, beyond the agreed evidence.

    >>> is_slower(LatencyBlocks(slower=11, faster=0, all=30)), is_slower(LatencyBlocks(slower=0, faster=11, all=30))
    (True, False)
    """
    return blocks is not None and blocks.slower > blocks.faster and e_value.reaches(log_e(blocks), LIMIT)
