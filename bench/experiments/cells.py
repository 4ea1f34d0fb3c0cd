"""The table of worlds: what is simulated in each, and its bar."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.experiments import runs, worlds
from bench.experiments.runs import End, Run, agrees, ended
from bench.report import Bar, rounded
from domain.statistics import always_valid, power
from domain.statistics.evidence import Evidence
from domain.statistics.rules import Metric, SeenOnlyFor, VerdictRules
from domain.statistics.verdict import weigh
from domain.words import OutcomeSeen, Verdict

Rng = np.random.Generator
REQUESTS = 5_000
WRONG, UPPER = 0.05, 0.06
CHECKED = 20
"""Tests of a cell whose evidence is compared with the product's at random looks."""
ALL = VerdictRules(outcome_seen=OutcomeSeen.ALL)
UNKNOWN = VerdictRules()
ONLY_YES = VerdictRules(outcome_seen=OutcomeSeen.ONLY_FOR, only_for=SeenOnlyFor(("yes",)))
CHAMPION, BETTER = (0.5, 0.02), (0.2736, 0.0514)
"""Shares of frauds missed and of false alarms: costs .269 and .186, accuracies 95.6 and 93.75 %."""


def simulated(name: str, make: Callable[[Rng], Run], rules: VerdictRules, tests: int, seed: int) -> list[End]:
    """How so many tests of one world ended; the evidence of the first few is checked."""
    rng = np.random.default_rng([seed, *name.encode()])
    found = []
    for number in range(tests):
        run = make(rng)
        if number < CHECKED:
            agrees(run, rules, rng)
        found.append(ended(run, rules))
    return found


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


def _pairs(rng: Rng, n: int, alone: tuple[float, float], weight: float = 0.5) -> Run:
    return runs.paired(worlds.even_pairs(rng, n, *alone), weight)


def _queue(rng: Rng, n: int, alone: tuple[float, float]) -> Run:
    return runs.paired(worlds.queue_pairs(rng, n, *alone), 0.5)


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


def _split(
    rng: Rng,
    accuracies: tuple[float, float] = (0.9, 0.9),
    rates: tuple[float, float] = (1.0, 1.0),
    *,
    weight: float = 0.5,
    drift: float = 0.0,
    n: int = REQUESTS,
) -> Run:
    return runs.split(worlds.split(rng, n, accuracies, rates, weight=weight, drift=drift), weight)


def rate_cells() -> list[Cell]:
    """Split tests whose arms get feedback at different rates."""
    return [
        Cell(
            f"split, feedback rates {a:g} : {b:g}, accuracy {p:g}",
            partial(_split, accuracies=(p, p), rates=(a, b)),
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
                partial(_pairs, n=REQUESTS, alone=(better, better), weight=weight),
            )
            for better in (0.01, 0.05, 0.2)
            for weight in (0.5, 0.1, 0.01)
        ),
        *(
            Cell(f"split, accuracy {p:g}, weight {w:g}", partial(_split, accuracies=(p, p), weight=w))
            for p in (0.5, 0.85, 0.97)
            for w in (0.5, 0.1, 0.01)
        ),
        Cell("split, both fall by 20 points", partial(_split, drift=0.2)),
        Cell("costs, equals erring independently", partial(_costs, other=CHAMPION, nested=False), COST_RULES),
        Cell(
            "costs, equals of different kinds",
            partial(_costs, other=(0.3, 0.02 + 0.1 / 0.95), nested=True),
            COST_RULES,
        ),
    ]


def _costs(rng: Rng, other: tuple[float, float], nested: bool) -> Run:
    return worlds.costs(rng, REQUESTS, CHAMPION, other, nested=nested)


COST_RULES = VerdictRules(Metric.COST, outcome_seen=OutcomeSeen.ALL, costs=worlds.COSTS)


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
            partial(_split, accuracies=(0.85, 0.9), rates=(0.5, 0.4)),
            promoted=0.8,
        ),
        Cell(
            "cheaper challenger, erring independently",
            partial(_costs, other=BETTER, nested=False),
            COST_RULES,
            0.6,
        ),
        Cell("cheaper challenger, nested", partial(_costs, other=BETTER, nested=True), COST_RULES, 0.6),
    ]


