"""What a part of a replay adds up to: parts of one log, put together from the newest to the oldest, are the whole.

The sums are those of `domain.ab_tests.tally` for a test in which nothing is drawn and everything was served by the
champion. They are exact, so that they do not depend on how the log was divided.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import repeat
from typing import Any, NamedTuple, TypeAlias

from domain.ab_tests.disagreement import AnswerChange, change_of, comes_after, disagrees
from domain.ab_tests.losses import bounded_metric, has_gains, kind_of, sums_cubes
from domain.ab_tests.observation import Observation, Scores, loss, score
from domain.ab_tests.plan import Plan
from domain.ab_tests.results.result import MOST_DIFFERING
from domain.ab_tests.sums import EpochSums, TestSums
from domain.ab_tests.tally import gain_of
from domain.catalog.classes import Classes
from domain.catalog.truth import scorable_feedback
from domain.requests.new_request import ArmAnswer
from domain.statistics.exact_sum import ExactMoments, ExactSum
from domain.statistics.units import EVEN, GainSums, SeenGains, UnitSums
from domain.words import Arm, JSONValue

Said: TypeAlias = tuple[str | None, float | None, bool]
"""What an algorithm said of a request: label, value, and whether it failed."""


class Compared(NamedTuple):
    """One request: what was said then and now, its ground truth as it is stored, and whom it is about."""

    id: int
    then: Said
    now: Said
    feedback: str | None
    subject: str | None


class Weighed(NamedTuple):
    """What one unit of a verdict counts: the scores of both, whether they differ, and whose answer comes later."""

    x: float | None
    y: float | None
    disagrees: bool
    higher: bool | None


class Judged(NamedTuple):
    """What two answers are worth under a truth; `scored` is whether that truth is a declared class or a number."""

    unit: Weighed
    losses: tuple[float | None, float | None]
    scores: Scores
    change: AnswerChange
    scored: bool


@dataclass(frozen=True, slots=True)
class ReplayRules:
    """What answers are judged by: the plan of the comparison, and the classes of the endpoint."""

    plan: Plan
    classes: Classes | None
    numeric: bool

    def judge(self, then: Said, now: Said, feedback: str | None) -> Judged:
        """What both answers are worth."""
        rules = self.plan.rules
        kind = kind_of(rules.metric)
        seen = Observation(
            request_id=0,
            ab_test_id=0,
            epoch_id=0,
            drawn_arm=Arm.CHAMPION,
            served_arm=Arm.CHAMPION,
            subject=None,
            complete=True,
            champion=ArmAnswer(*then),
            challenger=ArmAnswer(*now),
        )
        truth = scorable_feedback(feedback, self.classes)
        scores = score(seen, kind, truth, numeric=self.numeric, rules=rules, classes=self.classes)
        losses = _pair(loss(rules.metric, scores))
        bounded = bounded_metric(rules) is rules.metric
        x, y = _pair((scores.champion_loss, scores.challenger_loss)) if bounded else losses
        differs = disagrees(seen, kind)
        higher = comes_after(seen, kind) if differs else None
        return Judged(
            Weighed(x, y, differs, higher), losses, scores, change_of(scores), scored=truth is not None
        )


def _pair(scores: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    """A request counts for both or for neither."""
    return (None, None) if None in scores else scores


@dataclass(slots=True)
class _Units:
    """Sums over the units of a verdict, and over first requests."""

    complete: int = 0
    disagreements: int = 0
    labelled: int = 0
    higher: int = 0
    lower: int = 0
    gains: list[int] = field(default_factory=lambda: [0, 0, 0, 0, 0])
    champion: ExactMoments = field(default_factory=ExactMoments)
    challenger: ExactMoments = field(default_factory=ExactMoments)
    cross: ExactSum = field(default_factory=ExactSum)

    def add(self, units: Iterable[tuple[Weighed, int]], plan: Plan) -> None:
        """Units, each with how many there are of it."""
        gaining = has_gains(plan)
        for unit, count in units:
            self.complete += count
            self.disagreements += unit.disagrees * count
            if unit.x is None or unit.y is None:
                continue
            self.labelled += unit.disagrees * count
            self.higher += (unit.higher is True) * count
            self.lower += (unit.higher is False) * count
            if gaining:
                gain = gain_of(unit.x, unit.y, plan.rules.metric)
                found = (gain.n, gain.total, gain.squares, gain.risen or 0, gain.fallen or 0)
                self.gains = [had + one * count for had, one in zip(self.gains, found, strict=True)]

    def add_firsts(self, firsts: Iterable[tuple[Weighed, int]]) -> None:
        """First requests, each with how many there are of it."""
        pairs = [(u.x, u.y) for u, count in firsts for _ in repeat(None, count) if u.x is not None]
        _add_pairs(pairs, self.champion, self.challenger, self.cross)

    def merge(self, other: _Units) -> None:
        for name in ("complete", "disagreements", "labelled", "higher", "lower"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.gains = [had + more for had, more in zip(self.gains, other.gains, strict=True)]
        self.champion.merge(other.champion)
        self.challenger.merge(other.challenger)
        self.cross.add(other.cross.parts)


def _add_pairs(
    pairs: Sequence[tuple[float | None, float | None]],
    champion: ExactMoments,
    challenger: ExactMoments,
    cross: ExactSum,
) -> None:
    known = [(float(x), float(y)) for x, y in pairs if x is not None and y is not None]
    champion.add([x for x, _ in known])
    challenger.add([y for _, y in known])
    cross.add(x * y for x, y in known)


@dataclass(slots=True)
class _Subject:
    """A subject's newest request, its newest disagreement, and how many requests it has."""

    requests: int
    first: Weighed
    disagreement: Weighed | None

    def merge(self, older: _Subject) -> None:
        self.requests += older.requests
        self.disagreement = self.disagreement or older.disagreement


