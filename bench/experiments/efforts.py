"""How many labels a verdict takes: against rule 1, and against the plan; and whether the queue shows the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from bench.experiments import runs, worlds
from bench.experiments.runs import End, Run, agrees, ended
from bench.experiments.simulation import (
    ALL,
    BETTER,
    CHAMPION,
    CHECKED,
    COST_RULES,
    REQUESTS,
    UNKNOWN,
    pairs_of,
    queue_of,
    simulated,
    split_of,
)
from bench.report import Bar, rounded
from domain.statistics import always_valid, power
from domain.statistics.evidence import Evidence
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.verdict import weigh
from domain.words import OutcomeSeen, Verdict

Rng = np.random.Generator


def labels_to_a_verdict(tests: int, seed: int) -> list[Bar]:
    """Labels until a verdict, against rule 1."""
    bars = []
    for points, most in ((0.005, 200_000), (0.01, 60_000), (0.02, 16_000), (0.05, 4_000)):
        better, worse = 0.05 + points / 2, 0.05 - points / 2
        name = f"paired +{100 * points:g} points"
        ends = simulated(
            name, partial(pairs_of, n=most, alone=(better, worse)), ALL,
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
        bars.append(
            Bar(
                f"labels to a verdict, split at accuracy {p:g}, ÷ rule 1, medians",
                rounded(float(np.median(new) / np.median(old))),
                at_most=0.6 if p == 0.5 else 1.2,
            )
        )
        # A test that was not decided by then counts as if it had been.
        ratio = float(np.minimum(new, most).mean() / np.minimum(old, most).mean())
        bars.append(Bar(f"the same, means, at accuracy {p:g}", rounded(ratio)))
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
        add(name, share(name, partial(pairs_of, n=n, alone=(b, w))))
        if q == 0.1 and effect < 0.05:
            name = f"queue, {effect:g} of {q:g}"
            add(
                name,
                share(name, partial(queue_of, n=n, alone=(b, w))),
            )
    for p, effect, weight in ((0.85, 0.02, 0.5), (0.5, 0.05, 0.5), (0.85, 0.05, 0.2)):
        n = math.ceil(always_valid.split_n(p, effect, weight))
        name = f"split, {effect:g} above {p:g}, weight {weight:g}"
        add(name, share(name, partial(split_of, accuracies=(p, p + effect), weight=weight, n=n)))
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
    return [*bars, _errors_cover(tests, seed)]


def _errors_cover(tests: int, seed: int) -> Bar:
    """The interval of the ratio of capped RMSEs, whose cubes away from equality are not exact."""
    rng = np.random.default_rng([seed, 96])
    first, second = (np.minimum(np.abs(x), 6.0) ** 2 for x in worlds.errors(rng, 1_000_000, "normal", 0.95))
    truth = math.sqrt(float(second.mean() / first.mean()))
    rules = VerdictRules(Metric.RMSE, outcome_seen=OutcomeSeen.ALL, largest_error=6.0)
    held = 0
    for _ in range(tests):
        run = worlds.capped(worlds.errors(rng, REQUESTS, "normal", 0.95), 6.0)
        found = [weigh(run.figures(k), rules) for k in range(99, REQUESTS, 245)]
        held += all(
            one.ratio_interval.low <= truth <= one.ratio_interval.high
            for one in found
            if isinstance(one, Evidence) and one.ratio_interval is not None
        )
    name = f"interval of a true ratio of RMSEs of {truth:.4f} holds it at every look"
    return Bar(name, rounded(held / tests), at_least=0.95)


def _median(ends: list[End]) -> float:
    return float(np.median([end.labels for end in ends]))
