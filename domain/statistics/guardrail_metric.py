"""A second metric as a guardrail: is the challenger worse by more than a margin that a person has called bearable?"""

from __future__ import annotations

from domain.statistics import e_value
from domain.statistics.bounded_e_value import log_e_above
from domain.statistics.bounded_loss import cost_range
from domain.statistics.figures import ABTestFigures
from domain.statistics.rules import GuardrailMetric, Metric, VerdictRules
from domain.statistics.split_difference import SplitScores
from domain.statistics.units import GRID, UnitSums
from domain.words import OutcomeSeen

LIMIT = 100.0
"""Evidence at which the test is ended: while the challenger is within the margin, at most once in a hundred tests."""


def log_e(figures: ABTestFigures, rules: VerdictRules) -> float:
    """The logarithm of E against "the challenger is worse by no more than the margin"; 0 without such a guardrail.

    The bets of `bounded_e_value` on how much worse each answer is, less the margin.

    >>> from domain.statistics.units import GainSums, SeenGains, UnitSums
    >>> rules = VerdictRules(guardrail_metric=GuardrailMetric(Metric.BRIER, 0.05))
    >>> def worse(by: float) -> UnitSums:
    ...     gains = GainSums(1000, -round(1000 * by * GRID), round(1000 * by * by * GRID * GRID))
    ...     return UnitSums(0.5, guarded=SeenGains(either=gains))
    >>> [log_e(ABTestFigures((), units=(worse(by),)), rules) > 4.6 for by in (0.04, 0.06, 0.2)]
    [False, True, True]
    """
    guarded = rules.guardrail_metric
    if guarded is None or not figures.units:
        return 0.0
    margin = guarded.margin / _largest(guarded, rules)
    sums = _paired if figures.paired else _split
    total, squares = sums(
        figures, guarded.metric, margin, weighted=rules.outcome_seen is OutcomeSeen.ONLY_FOR
    )
    return log_e_above(total, max(squares, 0.0))


def is_worse(figures: ABTestFigures, rules: VerdictRules) -> bool:
    """Whether the challenger is worse by more than the margin, beyond the agreed evidence."""
    return rules.guardrail_metric is not None and e_value.reaches(log_e(figures, rules), LIMIT)


def _largest(guarded: GuardrailMetric, rules: VerdictRules) -> float:
    if guarded.metric is Metric.COST and rules.costs is not None:
        least, most = cost_range(rules.costs)
        return most - least
    return 1.0


def _paired(figures: ABTestFigures, metric: Metric, margin: float, *, weighted: bool) -> tuple[float, float]:
    """Sums of (loss of the challenger - loss of the champion - margin), and of their squares, scaled to at least -1."""
    grid = 1 if metric is Metric.ACCURACY else GRID
    total = squares = 0.0
    for unit in figures.units:
        least = min(unit.weight, 1 - unit.weight) if weighted else 1.0
        known = _known(figures, unit, metric)
        for seen, gains in (
            (1 - unit.weight, unit.guarded.champion),
            (unit.weight, unit.guarded.challenger),
            (1.0, unit.guarded.either),
        ):
            scale = (least / seen if weighted else 1.0) / (1 + margin)
            n, lost = known * gains.n, -gains.total / grid
            total += scale * (lost - margin * n)
            squares += scale**2 * (gains.squares / grid**2 - margin * (2 * lost - margin * n))
    return total, squares


def _known(figures: ABTestFigures, unit: UnitSums, metric: Metric) -> float:
    """How many requests each unit with a truth stands for: where both arms say the same, nothing is lost or won.

    Where only disagreements are given truths, each stands for as many requests as it takes to find one.
    """
    n = unit.guarded.together.n
    if metric is Metric.BRIER or not (n and unit.labelled and figures.disagreeing):
        return 1.0
    return unit.labelled * figures.complete / figures.disagreeing / n


def _split(figures: ABTestFigures, metric: Metric, margin: float, *, weighted: bool) -> tuple[float, float]:
    """As `_paired`, for arms of which each request met only one; its lottery weighs both."""
    grid = 1.0 if metric is Metric.ACCURACY else float(GRID)
    total = squares = 0.0
    for unit in figures.units:
        one = SplitScores(unit.weight, unit.guarded_champion, unit.guarded_challenger)
        if metric is Metric.ACCURACY:
            wrong = one.wrong()
            first = (one.champion.n, float(wrong.champion), float(wrong.champion))
            second = (one.challenger.n, float(wrong.challenger), float(wrong.challenger))
        else:
            first = (one.champion.n, one.champion.total / grid, one.champion.squares / grid**2)
            second = (one.challenger.n, one.challenger.total / grid, one.challenger.squares / grid**2)
        n = first[0] + second[0]
        if not n:
            continue
        # Centred at half, so that the number of requests that met each arm disturbs least for middling losses.
        a, b = _centred(first, 0.5), _centred(second, 0.5)
        up, down = 1 / unit.weight, -1 / (1 - unit.weight)
        lost, spread = up * b[0] + down * a[0], up * up * b[1] + down * down * a[1]
        scale = 1 / (0.5 * max(up, -down) + margin)
        total += scale * (lost - margin * n)
        squares += scale**2 * (spread - margin * (2 * lost - margin * n))
    return total, squares


def _centred(sums: tuple[int, float, float], centre: float) -> tuple[float, float]:
    n, total, squares = sums
    return total - centre * n, squares - centre * (2 * total - centre * n)