def labels_to_a_verdict(tests: int, seed: int) -> list[Bar]:
    """Labels until a verdict, against rule 1."""
    bars = []
    for points, most in ((0.005, 200_000), (0.01, 60_000), (0.02, 16_000), (0.05, 4_000)):
        better, worse = 0.05 + points / 2, 0.05 - points / 2
        name = f"paired +{100 * points:g} points"
        ends = simulated(
            name, partial(_pairs, n=most, alone=(better, worse)), ALL,
            max(tests // 10, 1) if most > 50_000 else tests, seed,
        )  # fmt: skip
        # The evidence of rule 1 is the same coin; what differs is asked of both at the look of the verdict.
        bars.append(Bar(f"labels to a verdict: {name}", rounded(_median(ends))))
    return bars


def split_against_first_rule(tests: int, seed: int) -> list[Bar]:
    """Labels until a verdict of split tests, rule 2 ÷ rule 1, at +5 points (+1.5 at .97)."""
    bars = []
    for p in (0.3, 0.5, 0.7, 0.85, 0.97):
        gain, most = (0.05, 30_000) if p < 0.9 else (0.015, 40_000)
        accuracies = (p - gain / 2, p + gain / 2)
        old, new = [], []
        rng = np.random.default_rng([seed, int(100 * p)])
        for _ in range(tests):
            requests = worlds.split(rng, most, accuracies)
            old.append(runs.first_split_end(requests))
            new.append(ended(runs.split(requests, 0.5), ALL).labels)
        ratio = float(np.median(new) / np.median(old))
        bars.append(
            Bar(
                f"labels to a verdict, split at accuracy {p:g}, ÷ rule 1",
                rounded(ratio),
                at_most=0.6 if p == 0.5 else 1.2,
            )
        )
    return bars


def regressors_against_first_rule(tests: int, seed: int) -> list[Bar]:
    """A challenger whose RMSE is .95 of the champion's: labels with a largest error of 6 ÷ rule 1, and the plan."""
    rules = VerdictRules(Metric.RMSE, outcome_seen=OutcomeSeen.ALL, largest_error=6.0)
    plain = VerdictRules(Metric.RMSE, version=1)
    rng = np.random.default_rng([seed, 95])
    probe = worlds.errors(rng, 400_000, "normal", 0.95)
    gain = probe[0] ** 2 - probe[1] ** 2
    plan = power.mean_n(float(gain.std()), float(gain.mean()))
    most = 30_000
    new, old = [], []
    for number in range(tests):
        pair = worlds.errors(rng, most, "normal", 0.95)
        run = worlds.capped(pair, 6.0)
        if number < CHECKED:
            agrees(run, rules, rng)
        new.append(ended(run, rules).labels)
        first = worlds.squared(pair)
        old.append(float(first.labels[np.argmax(first.log_e >= -math.log(plain.alpha))]))
    in_time = float(np.mean(np.array(new) <= 3 * plan))
    ratio, what = float(np.median(new) / np.median(old)), "regressor with largest error"
    return [
        Bar(f"labels to a verdict, {what}, ÷ rule 1", rounded(ratio), at_most=2.8),
        Bar(f"promoted by 3 × the plan of {plan:,.0f}, {what}", rounded(in_time), at_least=0.8),
    ]


def plans(tests: int, seed: int) -> list[Bar]:
    """Of tests as long as planned for a chance of 80 %, the share that was promoted."""
    bars = []

    def add(name: str, share: float) -> None:
        bars.append(Bar(f"plan's 80 %: {name}", rounded(share), at_least=0.78))
        bars.append(Bar(f"plan's 80 %, not too long: {name}", rounded(share), at_most=0.90))

    def share(name: str, make: Callable[[Rng], Run], rules: VerdictRules = ALL) -> float:
        ends = simulated(name, make, rules, tests, seed)
        return sum(end.verdict is Verdict.PROMOTED for end in ends) / tests

    for q, effect in ((0.1, 0.01), (0.1, 0.02), (0.1, 0.05), (0.3, 0.05)):
        n, b, w = math.ceil(always_valid.paired_n(q, effect)), (q + effect) / 2, (q - effect) / 2
        name = f"paired, {effect:g} of {q:g}"
        add(name, share(name, partial(_pairs, n=n, alone=(b, w))))
        if q == 0.1 and effect < 0.05:
            name = f"queue, {effect:g} of {q:g}"
            add(
                name,
                share(name, partial(_queue, n=n, alone=(b, w))),
            )
    for p, effect, weight in ((0.85, 0.02, 0.5), (0.5, 0.05, 0.5), (0.85, 0.05, 0.2)):
        n = math.ceil(always_valid.split_n(p, effect, weight))
        name = f"split, {effect:g} above {p:g}, weight {weight:g}"
        add(name, share(name, partial(_split, accuracies=(p, p + effect), weight=weight, n=n)))
    add("bounded losses, cheaper challenger", share("bounded", _planned_costs, COST_RULES))
    return bars


def _planned_costs(rng: Rng) -> Run:
    # Nested: ten are gained where only the challenger finds the fraud, one is lost where only it raises an alarm.
    found, alarms = 0.05 * (CHAMPION[0] - BETTER[0]), 0.95 * (BETTER[1] - CHAMPION[1])
    cubes = found, alarms / 1_000
    n = math.ceil(always_valid.bounded_n(found - alarms / 10, found + alarms / 100, cubes))
    return worlds.costs(rng, n, CHAMPION, BETTER, nested=True)


def queue_covers(tests: int, seed: int) -> list[Bar]:
    """The difference that the feedback queue shows, and whether its interval holds the truth at all of 50 looks."""
    bars = []
    for lead in (0.0, 0.05):
        rng = np.random.default_rng([seed, int(100 * lead)])
        held, shown = 0, []
        for _ in range(tests):
            run = runs.paired(worlds.queue_pairs(rng, REQUESTS, 0.05 + lead / 2, 0.05 - lead / 2), 0.5)
            looks = np.unique(np.geomspace(100, REQUESTS, 50).astype(int)) - 1
            found = [weigh(run.figures(int(k)), UNKNOWN) for k in looks]
            told = [one for one in found if isinstance(one, Evidence)]
            held += all(one.interval.low <= lead <= one.interval.high for one in told)
            shown.append(told[-1].difference)
        bars.append(
            Bar(f"queue's interval holds a true {lead:g} at every look", rounded(held / tests), at_least=0.95)
        )
        bars.append(Bar(f"queue's shown difference, true {lead:g}", rounded(float(np.mean(shown)))))
    return bars


def _median(ends: list[End]) -> float:
    return float(np.median([end.labels for end in ends]))


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
}
