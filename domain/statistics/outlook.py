"""How far a running test has come: what it needs, how much of that it has, and what it could see now."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from domain.statistics import power, rmse_ratio, split_difference
from domain.statistics.counts import PairCounts
from domain.statistics.figures import ABTestFigures
from domain.statistics.moments import PairMoments
from domain.statistics.rmse_ratio import LossMeans
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.split_difference import SplitScores, totals

MOST_NEEDED = 2**31 - 1
"""The largest number that is told: clients hold no larger whole numbers, and nobody collects as many truths."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Requests with feedback needed for the minimum effect, the share of them that is there, and the effect seen now.

    needed is None without a minimum effect, while the figures do not tell, and where it is above MOST_NEEDED; reason
    then says why, in a sentence. progress (0..1) is None where nothing is known of the need. detectable, the smallest
    effect that the feedback so far finds with a power of 80 %, is None while there is too little of it. Effects are
    differences of accuracies, or shares of the champion's RMSE or MAE.
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
    """What the figures so far say of the test's power, as for a test with one look at its end.

    It never fails, whatever the figures and the rules are. No verdict depends on it.

    >>> outlook(ABTestFigures(PairCounts(800, 50, 50, 100)), VerdictRules(minimum_effect=0.01)).needed
    7847
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
    return Outlook(whole, min(1.0, figures.feedback / whole), detectable)


NO_FEEDBACK = _Needed(reason="each arm must have requests with feedback first")
NO_EFFECT = _Needed(reason="the test names no minimumEffect")


def _needed_and_detectable(figures: ABTestFigures, rules: VerdictRules) -> tuple[_Needed, float | None]:
    scores = figures.scores
    if not figures.least_feedback:
        return NO_FEEDBACK, None
    if isinstance(scores, PairCounts):
        return _paired_classifiers(scores, rules)
    if isinstance(scores, PairMoments):
        return _regressors(rmse_ratio.of_pairs(scores), rules)
    if rules.metric is Metric.ACCURACY:
        return _split_classifiers(scores, rules)
    means = split_difference.means(scores)
    if means is None:
        return _Needed(reason="no stretch of the test has feedback on both arms yet"), None
    return _regressors(rmse_ratio.of_split(means), rules)


def _paired_classifiers(counts: PairCounts, rules: VerdictRules) -> tuple[_Needed, float | None]:
    discordance, effect = counts.discordant / counts.n, rules.minimum_effect
    if not counts.discordant:
        return _Needed(reason="there is no request yet on which exactly one algorithm is right"), None
    detectable = power.paired_effect(counts.n, discordance, rules.alpha)
    if effect is None:
        return NO_EFFECT, detectable
    if effect > discordance:
        reason = (
            f"a difference of {effect:g} is not possible so far: exactly one algorithm is right on a share of "
            f"{discordance:.4g} only"
        )
        return _Needed(reason=reason), detectable
    return _Needed(power.paired_n(discordance, effect, rules.alpha)), detectable


def _split_classifiers(epochs: tuple[SplitScores, ...], rules: VerdictRules) -> tuple[_Needed, float | None]:
    champion, challenger = totals(epochs)
    n = champion.n + challenger.n
    share, weight, effect = champion.total / champion.n, challenger.n / n, rules.minimum_effect
    detectable = power.split_effect(n, share, weight, rules.alpha)
    if effect is None:
        return NO_EFFECT, detectable
    reached = share + effect
    if reached > 1.0:
        reason = f"a difference of {effect:g} is not possible so far: the champion's accuracy is {share:.4g}"
        return _Needed(reason=reason), detectable
    # An effect that the accuracy swallows by rounding is beyond any number of requests.
    needed = math.inf if reached == share else power.split_n(share, effect, weight, rules.alpha)
    return _Needed(needed), detectable


def _regressors(means: LossMeans, rules: VerdictRules) -> tuple[_Needed, float | None]:
    sd, effect, root = means.difference.sd, rules.minimum_effect, rules.metric is Metric.RMSE
    if sd == 0.0 or not math.isfinite(sd) or means.champion <= 0.0:
        return _Needed(
            reason="both algorithms' errors differ by the same amount on every request so far"
        ), None
    needed = NO_EFFECT
    if effect is not None:
        # An RMSE lower by the share e has a mean square lower by 1 - (1-e)² = e (2-e).
        lower = (effect * (2 - effect) if root else effect) * means.champion
        needed = _Needed(math.inf if lower == 0.0 else power.mean_n(sd, lower, rules.alpha))
    found = power.mean_effect(means.n, sd, rules.alpha)
    share = found / means.champion if found is not None else math.inf
    if share >= 1.0:
        return needed, None
    return needed, 1 - math.sqrt(1 - share) if root else share
