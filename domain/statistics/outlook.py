"""How far a running test has come: what it needs, how much of that it has, and what it could see now."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from domain.statistics import always_valid, paired_bounded, rmse_ratio, split_difference, split_evidence
from domain.statistics.counts import PairCounts
from domain.statistics.disagreement_rate import disagreement_rate
from domain.statistics.figures import ABTestFigures, ScoreSums
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.rmse_ratio import LossMeans
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.split_difference import SplitScores, totals
from domain.statistics.units import GRID, GainSums

MOST_NEEDED = 2**31 - 1
"""The largest number that is told: clients hold no larger whole numbers, and nobody collects as many truths."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Requests with feedback needed for the minimum effect, the share of them that is there, and the effect seen now.

    needed: of the kind that has got feedback so far; where only disagreements have, so many of these. It is None
    without a minimum effect, while the figures do not tell, and where it is above MOST_NEEDED; reason then says why, in
    a sentence. progress (0..1) is None where nothing is known of the need. detectable, the smallest effect that the
    feedback so far finds with a power of 80 %, is None while there is too little of it. Effects are differences of
    accuracies or of Brier scores, or shares of the champion's RMSE, MAE or cost.
    """

    needed: int | None
    progress: float | None
    detectable: float | None
    reason: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class _Needed:
    """The requests that are needed (infinite where no float holds them), or why nobody knows."""

    requests: float | None = None
    reason: str | None = None


def outlook(figures: ABTestFigures, rules: VerdictRules) -> Outlook:
    """What the figures so far say of the test's power, as it is: looked at all the time.

    It never fails, whatever the figures and the rules are. No verdict depends on it.

    >>> first = VerdictRules(version=1, minimum_effect=0.01)
    >>> outlook(ABTestFigures(PairCounts(800, 50, 50, 100)), first).needed
    14280
    >>> outlook(ABTestFigures(PairCounts(800, 50, 50, 100)), VerdictRules(minimum_effect=1e-300)).needed is None
    True
    """
    found, detectable = _needed_and_detectable(figures, rules)
    if found.requests is None:
        return Outlook(None, None, detectable, found.reason)
    if found.requests > MOST_NEEDED:
        reason = (
            f"more than {MOST_NEEDED:,} requests with feedback would be needed to find a difference of "
            f"{rules.minimum_effect:g}: begin a test with a larger minimumEffect to be told how far it is"
        )
        return Outlook(None, min(1.0, figures.feedback / found.requests), detectable, reason)
    whole = max(1, math.ceil(found.requests))
    return Outlook(whole, min(1.0, _have(figures, rules) / whole), detectable)


NO_FEEDBACK = _Needed(reason="each arm must have requests with feedback first")
NO_EFFECT = _Needed(reason="the test names no minimumEffect")
NO_DIFFERENCE = _Needed(reason="both algorithms did equally well on every request so far")


def _have(figures: ABTestFigures, rules: VerdictRules) -> int:
    scores = _scores(figures, rules)
    return sum(epoch.n for epoch in scores) if isinstance(scores, tuple) else scores.n


def _scores(figures: ABTestFigures, rules: VerdictRules) -> ScoreSums:
    """What counts under the rule of the test, in the form of rule 1; bounded losses are shares of the largest one."""
    if rules.version == 1:
        return figures.scores
    if not figures.paired:
        return split_evidence.scores_of(figures)
    if rules.metric is Metric.ACCURACY:
        together = sum((unit.gains.together for unit in figures.units), GainSums())
        better = (together.squares + together.total) // 2
        return PairCounts(together.n - together.squares, together.squares - better, better)
    return PairMoments(
        sum((unit.champion for unit in figures.units), Moments()),
        sum((unit.challenger for unit in figures.units), Moments()),
        sum(unit.cross for unit in figures.units),
    )


def _needed_and_detectable(figures: ABTestFigures, rules: VerdictRules) -> tuple[_Needed, float | None]:
    scores = _scores(figures, rules)
    if isinstance(scores, PairCounts):
        return _paired_classifiers(scores, _per_disagreement(figures, rules), rules)
    if isinstance(scores, PairMoments):
        if rules.version > 1 and rules.bounded:
            return _paired_bounded(figures, rules)
        return _means(rmse_ratio.of_pairs(scores), rules) if scores.n else (NO_FEEDBACK, None)
    return _split(scores, rules)


def _split(scores: tuple[SplitScores, ...], rules: VerdictRules) -> tuple[_Needed, float | None]:
    if not min(moments.n for moments in totals(scores)):
        return NO_FEEDBACK, None
    if rules.metric is Metric.ACCURACY:
        return _split_classifiers(scores, rules)
    means = split_difference.means(scores)
    if means is None:
        return _Needed(reason="no stretch of the test has feedback on both arms yet"), None
    return _means(rmse_ratio.of_split(means), rules)


def _per_disagreement(figures: ABTestFigures, rules: VerdictRules) -> float:
    """How much more a truth tells than that of a request at random: 1 / rate where only disagreements have one."""
    rate = disagreement_rate(figures)
    labelled = sum(unit.labelled for unit in figures.units)
    together = sum(unit.gains.together.n for unit in figures.units)
    if rules.version == 1 or rate is None or not (labelled and together):
        return 1.0
    return labelled / together / rate.value


def _paired_classifiers(counts: PairCounts, told: float, rules: VerdictRules) -> tuple[_Needed, float | None]:
    if not counts.n:
        return NO_FEEDBACK, None
    if not counts.discordant:
        return _Needed(reason="there is no request yet on which exactly one algorithm is right"), None
    discordance, effect = counts.discordant / counts.n, rules.minimum_effect
    found = always_valid.paired_effect(counts.n, discordance, rules.alpha)
    detectable = None if found is None else found / told
    if effect is None:
        return NO_EFFECT, detectable
    if effect * told > discordance:
        reason = (
            f"a difference of {effect:g} is not possible so far: exactly one algorithm is right on a share of "
            f"{discordance / told:.4g} only"
        )
        return _Needed(reason=reason), detectable
    return _Needed(always_valid.paired_n(discordance, effect * told, rules.alpha)), detectable


def _paired_bounded(figures: ABTestFigures, rules: VerdictRules) -> tuple[_Needed, float | None]:
    """By the gains' squares and cubes; of costs and errors effects are shares of the champion's figure."""
    gains = sum((unit.gains.together for unit in figures.units), GainSums())
    champion = sum((unit.champion for unit in figures.units), Moments())
    if not gains.n or not gains.squares:
        return NO_DIFFERENCE, None
    one = paired_bounded.scaled(gains, gains.n, 1.0)
    square = one.squares / one.n
    cubes = None if one.risen is None or one.fallen is None else (one.risen / one.n, one.fallen / one.n)
    whole = 1.0 if rules.metric is Metric.BRIER else (champion.mean or 0.0) / GRID
    found = always_valid.bounded_effect(gains.n, square, cubes, rules.alpha)
    detectable = _share(found, whole, rules)
    effect = rules.minimum_effect
    if effect is None:
        return NO_EFFECT, detectable
    gain = _lower(effect, rules) * whole
    if not 0.0 < gain * gain <= square:
        return _Needed(reason=f"a difference of {effect:g} is not possible so far"), detectable
    return _Needed(always_valid.bounded_n(gain, square, cubes, rules.alpha)), detectable


def _split_classifiers(epochs: tuple[SplitScores, ...], rules: VerdictRules) -> tuple[_Needed, float | None]:
    champion, challenger = totals(epochs)
    n = champion.n + challenger.n
    share, weight, effect = champion.total / champion.n, challenger.n / n, rules.minimum_effect
    detectable = always_valid.split_effect(n, share, weight, rules.alpha)
    if effect is None:
        return NO_EFFECT, detectable
    reached = share + effect
    if reached > 1.0:
        reason = f"a difference of {effect:g} is not possible so far: the champion's accuracy is {share:.4g}"
        return _Needed(reason=reason), detectable
    # An effect that the accuracy swallows by rounding is beyond any number of requests.
    needed = math.inf if reached == share else always_valid.split_n(share, effect, weight, rules.alpha)
    return _Needed(needed), detectable


def _means(means: LossMeans, rules: VerdictRules) -> tuple[_Needed, float | None]:
    """By the asymptotic interval of the difference of mean losses."""
    sd, effect = means.difference.sd, rules.minimum_effect
    if sd == 0.0 or not math.isfinite(sd) or means.champion <= 0.0:
        return _Needed(
            reason="both algorithms' errors differ by the same amount on every request so far"
        ), None
    whole = float(GRID) if rules.metric is Metric.BRIER else means.champion
    needed = NO_EFFECT
    if effect is not None:
        lower = _lower(effect, rules) * whole
        needed = _Needed(
            math.inf
            if lower == 0.0
            else always_valid.mean_n(sd, lower, rules.alpha, optimised_for=rules.optimised_for)
        )
    found = always_valid.mean_effect(means.n, sd, rules.alpha, optimised_for=rules.optimised_for)
    return needed, _share(found, whole, rules)


def _lower(effect: float, rules: VerdictRules) -> float:
    """An RMSE lower by the share e has a mean square lower by 1 - (1-e)² = e (2-e)."""
    return effect * (2 - effect) if rules.metric is Metric.RMSE else effect


def _share(gain: float | None, whole: float, rules: VerdictRules) -> float | None:
    """A mean gain as an effect of the metric; None where it would be all of the champion's figure."""
    if gain is None or whole <= 0.0 or gain >= whole:
        return None
    share = gain / whole
    return 1 - math.sqrt(1 - share) if rules.metric is Metric.RMSE else share