@dataclass(slots=True)
class ReplayPart:
    """The sums of some requests. Subjects are told apart by digests with the salt of the job."""

    requests: int = 0
    skipped: int = 0
    unscored: int = 0
    failed: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    disagreeing: int = 0
    champion: ExactMoments = field(default_factory=ExactMoments)
    challenger: ExactMoments = field(default_factory=ExactMoments)
    cross: ExactSum = field(default_factory=ExactSum)
    units: _Units = field(default_factory=_Units)
    subjects: dict[str, _Subject] = field(default_factory=dict)
    differing: list[dict[str, JSONValue]] = field(default_factory=list)

    def add(self, rows: Sequence[Compared], rules: ReplayRules, digest: Callable[[str], str]) -> None:
        """Add requests that are older than all that were added, newest first."""
        judged: dict[tuple[Said, Said, str | None], Judged] = {}
        counts: Counter[tuple[Said, Said, str | None]] = Counter()
        alone: Counter[Weighed] = Counter()
        kept = Counter(one["change"] for one in self.differing)
        for row in rows:
            key = row[1:4]
            found = judged.get(key)
            if found is None:
                found = judged[key] = rules.judge(*key)
            counts[key] += 1
            if row.subject is None:
                alone[found.unit] += 1
            else:
                self._add_subject(digest(row.subject), found.unit)
            if found.unit.disagrees and kept[found.change.value] < MOST_DIFFERING:
                kept[found.change.value] += 1
                self.differing.append(_differing(row, found))
        self._count([(key[0][2], key[1][2], judged[key], count) for key, count in counts.items()])
        self.units.add(alone.items(), rules.plan)
        self.units.add_firsts(alone.items())

    def _count(self, found: Sequence[tuple[bool, bool, Judged, int]]) -> None:
        for then, now, judged, count in found:
            self.requests += count
            self.unscored += (not judged.scored) * count
            self.disagreeing += judged.unit.disagrees * count
            facts = (then, now, then and not now, now and not then)
            self.failed = [had + one * count for had, one in zip(self.failed, facts, strict=True)]
        pairs = [judged.losses for _, _, judged, count in found for _ in repeat(None, count)]
        _add_pairs(pairs, self.champion, self.challenger, self.cross)

    def _add_subject(self, name: str, unit: Weighed) -> None:
        older = _Subject(1, unit, unit if unit.disagrees else None)
        known = self.subjects.setdefault(name, older)
        if known is not older:
            known.merge(older)

    def merge(self, older: ReplayPart) -> None:
        """Add the sums of requests that are older than all that were added."""
        for name in ("requests", "skipped", "unscored", "disagreeing"):
            setattr(self, name, getattr(self, name) + getattr(older, name))
        self.failed = [had + more for had, more in zip(self.failed, older.failed, strict=True)]
        self.champion.merge(older.champion)
        self.challenger.merge(older.challenger)
        self.cross.add(older.cross.parts)
        self.units.merge(older.units)
        for name, subject in older.subjects.items():
            known = self.subjects.setdefault(name, subject)
            if known is not subject:
                known.merge(subject)
        kept = Counter(one["change"] for one in self.differing)
        for one in older.differing:
            if kept[one["change"]] < MOST_DIFFERING:
                kept[one["change"]] += 1
                self.differing.append(one)

    def sums(self, plan: Plan) -> TestSums:
        """The sums of a test with these requests; nothing may be added after."""
        accuracy = has_gains(plan) and not sums_cubes(plan)
        units = [
            one.disagreement if accuracy and one.disagreement is not None else one.first
            for one in self.subjects.values()
        ]
        self.units.add(Counter(units).items(), plan)
        self.units.add_firsts(Counter(one.first for one in self.subjects.values()).items())
        if not self.requests:
            return TestSums()
        without = self.units.complete - len(self.subjects)
        epoch = EpochSums(
            weight=EVEN,
            requests=self.requests,
            complete=self.requests,
            drawn_champion=without + len(self.subjects),
            served_champion=self.requests,
            failed_champion=self.failed[0],
            failed_challenger=self.failed[1],
            champion_failed_alone=self.failed[2],
            challenger_failed_alone=self.failed[3],
            champion=self.champion.moments,
            challenger=self.challenger.moments,
            cross=self.cross.value,
            disagreeing=self.disagreeing,
            units=self._unit_sums(plan),
        )
        repeated = sum(one.requests > 1 for one in self.subjects.values())
        return TestSums((epoch,), subjects=len(self.subjects), repeated=repeated)

    def _unit_sums(self, plan: Plan) -> UnitSums:
        units, cubes = self.units, sums_cubes(plan)
        none = GainSums(risen=0, fallen=0) if cubes else GainSums()
        n, total, squares, risen, fallen = units.gains
        gains = GainSums(n, total, squares, risen, fallen) if cubes else GainSums(n, total, squares)
        return UnitSums(
            weight=EVEN,
            complete=units.complete,
            disagreements=units.disagreements,
            labelled=units.labelled,
            higher_champion=units.higher,
            lower_champion=units.lower,
            gains=SeenGains(none, none, gains),
            champion=units.champion.moments,
            challenger=units.challenger.moments,
            cross=units.cross.value,
        )

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        sums = {name: asdict(getattr(self, name)) for name in ("champion", "challenger", "cross", "units")}
        subjects = {
            name: [one.requests, list(one.first), one.disagreement and list(one.disagreement)]
            for name, one in self.subjects.items()
        }
        return plain | sums | {"subjects": subjects}


