"""Do the truths of one class come later than those of another, so that a look now sees too few of them?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, zip_longest

from domain.statistics.units import EDGES, TruthDelays

LEAST = 10
"""Truths of a class before distributions are compared; fewer are late where most take at least twice as long as nearly
all others."""
FAR, CLEAR = 0.2, 2.5
"""How far apart two distributions must lie, and how far beyond chance: by chance 2.5 comes once in 100,000."""
SLOW = 0.95
NEGLIGIBLE = 0.02
"""A delay shorter than this share of the test's age can hide no more than this share of the truths."""


@dataclass(frozen=True, slots=True)
class LateTruths:
    """Whether the truths of all classes come alike, as far as the test waits for them; the figures in words.

    proposed: the delay after which 95 % of the slowest class's truths that came so far are there; None where they
    come alike or none was seen.
    """

    passed: bool
    text: str
    proposed: timedelta | None = None


def found(delays: Sequence[TruthDelays], waited: timedelta, age: timedelta) -> LateTruths:
    """What the delays of each class's truths say; classes without truths are unknown here.

    Two distributions differ where the Kolmogorov-Smirnov distance of a class to all others is above `FAR` and, times
    √(nm / (n+m)), above `CLEAR` (Smirnov 1948). That is harmless where the test waits for the slower one.

    >>> fast, slow = TruthDelays("no", (0, 60)), TruthDelays("yes", (0,) * 12 + (40,))
    >>> found([fast, slow], timedelta(0), timedelta(hours=9)).proposed
    datetime.timedelta(seconds=4096)
    >>> found([fast, slow], timedelta(hours=2), timedelta(hours=9)).passed
    True
    """
    seen = [delay for delay in delays if sum(delay.counts)]
    if not seen:
        return LateTruths(passed=True, text="no truth has come yet")
    if len(seen) == 1:
        return LateTruths(
            passed=False,
            text=f'all truths so far are "{seen[0].truth}": those of other classes may come later',
        )
    whole = [sum(counts) for counts in zip_longest(*(delay.counts for delay in seen), fillvalue=0)]
    late = [delay for delay in seen if _is_late(delay, whole, waited, age)]
    if not late:
        return LateTruths(
            passed=True, text="the truths of all classes come alike, as far as the test waits for them"
        )
    slowest = max(late, key=lambda delay: _edge(delay.counts))
    proposed = timedelta(seconds=_edge(slowest.counts))
    return LateTruths(
        passed=False,
        text=(
            f'truths "{slowest.truth}" come later than others, and the test does not wait for them: with a '
            f"feedbackDelay of {proposed}, 95 % of those that came so far would be there"
        ),
        proposed=proposed,
    )


def distance(first: Sequence[int], second: Sequence[int]) -> float:
    """By how much the first distribution is later than the second: the one-sided Kolmogorov-Smirnov distance.

    >>> distance((0, 4), (3, 1)), distance((4, 0), (1, 3))
    (0.75, 0.0)
    """
    n, m = sum(first), sum(second)
    below = zip(accumulate(first), accumulate(second), strict=False)
    return max(0.0, *(other / m - one / n for one, other in below))


def _is_late(one: TruthDelays, whole: Sequence[int], waited: timedelta, age: timedelta) -> bool:
    own = [*one.counts, *(0 for _ in whole[len(one.counts) :])]
    others = [all_of_them - mine for all_of_them, mine in zip(whole, own, strict=True)]
    n, m = sum(own), sum(others)
    gap = distance(own, others)
    if n < LEAST:
        # One step more than they: a second or two of a busy machine is no sign of anything.
        later_than_most = sum(count for k, count in enumerate(one.counts) if k > _step(others) + 1)
        clear = 2 * later_than_most > n
    else:
        clear = gap > FAR and gap * math.sqrt(n * m / (n + m)) > CLEAR
    if not clear:
        return False
    later = one.later if one.later is not None else _surely_later(one.counts, waited)
    return later > (1 - SLOW) * n and _edge(one.counts) > NEGLIGIBLE * age.total_seconds()


def _edge(counts: Sequence[int]) -> float:
    """The upper edge, in seconds, of the step that holds the 95th percentile."""
    return EDGES[min(_step(counts), len(EDGES) - 1)]


def _step(counts: Sequence[int]) -> int:
    """The step that holds the 95th percentile."""
    needed, reached = SLOW * sum(counts), 0
    for k, count in enumerate(counts):
        reached += count
        if reached >= needed:
            return k
    return len(counts)


def _surely_later(counts: Sequence[int], waited: timedelta) -> int:
    """How many lie in steps that begin when the test waits no longer."""
    seconds = waited.total_seconds()
    return sum(
        count for k, count in enumerate(counts) if (EDGES[min(k, len(EDGES)) - 1] if k else 0.0) >= seconds
    )
