"""The population stability index: how far the shares of two samples are apart, in bins of their values.

PSI = Σ (p - q) · ln(p / q), the symmetric form of Kullback's divergence. The thresholds are those of N. Siddiqi, Credit
Risk Scorecards (Wiley, 2006): below 0.1 no significant change, from 0.25 on a large one. Where nothing has changed,
PSI · nm / (n + m) is about chi-square with one degree less than there are bins (B. Yurdakul and J. Naranjo,
"Statistical properties of the population stability index", Journal of Risk Model Validation 14, 2020), so that small
samples alone make it (bins - 1) · (1/n + 1/m) on average.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum

SOME = 0.1
LARGE = 0.25
ADDED = 0.5
"""Added to the count of each bin, so that one that is empty in one sample does not make the index infinite."""


class Shift(Enum):
    """What an index says, by the thresholds."""

    NONE = "below 0.1"
    SOME = "from 0.1 to 0.25"
    LARGE = "0.25 or more"

    @classmethod
    def of(cls, index: float) -> Shift:
        """The word for an index.

        >>> [Shift.of(index).name for index in (0.0999, 0.1, 0.25)]
        ['NONE', 'SOME', 'LARGE']
        """
        if index < SOME:
            return cls.NONE
        return cls.SOME if index < LARGE else cls.LARGE


def stability_index(reference: Sequence[int], now: Sequence[int]) -> float | None:
    """The index of two samples by bin; bins that are empty in both have no part, None where a sample is empty.

    >>> stability_index([10, 10, 0], [10, 10, 0]), stability_index([1, 1], [0, 0])
    (0.0, None)
    >>> round(stability_index([999, 1], [500, 500]), 2)
    3.24
    """
    used = [(had, has) for had, has in zip(reference, now, strict=True) if had or has]
    before, after = (
        (sum(counts) + ADDED * len(used) for counts in zip(*used, strict=True)) if used else (0, 0)
    )
    if not any(reference) or not any(now):
        return None
    shares = [((had + ADDED) / before, (has + ADDED) / after) for had, has in used]
    return math.fsum((q - p) * math.log(q / p) for p, q in shares)


def by_chance(reference: Sequence[int], now: Sequence[int]) -> float | None:
    """What samples as small as these make of the index on average where nothing has changed; None without both.

    >>> round(by_chance([50, 50], [10, 10]), 12)
    0.06
    """
    n, m = sum(reference), sum(now)
    used = sum(1 for had, has in zip(reference, now, strict=True) if had or has)
    return (used - 1) * (1 / n + 1 / m) if n and m else None
