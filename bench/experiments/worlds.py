"""Who asks, what both arms answer, and which truths come when: the worlds in which verdicts are tried."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.experiments import runs
from bench.experiments.late import LateLabels
from bench.experiments.late import late as looks_at
from bench.experiments.runs import Bools, Floats, Ints, Pairs, Run, Splits
from domain.statistics.bounded_loss import cost_loss
from domain.statistics.rules import CostMatrix
from domain.statistics.units import GRID

Rng = np.random.Generator
EITHER = 2


def even_pairs(
    rng: Rng, n: int, better: float = 0.05, worse: float = 0.05, *, feedback: float = 1.0, weight: float = 0.5
) -> Pairs:
    """All answers show the truth: only the challenger is right with `better`, only the champion with `worse`."""
    draw = rng.random(n)
    gain = np.where(draw < better, 1, np.where(draw < better + worse, -1, 0))
    return Pairs(
        gain,
        np.where(gain == 0, 0, rng.choice((-1, 1), size=n)),
        rng.random(n) < feedback,
        np.full(n, EITHER),
        rng.random(n) < weight,
    )


def queue_pairs(rng: Rng, n: int, better: float, worse: float) -> Pairs:
    """The same, where only disagreements are given a truth."""
    found = even_pairs(rng, n, better, worse)
    return Pairs(found.gain, found.higher, found.gain != 0, found.seen, found.challenger_drawn)


def loan_pairs(
    rng: Rng,
    n: int,
    weight: float,
    *,
    lead: float = 0.0,
    disagree: float = 0.1,
    right: float = 0.8,
    declared: bool = True,
    shadow: bool = False,
) -> Pairs:
    """The truth is seen only where the served answer is yes, and of answers yes a share `right` is right.

    Both arms disagree on a share `disagree`, half of it with the challenger saying yes; lead: by how much more often
    the challenger is right, over all requests.
    """
    differ = rng.random(n) < disagree
    yes = rng.random(n) < 0.5
    drawn = (rng.random(n) < weight) & (not shadow)
    # Where the challenger says yes it is right if the truth is yes; where it says no, if the truth is no.
    edge = lead / disagree / 2
    wins = np.where(yes, right + edge, 1 - right + edge)
    gain = np.where(differ, np.where(rng.random(n) < wins, 1, -1), 0)
    both_yes = rng.random(n) < 0.7
    labelled = np.where(differ, np.where(yes, drawn, ~drawn), both_yes)
    # With its label, each is in the class of the arm that shows it; an agreement shows it whoever serves.
    seen = np.where(differ & declared, np.where(yes, 1, 0), EITHER)
    return Pairs(gain, np.where(differ, np.where(yes, 1, -1), 0), labelled, seen, drawn)


def _subjects(rng: Rng, n: int, times: int, repeated: float) -> tuple[Ints, Ints]:
    """Each request's subject, in random order, and the request whose outcome it repeats (itself, or an earlier one)."""
    subject = rng.permutation(np.repeat(np.arange(-(-n // times)), times)[:n])
    first = np.zeros(subject.max() + 1, dtype=np.int64)
    where, index = np.unique(subject, return_index=True)
    first[where] = index
    source = np.where(rng.random(n) < repeated, first[subject], np.arange(n))
    return subject, source


def repeated_pairs(
    rng: Rng, n: int, times: int, repeated: float, alone: tuple[float, float] = (0.05, 0.05)
) -> Pairs:
    """Each subject asks `times` times, and a share `repeated` of these is its first request once more.

    alone: how often only the challenger is right, and only the champion.
    """
    one = even_pairs(rng, n, *alone)
    subject, source = _subjects(rng, n, times, repeated)
    return Pairs(one.gain[source], one.higher[source], one.labelled, one.seen, one.challenger_drawn, subject)


def repeated_split(rng: Rng, n: int, times: int, repeated: float, accuracy: float = 0.9) -> Splits:
    """The same in split mode, where a subject stays with its arm."""
    subject, source = _subjects(rng, n, times, repeated)
    arm = (rng.random(int(subject.max()) + 1) < 0.5)[subject]
    right = (rng.random(n) < accuracy)[source]
    first = np.zeros(n, dtype=np.bool_)
    first[np.unique(subject, return_index=True)[1]] = True
    return Splits(arm, right.astype(np.float64), np.ones(n, dtype=np.bool_), first)


def split(
    rng: Rng,
    n: int,
    accuracies: tuple[float, float] = (0.9, 0.9),
    rates: tuple[float, float] = (1.0, 1.0),
    *,
    weight: float = 0.5,
    drift: float = 0.0,
) -> Splits:
    """Accuracies and shares of feedback of champion and challenger; drift: by how much both fall until the end."""
    arm = rng.random(n) < weight
    accuracy = np.where(arm, accuracies[1], accuracies[0]) - drift * np.linspace(0, 1, n)
    labelled = rng.random(n) < np.where(arm, rates[1], rates[0])
    return Splits(arm, (rng.random(n) < accuracy).astype(np.float64), labelled, np.ones(n, dtype=np.bool_))


def loan_split(rng: Rng, n: int, weight: float) -> Splits:
    """`loan_pairs` of equals where each request meets one arm."""
    arm = rng.random(n) < weight
    differ, yes = rng.random(n) < 0.1, rng.random(n) < 0.5
    right = rng.random(n) < np.where(differ, 0.5, 0.9)
    says_yes = np.where(differ, yes == arm, rng.random(n) < 0.7)
    right = np.where(differ, rng.random(n) < np.where(says_yes, 0.8, 0.2), right)
    return Splits(arm, right.astype(np.float64), says_yes, np.ones(n, dtype=np.bool_))


def late(rng: Rng, n: int, *, in_time: float = 0.2, waited: bool = False) -> Run:
    """Equals of which the challenger says yes where they disagree; truths yes come so late that a fifth is in.

    waited: with a feedback delay after which all are there.
    """
    minutes = 60.0
    differ = rng.random(n) < 0.1
    positive = rng.random(n) < np.where(differ, 0.5, 0.3)
    gain = np.where(differ, np.where(positive, 1, -1), 0)
    asked = np.sort(rng.random(n)) * n * minutes
    whole = n * minutes
    slowest = 0.2 * whole if waited else (1 - in_time) / 0.75 * whole
    delay = np.where(positive, slowest * (0.5 + 0.5 * rng.random(n)), rng.exponential(slowest / 100, size=n))
    told = asked + delay
    seen = np.ones(n, dtype=np.bool_) if waited else told <= whole
    drawn = rng.random(n) < 0.5
    labels = LateLabels(gain[seen], differ[seen], drawn[seen], asked[seen], told[seen], positive[seen])
    return looks_at(labels, slowest if waited else 0.0)


LAWS = ("normal", "t5", "t3", "shocks .01 of 8", "shocks .002 of 15", "shocks .0005 of 30")


def errors(rng: Rng, n: int, law: str, scale: float = 1.0) -> tuple[Floats, Floats]:
    """Errors of two regressors with the same mean square (times scale² for the challenger); only its law differs."""
    shared = rng.normal(size=n)
    first = 0.8 * shared + 0.6 * rng.normal(size=n)
    if law.startswith("t"):
        df = int(law[1:])
        tail = rng.standard_t(df, size=n) * np.sqrt((df - 2) / df)
        return first, scale * (0.8 * shared + 0.6 * tail)
    if law == "normal":
        return first, scale * (0.8 * shared + 0.6 * rng.normal(size=n))
    share, size = float(law.split()[1]), float(law.split()[3])
    usual = 0.8 * shared + 0.6 * rng.normal(size=n)
    shock = rng.random(n) < share
    rest = np.sqrt((1 - share * size**2) / (1 - share))
    return first, scale * np.where(shock, size * rng.choice((-1, 1), size=n), rest * usual)


def capped(pair: tuple[Floats, Floats], largest: float) -> Run:
    """Squared errors, none larger than that of `largest`."""
    first, second = (np.rint(np.minimum(np.abs(x) / largest, 1.0) ** 2 * GRID).astype(np.int64) for x in pair)
    return runs.bounded(first, second)


def squared(pair: tuple[Floats, Floats]) -> Run:
    """Squared errors of any size."""
    return runs.unbounded(pair[0] ** 2, pair[1] ** 2)


COSTS = CostMatrix((("fraud", "fine", 10.0), ("fine", "fraud", 1.0)))


def costs(
    rng: Rng, n: int, champion: tuple[float, float], challenger: tuple[float, float], *, nested: bool
) -> Run:
    """Costs 10 for a missed fraud (one in twenty) and 1 for a false alarm; arms as (shares missed, false alarms).

    nested: what the one finds the other finds too, if it finds more; else they err independently.
    """
    fraud = rng.random(n) < 0.05
    draws = rng.random(n), rng.random(n)

    def says(arm: tuple[float, float], draw: Floats) -> Bools:
        found: Bools = np.where(fraud, draw >= arm[0], draw < arm[1])
        return found

    # With one draw for both, a bolder arm misses fewer of the same frauds, and raises more of the same alarms.
    answers = says(champion, draws[0]), says(challenger, draws[0] if nested else draws[1])
    return runs.bounded(*(_cost_losses(fraud, answer) for answer in answers))


def split_losses(rng: Rng, n: int, weight: float, second: float = 1.0, rate: float = 1.0) -> Run:
    """Capped squared errors where each request meets one arm; second: the challenger's, in units of the champion's.

    rate: the share of the challenger's requests that get feedback.
    """
    arm = rng.random(n) < weight
    errors_ = rng.normal(size=n) * np.where(arm, second, 1.0)
    loss = np.rint(np.minimum(np.abs(errors_) / 4.0, 1.0) ** 2 * GRID)
    labelled = rng.random(n) < np.where(arm, rate, 1.0)
    requests = Splits(arm, loss, labelled, np.ones(n, dtype=np.bool_))
    return runs.split(requests, weight, bounded=True)


def _cost_losses(fraud: Bools, answer: Bools) -> Ints:
    names = ("fine", "fraud")
    table = np.array([[cost_loss(COSTS, truth, label, names) for label in names] for truth in names])
    found: NDArray[Any] = table[fraud.astype(np.int64), answer.astype(np.int64)]
    return found
