"""The table of worlds: what is simulated in each, and its bar."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.experiments import runs, worlds
from bench.experiments.alarms import alarms
from bench.experiments.efforts import (
    labels_to_a_verdict,
    plans,
    queue_covers,
    regressors_against_first_rule,
    split_against_first_rule,
)
from bench.experiments.runs import Run
from bench.experiments.simulation import (
    ALL,
    BETTER,
    CHAMPION,
    COST_RULES,
    REQUESTS,
    UNKNOWN,
    pairs_of,
    simulated,
    split_of,
)
from bench.report import Bar, rounded
from domain.statistics.rules import Metric, SeenOnlyFor, VerdictRules
from domain.words import OutcomeSeen, Verdict

Rng = np.random.Generator
CAPPED = VerdictRules(Metric.RMSE, outcome_seen=OutcomeSeen.ALL, largest_error=4.0)
WRONG, UPPER = 0.05, 0.06
ONLY_YES = VerdictRules(outcome_seen=OutcomeSeen.ONLY_FOR, only_for=SeenOnlyFor(("yes",)))


@dataclass(frozen=True, slots=True)
class Cell:
    """One world: its name, how a test of it is made, its rules, and what is wanted of the tests' ends."""

    name: str
    make: Callable[[Rng], Run]
    rules: VerdictRules = ALL
    promoted: float | None = None
    """The share of promotions wanted; None where both arms are equal, and no winner is right."""
    reported: bool = False

    def bars(self, tests: int, seed: int) -> list[Bar]:
        """The cell's figures."""
        ends = simulated(self.name, self.make, self.rules, tests, seed)
        if self.promoted is not None:
            share = sum(end.verdict is Verdict.PROMOTED for end in ends) / tests
            return [
                Bar(
                    f"promoted: {self.name}",
                    rounded(share),
                    at_least=None if self.reported else self.promoted,
                )
            ]
        wrong = sum(end.verdict is not None for end in ends)
        held = sum(end.withheld for end in ends) / tests
        return [
            Bar(f"wrong winners: {self.name}", rounded(wrong / tests), at_most=WRONG),
            Bar(f"wrong winners, upper bound: {self.name}", rounded(upper(wrong, tests)), at_most=UPPER),
            Bar(f"withheld: {self.name}", rounded(held)),
        ]


def upper(hits: int, tests: int) -> float:
    """The upper end of the 95 % interval of a share (Wilson 1927)."""
    z, p = 1.96, hits / tests
    middle = p + z * z / (2 * tests)
    return (middle + z * math.sqrt(p * (1 - p) / tests + z * z / (4 * tests**2))) / (1 + z * z / tests)


def seen_cells() -> list[Cell]:
    """The truth is seen only where the served answer is yes."""
    return [
        *(
            Cell(
                f"seen only for yes, declared, weight {weight:g}",
                partial(_loan, weight=weight, declared=True),
                ONLY_YES,
            )
            for weight in (0.5, 0.3, 0.1)
        ),
        Cell("seen only for yes, undeclared, paired .5", partial(_loan, weight=0.5, declared=False), UNKNOWN),
        Cell("seen only for yes, undeclared, paired .3", partial(_loan, weight=0.3, declared=False), UNKNOWN),
        Cell("seen only for yes, undeclared, champion serves", _shadow, UNKNOWN),
        Cell(
            "seen only for yes, undeclared, split",
            lambda rng: runs.split(worlds.loan_split(rng, REQUESTS, 0.5), 0.5),
            UNKNOWN,
        ),
    ]


def _loan(rng: Rng, weight: float, declared: bool, lead: float = 0.0) -> Run:
    pairs = worlds.loan_pairs(
        rng, REQUESTS, weight, lead=lead, declared=declared, right=0.8 if not lead else 0.5
    )
    return runs.paired(pairs, weight, weighted=declared)


def _shadow(rng: Rng) -> Run:
    pairs = worlds.loan_pairs(rng, REQUESTS, 0.5, declared=False, shadow=True)
    return runs.paired(pairs, 0.5, shadow=True)


def _squared(rng: Rng, law: str) -> Run:
    return worlds.squared(worlds.errors(rng, REQUESTS, law))


def _capped(rng: Rng, law: str) -> Run:
    return worlds.capped(worlds.errors(rng, REQUESTS, law), 30.0)


def subject_cells() -> list[Cell]:
    """Ten and fifty requests a subject, half of them repeated or all."""
    return [
        Cell(
            f"{times} requests a subject, {what} repeated, {mode}",
            partial(make, times=times, repeated=repeated),
        )
        for times in (10, 50)
        for what, repeated in (("half", 0.5), ("all", 1.0))
        for mode, make in (("paired", _repeated_pairs), ("split", _repeated_split))
    ]


def _repeated_pairs(rng: Rng, times: int, repeated: float, alone: tuple[float, float] = (0.05, 0.05)) -> Run:
    return runs.paired(worlds.repeated_pairs(rng, REQUESTS, times, repeated, alone), 0.5)


def _repeated_split(rng: Rng, times: int, repeated: float) -> Run:
    return runs.split(worlds.repeated_split(rng, REQUESTS, times, repeated), 0.5)


