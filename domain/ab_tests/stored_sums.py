"""The sums on which a decision rests, as an audit event keeps them; those of older releases stay readable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.ab_tests.sums import EpochSums, TestSums
from domain.statistics.figures import LatencyPercentiles
from domain.statistics.moments import Moments
from domain.statistics.units import GainSums, LatencyBlocks, SeenGains, TruthDelays, UnitSums

_MOMENTS = ("champion", "challenger", "guarded_champion", "guarded_challenger")


def sums_from(stored: Mapping[str, Any]) -> TestSums:
    """The sums that `dataclasses.asdict` wrote.

    >>> from dataclasses import asdict
    >>> sums = TestSums((EpochSums(0.5, units=UnitSums(0.5)),), delays=(TruthDelays("yes", (1, 2), 0),))
    >>> sums_from(asdict(sums)) == sums
    True
    """
    latency, blocks = stored["latency"], stored.get("blocks")
    return TestSums(
        tuple(_epoch(epoch) for epoch in stored["epochs"]),
        None if latency is None else LatencyPercentiles(**latency),
        # What an older release has stored knows nothing of subjects.
        subjects=stored.get("subjects", 0),
        met_both=stored.get("met_both", 0),
        repeated=stored.get("repeated", 0),
        blocks=None if blocks is None else LatencyBlocks(**blocks),
        delays=tuple(
            TruthDelays(one["truth"], tuple(one["counts"]), one.get("later"))
            for one in stored.get("delays", ())
        ),
    )


def _epoch(stored: Mapping[str, Any]) -> EpochSums:
    units = stored.get("units")
    return EpochSums(**{**_with_moments(stored), "units": None if units is None else _units(units)})


def _units(stored: Mapping[str, Any]) -> UnitSums:
    gains = {
        name: SeenGains(**{shown: GainSums(**sums) for shown, sums in stored[name].items()})
        for name in ("gains", "guarded")
    }
    return UnitSums(**{**_with_moments(stored), **gains})


def _with_moments(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Moments(**value) if name in _MOMENTS else value for name, value in stored.items()}
