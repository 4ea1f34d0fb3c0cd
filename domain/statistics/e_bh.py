"""Which of many slices really differ, when each has evidence of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence


def e_bh(log_es: Sequence[float], alpha: float = 0.05) -> tuple[bool, ...]:
    """Whether each hypothesis is rejected, so that at most a share α of the rejected ones is expected to be true.

    The k largest of K e-values are rejected, for the largest k with E_(k) ≥ K / (k α): the Benjamini-Hochberg
    procedure for e-values, valid however the e-values depend on each other (Wang & Ramdas 2022, arXiv 2009.02824).
    log_es: the logarithms of the e-values.

    >>> e_bh([math.log(100), math.log(5), math.log(35)], 0.1)
    (True, False, True)
    >>> e_bh([], 0.05)
    ()
    """
    many = len(log_es)
    ranked = sorted(log_es, reverse=True)
    reached = [k for k, log_e in enumerate(ranked, 1) if log_e >= math.log(many / (k * alpha))]
    if not reached:
        return (False,) * many
    least = ranked[reached[-1] - 1]
    return tuple(log_e >= least for log_e in log_es)