def rate_cells() -> list[Cell]:
    """Split tests whose arms get feedback at different rates."""
    return [
        Cell(
            f"split, feedback rates {a:g} : {b:g}, accuracy {p:g}",
            partial(split_of, accuracies=(p, p), rates=(a, b)),
        )
        for a, b in ((1.0, 0.9), (0.5, 0.4), (1.0, 0.7))
        for p in (0.9, 0.5)
    ]


def late_cells() -> list[Cell]:
    """Truths of one class come late."""
    return [
        Cell("truths yes late, feedbackDelay set", lambda rng: worlds.late(rng, REQUESTS, waited=True)),
        Cell("truths yes late, no feedbackDelay", lambda rng: worlds.late(rng, REQUESTS)),
    ]


def error_cells() -> list[Cell]:
    """Regressors with the same RMSE, of which the challenger's errors follow another law."""
    declared = VerdictRules(Metric.RMSE, outcome_seen=OutcomeSeen.ALL, largest_error=30.0)
    plain = VerdictRules(Metric.RMSE, outcome_seen=OutcomeSeen.ALL)
    return [
        *(
            Cell(
                f"regressors, {law}, no largest error",
                partial(_squared, law=law),
                plain,
            )
            for law in worlds.LAWS[2:]
        ),
        *(
            Cell(
                f"regressors, {law}, largest error 30",
                partial(_capped, law=law),
                declared,
            )
            for law in worlds.LAWS
        ),
    ]


def other_cells() -> list[Cell]:
    """Worlds in which verdicts were right before, and costs."""
    return [
        *(
            Cell(
                f"paired, right alone {better:g} each, weight {weight:g}",
                partial(pairs_of, n=REQUESTS, alone=(better, better), weight=weight),
            )
            for better in (0.01, 0.05, 0.2)
            for weight in (0.5, 0.1, 0.01)
        ),
        *(
            Cell(f"split, accuracy {p:g}, weight {w:g}", partial(split_of, accuracies=(p, p), weight=w))
            for p in (0.5, 0.85, 0.97)
            for w in (0.5, 0.1, 0.01)
        ),
        *(
            Cell(
                f"split regressors, largest error 4, weight {w:g}, feedback rates 1 : {rate:g}",
                partial(worlds.split_losses, n=REQUESTS, weight=w, rate=rate),
                CAPPED,
            )
            for w, rate in ((0.5, 1.0), (0.2, 1.0), (0.5, 0.7))
        ),
        Cell("split, both fall by 20 points", partial(split_of, drift=0.2)),
        Cell("costs, equals erring independently", partial(_costs, other=CHAMPION, nested=False), COST_RULES),
        Cell(
            "costs, equals of different kinds",
            partial(_costs, other=(0.3, 0.02 + 0.1 / 0.95), nested=True),
            COST_RULES,
        ),
    ]


def _costs(rng: Rng, other: tuple[float, float], nested: bool) -> Run:
    return worlds.costs(rng, REQUESTS, CHAMPION, other, nested=nested)


def power_cells() -> list[Cell]:
    """A challenger that is better by five points, or cheaper, promoted within 5,000 requests."""
    return [
        Cell(
            "+5 points, seen only for yes, declared .5",
            partial(_loan, weight=0.5, declared=True, lead=0.05),
            ONLY_YES,
            0.8,
        ),
        Cell(
            "+5 points, ten requests a subject, half repeated",
            partial(_repeated_pairs, times=10, repeated=0.5, alone=(0.075, 0.025)),
            promoted=0.8,
        ),
        Cell(
            "+5 points, ten requests a subject, all repeated",
            partial(_repeated_pairs, times=10, repeated=1.0, alone=(0.075, 0.025)),
            promoted=0.8,
            reported=True,
        ),
        Cell(
            "+5 points, split, feedback rates .5 : .4",
            partial(split_of, accuracies=(0.85, 0.9), rates=(0.5, 0.4)),
            promoted=0.8,
        ),
        Cell(
            "cheaper challenger, erring independently",
            partial(_costs, other=BETTER, nested=False),
            COST_RULES,
            0.6,
        ),
        Cell(
            "split regressors, largest error 4, RMSE .9 of the champion's",
            partial(worlds.split_losses, n=REQUESTS, weight=0.5, second=0.9),
            CAPPED,
            0.8,
            reported=True,
        ),
        Cell("cheaper challenger, nested", partial(_costs, other=BETTER, nested=True), COST_RULES, 0.6),
    ]


Measure = Callable[[int, int], list[Bar]]


def _together(cells: list[Cell]) -> Measure:
    return lambda tests, seed: [bar for cell in cells for bar in cell.bars(tests, seed)]


CELLS: dict[str, Measure] = {
    "seen": _together(seen_cells()),
    "subjects": _together(subject_cells()),
    "rates": _together(rate_cells()),
    "late": _together(late_cells()),
    "errors": _together(error_cells()),
    "others": _together(other_cells()),
    "power": _together(power_cells()),
    "labels": labels_to_a_verdict,
    "split": split_against_first_rule,
    "regressors": regressors_against_first_rule,
    "plans": plans,
    "queue": queue_covers,
    "alarms": alarms,
}
