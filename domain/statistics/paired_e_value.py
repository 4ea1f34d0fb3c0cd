"""The exact test of two classifiers that answered the same requests."""

from __future__ import annotations

from domain.statistics import beta_binomial

PRIOR = 10.0
"""Both parameters of the beta mixture: leads of a few in a hundred disagreements are found soonest."""


def log_e(challenger_only: float, champion_only: float, prior: float = PRIOR) -> float:
    """The logarithm of E against "both are equally accurate", from the requests on which exactly one was right.

    While both are equal, each such request is a fair coin: E = B(a+s, a+f) / B(a, a) · 2^(s+f). Exact at every
    number of requests and looks (Robbins 1970; Howard et al. 2021, arXiv 1810.08240). Requests on which both
    were right, or both wrong, do not matter.

    >>> import math
    >>> round(math.exp(log_e(15, 5, prior=1.0)), 4)
    3.2206
    """
    return beta_binomial.log_e(challenger_only, champion_only, 0.5, 2 * prior)
