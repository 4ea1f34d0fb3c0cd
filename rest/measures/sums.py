"""The metrics of several processes as one: counters and histograms are added, and each gauge by its own rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Families: TypeAlias = list[list[Any]]
"""Each family's name, text, kind and samples, a sample being its name, labels and value; as JSON carries them."""


def _first(one: float, _other: float) -> float:
    return one


GAUGES: Final[Mapping[str, Callable[[float, float], float]]] = {
    "arbiter_database_ready": min,
    "arbiter_remote_ready": min,
    "arbiter_algorithms_degraded": max,
    "arbiter_ab_test_held": max,
    "arbiter_ab_test_selective_feedback": max,
    "arbiter_ab_test_feedback_share": max,
    "arbiter_ab_test_evidence": max,
    "arbiter_build_info": max,
    "arbiter_retention_behind_seconds": max,
    "arbiter_feedback_share": _first,
    "arbiter_accuracy": _first,
    "arbiter_rmse": _first,
    "arbiter_mean_absolute_error": _first,
    "arbiter_bias": _first,
}
"""What stands for all processes where a sum would mean nothing, since each sees the same database. Others are added.
Of figures that are read when they are asked for, those of the process that comes first count."""


def families_of(registry: CollectorRegistry) -> Families:
    """What a process has counted, to be sent to another one."""
    return [
        [
            family.name,
            family.documentation,
            family.type,
            [[sample.name, sample.labels, sample.value] for sample in family.samples],
        ]
        for family in registry.collect()
    ]


@dataclass(slots=True)
class _Family:
    text: str
    kind: str
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float] = field(default_factory=dict)


class Sums:
    """The sums over some processes. What has ended is kept: its counts stay, and its gauges go."""

    def __init__(self) -> None:
        self._families: dict[str, _Family] = {}

    def add(self, families: Families, *, gauges: bool = True) -> None:
        """Add what one process has counted; without `gauges` when it has ended."""
        for name, text, kind, samples in families:
            if kind == "gauge" and not gauges:
                continue
            found = self._families.setdefault(name, _Family(text, kind)).samples
            together = GAUGES.get(name, float.__add__)
            for sample, labels, value in samples:
                key = sample, tuple(labels.items())
                if key not in found:
                    found[key] = float(value)
                else:
                    rule = min if sample.endswith("_created") else together
                    found[key] = rule(found[key], float(value))

    def families(self) -> Families:
        """The sums, as a process would tell its own."""
        return [
            [
                name,
                one.text,
                one.kind,
                [[sample, dict(labels), value] for (sample, labels), value in one.samples.items()],
            ]
            for name, one in self._families.items()
        ]


class _Collected(Collector):
    def __init__(self, families: Families) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """What was told."""
        for name, text, kind, samples in self._families:
            family = Metric(name, text, kind)
            for sample, labels, value in samples:
                family.add_sample(sample, labels, value)
            yield family


def render(ended: Families, living: Iterable[Families], *, ready: int, replaced: Mapping[str, int]) -> bytes:
    """All of it in the text that Prometheus scrapes, and how many workers are `ready` and were `replaced`."""
    sums = Sums()
    sums.add(ended)
    for families in living:
        sums.add(families)
    registry = CollectorRegistry()
    registry.register(_Collected(sums.families()))
    registry.register(_Collected(_of_workers(ready, replaced)))
    return generate_latest(registry)


def _of_workers(ready: int, replaced: Mapping[str, int]) -> Families:
    held = GaugeMetricFamily("arbiter_workers", "Workers that answer calls.", ready)
    name, text = "arbiter_workers_replaced", "Workers that were replaced, by the reason."
    counts = [[f"{name}_total", {"reason": reason}, count] for reason, count in sorted(replaced.items())]
    return [
        [
            held.name,
            held.documentation,
            held.type,
            [[one.name, one.labels, one.value] for one in held.samples],
        ],
        [name, text, "counter", counts],
    ]
