"""What a test said when the first of its requests went: it says so for good, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from domain.ab_tests.results.cautions import UnscoredCounts
from domain.ab_tests.results.result import SeriesPoint, Verification
from domain.statistics.estimate import Interval
from domain.statistics.plain_comparison import ArmFigures
from domain.words import Verdict

KEPT_POINTS = 100
"""So many points of a test's course are kept."""


@dataclass(frozen=True, slots=True)
class KeptEvidence:
    """A test's evidence, apart from its requests; `basis` is what a decision's event keeps of its sums.

    verification: as it was found for the last time; None for a test without a verdict.
    """

    at: datetime
    basis: Mapping[str, Any]
    plain: tuple[ArmFigures, ArmFigures]
    unscored: UnscoredCounts
    changed: int
    added: int
    series: tuple[SeriesPoint, ...]
    verification: Verification | None

    def as_facts(self) -> dict[str, object]:
        """For the audit event."""
        return {
            "at": self.at.isoformat(),
            "basis": dict(self.basis),
            "plain": [asdict(one) for one in self.plain],
            "unscored": asdict(self.unscored),
            "changed": self.changed,
            "added": self.added,
            "series": [asdict(one) for one in self.series],
            "verification": None if self.verification is None else asdict(self.verification),
        }

    def course(self, points: int) -> tuple[SeriesPoint, ...]:
        """Up to `points` of the kept points, evenly, and always the last one."""
        count = len(self.series)
        if count <= points:
            return self.series
        return tuple(self.series[count * (number + 1) // points - 1] for number in range(points))

    def verified(self) -> Verification | None:
        """The verification, which says when it was made."""
        return None if self.verification is None else replace(self.verification, rows_kept_until=self.at)


def kept_evidence_from(stored: Mapping[str, Any]) -> KeptEvidence:
    """What `KeptEvidence.as_facts` wrote."""
    first, second = (ArmFigures(**one) for one in stored["plain"])
    return KeptEvidence(
        at=datetime.fromisoformat(stored["at"]),
        basis=stored["basis"],
        plain=(first, second),
        unscored=UnscoredCounts(**stored["unscored"]),
        changed=stored["changed"],
        added=stored["added"],
        series=tuple(_point(one) for one in stored["series"]),
        verification=None if stored["verification"] is None else _verification(stored["verification"]),
    )


def _point(stored: Mapping[str, Any]) -> SeriesPoint:
    interval = stored["interval"]
    return SeriesPoint(**{**stored, "interval": None if interval is None else Interval(**interval)})


def _verification(stored: Mapping[str, Any]) -> Verification:
    verdicts = {
        name: None if stored[name] is None else Verdict(stored[name]) for name in ("verdict", "recomputed")
    }
    times = {"differences": tuple(stored["differences"]), "rows_kept_until": None}
    return Verification(**{**stored, **verdicts, **times})
