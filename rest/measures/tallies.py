"""Counts and times that are added to at every call: Prometheus's own objects take four times as long for that.

What is scraped is the same, sample by sample. Nothing here is safe for several threads: the event loop counts, and
renders too.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds."""

_EDGES = [*map(floatToGoString, BUCKETS), "+Inf"]


@dataclass(slots=True)
class Count:
    """How often something happened."""

    total: int = 0
    created: float = field(default_factory=time.time)


@dataclass(slots=True)
class Times:
    """How long something took, each time, in seconds."""

    total: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * len(_EDGES))
    created: float = field(default_factory=time.time)

    def add(self, seconds: float) -> None:
        """Note that it took so long once more."""
        self.total += seconds
        self.buckets[bisect_left(BUCKETS, seconds)] += 1


class Counts(Collector):
    """A counter with labels."""

    def __init__(self, name: str, text: str, labels: Sequence[str]) -> None:
        self._name, self._text, self._labels = name, text, labels
        self._found: dict[tuple[str, ...], Count] = {}

    def of(self, *labels: object) -> Count:
        """The count of these labels."""
        return self._found.setdefault(tuple(map(str, labels)), Count())

    def collect(self) -> Iterator[Metric]:
        """All of them now."""
        family = CounterMetricFamily(self._name, self._text, labels=self._labels)
        for labels, count in self._found.items():
            family.add_metric(labels, count.total, created=count.created)
        yield family


class Histogram(Collector):
    """Times with labels."""

    def __init__(self, name: str, text: str, labels: Sequence[str]) -> None:
        self._name, self._text, self._labels = name, text, labels
        self._found: dict[tuple[str, ...], Times] = {}

    def of(self, *labels: object) -> Times:
        """The times of these labels."""
        return self._found.setdefault(tuple(map(str, labels)), Times())

    def collect(self) -> Iterator[Metric]:
        """All of them now."""
        family = Metric(self._name, self._text, "histogram")
        for labels, times in self._found.items():
            named = dict(zip(self._labels, labels, strict=True))
            for edge, count in zip(_EDGES, accumulate(times.buckets), strict=True):
                family.add_sample(f"{self._name}_bucket", {**named, "le": edge}, count)
            family.add_sample(f"{self._name}_count", named, sum(times.buckets))
            family.add_sample(f"{self._name}_sum", named, times.total)
            family.add_sample(f"{self._name}_created", named, times.created)
        yield family