_PLAIN = ("requests", "skipped", "unscored", "failed", "disagreeing", "differing")


def part_from(stored: dict[str, Any]) -> ReplayPart:
    """The part that `ReplayPart.as_json` wrote.

    >>> part_from(ReplayPart(requests=3).as_json()) == ReplayPart(requests=3)
    True
    """
    units = dict(stored["units"])
    moments = {name: _moments(units.pop(name)) for name in ("champion", "challenger")}
    return ReplayPart(
        **{name: stored[name] for name in _PLAIN},
        champion=_moments(stored["champion"]),
        challenger=_moments(stored["challenger"]),
        cross=ExactSum(**stored["cross"]),
        units=_Units(**{**units, **moments, "cross": ExactSum(**units["cross"])}),
        subjects={
            name: _Subject(requests, Weighed(*first), None if other is None else Weighed(*other))
            for name, (requests, first, other) in stored["subjects"].items()
        },
    )


def _moments(stored: dict[str, Any]) -> ExactMoments:
    return ExactMoments(stored["n"], ExactSum(**stored["total"]), ExactSum(**stored["squares"]))


def digest_with(salt: str) -> Callable[[str], str]:
    """What stands for a subject in the parts of a job: nobody finds the subject by it without the salt."""

    def digest(subject: str) -> str:
        found = hashlib.blake2b(subject.encode(), key=salt.encode(), digest_size=12).digest()
        return base64.b64encode(found).decode()

    return digest


def _differing(row: Compared, judged: Judged) -> dict[str, JSONValue]:
    scores = judged.scores
    return {
        "request_id": str(row.id),
        "served": _said(row.then, scores.champion_correct, scores.champion_residual),
        "answer": _said(row.now, scores.challenger_correct, scores.challenger_residual),
        "change": judged.change.value,
    }


def _said(said: Said, correct: bool | None, residual: float | None) -> dict[str, JSONValue]:
    label, value, failed = said
    return {"label": label, "value": value, "failed": failed, "correct": correct, "residual": residual}
