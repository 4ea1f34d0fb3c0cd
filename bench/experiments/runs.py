"""One simulated test: its sums after every label, the evidence at every look, and when `decide` ends it.

The evidence of all looks is computed at once, by the product's tables and formulas; where it is enough, `decide` is
asked, look by look, until it names a winner. `agrees` checks on samples that both say the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.experiments.methods import LogE
from domain.statistics import asymptotic_sequence, bounded_e_value, coupled_tilt, seen_bets, split_bounded
from domain.statistics.evidence import Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures
from domain.statistics.moments import Moments
from domain.statistics.paired_e_value import PRIOR
from domain.statistics.rules import VerdictRules
from domain.statistics.split_e_value import CONCENTRATION
from domain.statistics.units import GRID, GainSums, SeenGains, UnitSums
from domain.statistics.verdict import decide, weigh
from domain.words import Verdict

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MOST = 400_000
ENOUGH = -math.log(0.05)
TRIES = 60
"""Looks at which a withheld verdict is asked for again: spread over all that are left."""
SLACK = 1e-7
CLASSES = ("champion", "challenger", "either")


@dataclass(frozen=True, slots=True)
class Run:
    """The looks at one test: ln E at each (-∞ where something else is missing), labels so far, and the figures."""

    log_e: Floats
    labels: Ints
    figures: Callable[[int], ABTestFigures]


@dataclass(frozen=True, slots=True)
class End:
    """How a test ended: with a winner or None; the labels that it took; whether a winner was withheld."""

    verdict: Verdict | None
    labels: float
    withheld: bool
    look: int = -1


def ended(run: Run, rules: VerdictRules) -> End:
    """The first winner that `decide` names by itself."""
    looks = np.nonzero(run.log_e >= -math.log(rules.alpha) - SLACK)[0]
    withheld, at = False, 0
    while at < len(looks):
        found = decide(run.figures(int(looks[at])), rules)
        if found.verdict in {Verdict.PROMOTED, Verdict.KEPT}:
            return End(found.verdict, float(run.labels[looks[at]]), withheld, int(looks[at]))
        held = found.withheld is not None
        withheld |= held
        at += max(1, len(looks) // TRIES) if held else 1
    return End(None, math.inf, withheld)


def agrees(run: Run, rules: VerdictRules, rng: np.random.Generator, looks: int = 3) -> None:
    """Raises AssertionError where the evidence of all looks is not what the product says at some of them."""
    for look in rng.integers(0, len(run.log_e), size=looks):
        figures = run.figures(int(look))
        found = weigh(figures, rules)
        if isinstance(found, Evidence) and np.isfinite(run.log_e[look]):
            gap = run.log_e[look] - found.log_e
            least = -1e-6 * max(1.0, abs(found.log_e))
            # Where split evidence is not enough, only the one of its two that is computed first is known.
            known = found.method not in {EvidenceMethod.TILTED, EvidenceMethod.BOUNDED} or figures.paired
            assert least <= gap <= (-least if known else math.inf), (found, run.log_e[look])
        if run.log_e[look] < -math.log(rules.alpha) - SLACK:
            assert decide(figures, rules).verdict in {None, Verdict.INCONCLUSIVE}


@lru_cache(maxsize=32)
def coin(p0: float = 0.5, concentration: float = 2 * PRIOR) -> LogE:
    """The tables of a beta-binomial E."""
    return LogE(p0, concentration, MOST)


def log_mean(logs: Floats) -> Floats:
    """The logarithm of the mean of e^x over the last axis."""
    most = logs.max(axis=-1, keepdims=True)
    found: Floats = most[..., 0] + np.log(np.exp(logs - most).mean(axis=-1))
    return found


@dataclass(frozen=True, slots=True)
class Pairs:
    """Requests of a paired test of classifiers in their order; `seen` is the class of `SeenGains` (0, 1, 2; -1: none).

    higher: +1 where the challenger's answer is the higher one, -1 where the lower, 0 where they agree.
    """

    gain: Ints
    higher: Ints
    labelled: Bools
    seen: Ints
    challenger_drawn: Bools
    subject: Ints | None = None


def paired(pairs: Pairs, weight: float, *, weighted: bool = False, shadow: bool = False) -> Run:
    """A look after every request of a paired test by accuracy."""
    differ = pairs.higher != 0
    first, unit, swapped = _units(pairs, differ)
    counted = unit & pairs.labelled & (pairs.seen >= 0)
    sums = {
        name: (
            running(counted & (pairs.seen == k)) - (swapped if k == 2 else 0),
            running(np.where(counted & (pairs.seen == k), pairs.gain, 0)),
            running(counted & (pairs.seen == k) & (pairs.gain != 0)),
        )
        for k, name in enumerate(CLASSES)
    }
    # Under a declaration only what it does not explain is for the alarm.
    alarming = counted & differ & ((pairs.seen == 2) | (not weighted))
    alarm = {
        (side, arm): running(alarming & (pairs.higher == side) & (pairs.challenger_drawn == arm))
        for side in (1, -1)
        for arm in (True, False)
    }
    complete, disagreements = running(first), running(unit & differ)
    labelled, disagreeing = running(counted & differ), running(differ)

    def figures(k: int) -> ABTestFigures:
        gains = SeenGains(**{name: GainSums(*(int(x[k]) for x in found)) for name, found in sums.items()})
        one = UnitSums(
            weight,
            complete=int(complete[k]),
            disagreements=int(disagreements[k]),
            labelled=int(labelled[k]),
            gains=gains,
            higher_champion=int(alarm[1, False][k]),
            higher_challenger=int(alarm[1, True][k]),
            lower_champion=int(alarm[-1, False][k]),
            lower_challenger=int(alarm[-1, True][k]),
        )
        return ABTestFigures(
            (), shadow=shadow, requests=k + 1, complete=k + 1, disagreeing=int(disagreeing[k]), units=(one,)
        )

    total, squares = (np.sum([found[k] for found in sums.values()], axis=0) for k in (1, 2))
    if weighted and (weight != 0.5 or sums["either"][2][-1]):
        log_e = _weighted(sums, weight)
    else:
        log_e = coin()((squares + total) // 2, (squares - total) // 2)
    return Run(log_e, running(pairs.labelled), figures)


def _units(pairs: Pairs, differ: Bools) -> tuple[Bools, Bools, Ints | int]:
    """First requests of their subjects, requests that count as units, and how many first requests do so no more."""
    n = len(pairs.gain)
    if pairs.subject is None:
        whole = np.ones(n, dtype=np.bool_)
        return whole, whole, 0
    first = np.zeros(n, dtype=np.bool_)
    first[np.unique(pairs.subject, return_index=True)[1]] = True
    where = np.nonzero(differ)[0]
    unit = first.copy()
    swap = np.zeros(n, dtype=np.bool_)
    swap[where[np.unique(pairs.subject[where], return_index=True)[1]]] = True
    unit |= swap
    swapped = swap & ~first
    # A first request that gave way was an agreement with a truth: it counts no more from then on.
    opening = np.zeros(int(pairs.subject.max()) + 1, dtype=np.int64)
    opening[pairs.subject[first]] = np.nonzero(first)[0]
    gone = opening[pairs.subject[swapped]]
    lost = np.zeros(n, dtype=np.int64)
    lost[swapped] = pairs.labelled[gone] & (pairs.seen[gone] == 2)
    return first, unit, np.cumsum(lost)


def _weighted(sums: dict[str, tuple[Ints, Ints, Ints]], weight: float) -> Floats:
    largest = max(1 / weight, 1 / (1 - weight))
    columns, tables = [], []
    for seen, name in ((1 - weight, "champion"), (weight, "challenger"), (1.0, "either")):
        _, total, squares = sums[name]
        up, down = seen_bets._log_bets(1 / (seen * largest))
        columns += [(squares + total) // 2, (squares - total) // 2]
        tables += [up, down]
    counts = np.stack(columns, axis=1)
    # Only labelled disagreements change the evidence.
    kept, back = np.unique(counts, axis=0, return_inverse=True)
    logs = kept @ np.stack(tables) + seen_bets._log_prior()
    most = logs.max(axis=1, keepdims=True)
    found: Floats = (most[:, 0] + np.log(np.exp(logs - most).sum(axis=1)))[back.reshape(-1)]
    return found


@dataclass(frozen=True, slots=True)
class Splits:
    """Requests of a split test in their order: scores are 1 or 0, or losses in steps of `GRID`."""

    challenger: Bools
    score: Floats
    labelled: Bools
    first: Bools


def split(requests: Splits, weight: float, *, bounded: bool = False) -> Run:
    """A look after every request of a split test."""
    counted = requests.labelled & requests.first
    arms = []
    for arm in (False, True):
        mine = counted & (requests.challenger == arm)
        score = np.where(mine, requests.score, 0.0)
        arms.append((running(mine), np.cumsum(score), np.cumsum(score * score)))

    def figures(k: int) -> ABTestFigures:
        champion, challenger = (Moments(int(m[0][k]), float(m[1][k]), float(m[2][k])) for m in arms)
        one = UnitSums(weight, complete=k + 1, champion=champion, challenger=challenger)
        return ABTestFigures((), paired=False, requests=k + 1, complete=k + 1, units=(one,))

    # Evidence is the weaker of two; the second, which takes longer, is asked where the first is enough.
    log_e = _apart(arms, float(GRID) if bounded else 1.0)
    enough = log_e >= ENOUGH - SLACK
    if enough.any():
        there = [tuple(values[enough] for values in arm) for arm in arms]
        found = (_split_bounded if bounded else split_accuracy)(there, weight)
        log_e[enough] = np.minimum(log_e[enough], found)
    return Run(log_e, running(requests.labelled), figures)


def split_accuracy(arms: list[Any], weight: float) -> Floats:
    (n1, r1, _), (n2, r2, _) = arms
    r1, r2 = r1.astype(np.int64), r2.astype(np.int64)
    wrong = coin(weight, CONCENTRATION)(n2 - r2, n1 - r1)
    counts = np.stack((n1 - r1, n2 - r2, r1, r2), axis=1)
    tilted = log_mean(counts @ coupled_tilt.ratios(weight).T)
    return log_mean(np.stack((wrong, tilted), axis=1))


def _split_bounded(arms: list[Any], weight: float) -> Floats:
    logs = []
    (n1, t1, q1), (n2, t2, q2) = arms
    for centre in split_bounded.CENTRES:
        c = centre * GRID
        largest = GRID * max(centre, 1 - centre) / min(weight, 1 - weight)
        a, b = 1 / ((1 - weight) * largest), 1 / (weight * largest)
        total = (t1 - c * n1) * a - (t2 - c * n2) * b
        squares = (q1 - c * (2 * t1 - c * n1)) * a * a + (q2 - c * (2 * t2 - c * n2)) * b * b
        logs.append(bets(total, squares))
    return log_mean(np.stack(logs, axis=1))


def bets(total: Floats, squares: Floats, risen: Floats | None = None, fallen: Floats | None = None) -> Floats:
    """`bounded_e_value.log_e` for all looks at once."""
    logs = []
    e = bounded_e_value
    rows = zip(e.LOG_WEIGHTS, e.BETS, e.COSTS, e.RISES, e.FALLS, strict=True)
    for weight, bet, cost, rise, fall in rows:
        for side, up, down in ((1.0, risen, fallen), (-1.0, fallen, risen)):
            if up is None or down is None:
                logs.append(weight + bet * side * total + cost * squares)
            else:
                logs.append(weight + bet * (side * total - bet * squares / 2) + rise * up - fall * down)
    return log_mean(np.stack(logs, axis=1)) + math.log(len(logs) / 2)


def _variance(n: Ints, total: Floats, squares: Floats, largest: float) -> Floats:
    """Where all scores are equal, with one of 0 and one of the largest size added."""
    found = (squares - total * total / n) / (n - 1)
    more, sums = n + 2, total + largest
    added = (squares + largest**2 - sums * sums / more) / (more - 1)
    variance: Floats = np.where(found > 1e-12 * largest**2, found, added)
    return variance


def _apart(arms: list[Any], largest: float) -> Floats:
    """The asymptotic ln E of the difference of means."""
    (n1, t1, q1), (n2, t2, q2) = arms
    n = n1 + n2
    with np.errstate(divide="ignore", invalid="ignore"):
        v1, v2 = _variance(n1, t1, q1, largest), _variance(n2, t2, q2, largest)
        z = (t2 / n2 - t1 / n1) ** 2 / (n * (v1 / n1 + v2 / n2))
        nr2 = n * asymptotic_sequence.scale(0.05) ** 2
        log_e = n * nr2 / (2 * (nr2 + 1)) * z - 0.5 * np.log1p(nr2)
    found: Floats = np.where(np.minimum(n1, n2) > 0, log_e, -np.inf)
    return found


def bounded(first: Ints, second: Ints) -> Run:
    """A look after every label of a paired test, from both arms' losses in steps of `GRID`."""
    gain = (first - second).astype(np.float64)
    total, squares = np.cumsum(gain), np.cumsum(gain * gain)
    a, b, cross = np.cumsum(first), np.cumsum(second), np.cumsum(first.astype(np.float64) * second)
    aa, bb = np.cumsum(first.astype(np.float64) ** 2), np.cumsum(second.astype(np.float64) ** 2)
    differ = np.cumsum(gain != 0)
    whole = first - second
    cubes = (whole * whole // GRID) * np.abs(whole)
    risen, fallen = running(np.where(whole > 0, cubes, 0)), running(np.where(whole < 0, cubes, 0))

    def figures(k: int) -> ABTestFigures:
        n = k + 1
        one = UnitSums(
            0.5,
            complete=n,
            disagreements=int(differ[k]),
            labelled=int(differ[k]),
            gains=SeenGains(
                either=GainSums(n, int(total[k]), int(squares[k]), int(risen[k]), int(fallen[k]))
            ),
            champion=Moments(n, float(a[k]), float(aa[k])),
            challenger=Moments(n, float(b[k]), float(bb[k])),
            cross=float(cross[k]),
        )
        return ABTestFigures((), requests=n, complete=n, disagreeing=int(differ[k]), units=(one,))

    log_e = bets(total / GRID, squares / GRID**2, risen / GRID**2, fallen / GRID**2)
    return Run(log_e, np.arange(1, len(gain) + 1), figures)


def unbounded(first: Floats, second: Floats) -> Run:
    """A look after every label of a paired test, from both arms' raw losses."""
    n = np.arange(1, len(first) + 1)
    a, b, aa, bb, ab = (np.cumsum(x) for x in (first, second, first**2, second**2, first * second))
    lead, spread = a - b, aa + bb - 2 * ab
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt((spread - lead**2 / n) / (n - 1))
        nr2 = n * asymptotic_sequence.scale(0.05) ** 2
        log_e = n * nr2 / (2 * (nr2 + 1)) * (lead / n / sd) ** 2 - 0.5 * np.log1p(nr2)
    log_e = np.where(n >= asymptotic_sequence.LEAST, log_e, -np.inf)

    def figures(k: int) -> ABTestFigures:
        size = k + 1
        one = UnitSums(
            0.5,
            complete=size,
            disagreements=size,
            labelled=size,
            champion=Moments(size, float(a[k]), float(aa[k])),
            challenger=Moments(size, float(b[k]), float(bb[k])),
            cross=float(ab[k]),
        )
        return ABTestFigures((), requests=size, complete=size, disagreeing=size, units=(one,))

    return Run(log_e, n, figures)


def running(values: NDArray[Any]) -> Ints:
    """Sums after each value."""
    return np.cumsum(values, dtype=np.int64)


def first_split_end(requests: Splits) -> float:
    """Labels until rule 1 would have named a winner of an even split test of accuracies."""
    wrong = requests.score == 0.0
    second = running(wrong & requests.challenger)
    log_e = coin(0.5, CONCENTRATION)(second, running(wrong & ~requests.challenger))
    over = log_e >= math.log(20)
    return float(np.argmax(over) + 1) if over.any() else math.inf
