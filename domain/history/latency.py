"""Latencies in fixed buckets: what a daily summary keeps of them, and what can be told from it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

BOUNDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025),
    *(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
"""Upper bounds in seconds, each one inside its bucket; one more bucket holds what is slower than the last.

They are columns of a table: changing them takes a migration and `arbiter rebuild-summary`.
"""

BUCKETS = len(BOUNDS) + 1


def bucket_of(seconds: float) -> int:
    """The number of the bucket that a latency belongs to, 0 to 16.

    >>> bucket_of(0.00005), bucket_of(0.0001), bucket_of(0.0003), bucket_of(11.0)
    (0, 0, 2, 16)
    """
    return bisect_left(BOUNDS, seconds)


def quantile(counts: Sequence[int], share: float) -> float | None:
    """The latency, in seconds, that `share` (0 to 1) of the requests did not exceed; None without requests.

    Inside a bucket it is interpolated, as if its requests were spread evenly; of the last bucket, which has no
    upper bound, only the lower one is known.

    >>> counts = [0] * BUCKETS
    >>> quantile(counts, 0.5) is None
    True
    >>> counts[4] = 100  # between 1 and 2.5 ms
    >>> quantile(counts, 0.5)
    0.00175
    """
    total = sum(counts)
    if total == 0:
        return None
    wanted, below = share * total, 0
    for bucket, count in enumerate(counts):
        if count and below + count >= wanted:
            lower = BOUNDS[bucket - 1] if bucket else 0.0
            upper = BOUNDS[bucket] if bucket < len(BOUNDS) else lower
            return lower + (upper - lower) * max(wanted - below, 0.0) / count
        below += count
    return BOUNDS[-1]
