"""How far a running test has come: what it needs, how much of that it has, and what it could see now."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.experiments import power, rmse_ratio, split_difference
from domain.experiments.figures import Figures
from domain.experiments.moments import PairMoments
from domain.experiments.pair_counts import PairCounts
from domain.experiments.parameters import Metric, Parameters
from domain.experiments.rmse_ratio import LossMeans
from domain.experiments.split_difference import SplitScores, totals


@dataclass(frozen=True, slots=True)
class Outlook:
    """Requests with feedback needed for the minimum effect, the share of them that is there, and the effect seen now.

    needed and progress (0..1) are None without a minimum effect, or while the figures do not tell; detectable, the
    smallest effect that the feedback so far finds with a power of 80 %, is None while there is too little of it.
    Effects are differences of accuracies, or shares of the champion's RMSE or MAE.
    """

    needed: int | None
    progress: float | None
    detectable: float | None


def outlook(figures: Figures, parameters: Parameters) -> Outlook:
    """What the figures so far say of the test's power, as for a test with one look at its end.

    >>> outlook(Figures(PairCounts(800, 50, 50, 100)), Parameters(minimum_effect=0.01)).needed
    7847
    """
    needed, detectable = _needed_and_detectable(figures, parameters)
    if needed is None:
        return Outlook(None, None, detectable)
    whole = math.ceil(needed)
    return Outlook(whole, min(1.0, figures.feedback / whole), detectable)


def _needed_and_detectable(figures: Figures, parameters: Parameters) -> tuple[float | None, float | None]:
    scores = figures.scores
    if not figures.least_feedback:
        return None, None
    if isinstance(scores, PairCounts):
        return _paired_classifiers(scores, parameters)
    if isinstance(scores, PairMoments):
        return _regressors(rmse_ratio.of_pairs(scores), parameters)
    if parameters.metric is Metric.ACCURACY:
        return _split_classifiers(scores, parameters)
    means = split_difference.means(scores)
    return (None, None) if means is None else _regressors(rmse_ratio.of_split(means), parameters)


def _paired_classifiers(counts: PairCounts, parameters: Parameters) -> tuple[float | None, float | None]:
    discordance, effect = counts.discordant / counts.n, parameters.minimum_effect
    if not counts.discordant:
        return None, None
    needed = None
    if effect is not None and effect <= discordance:
        needed = power.paired_n(discordance, effect, parameters.alpha)
    return needed, power.paired_effect(counts.n, discordance, parameters.alpha)


def _split_classifiers(
    epochs: tuple[SplitScores, ...], parameters: Parameters
) -> tuple[float | None, float | None]:
    champion, challenger = totals(epochs)
    n = champion.n + challenger.n
    share, weight, effect = champion.total / champion.n, challenger.n / n, parameters.minimum_effect
    needed = None
    if effect is not None and share + effect <= 1.0:
        needed = power.split_n(share, effect, weight, parameters.alpha)
    return needed, power.split_effect(n, share, weight, parameters.alpha)


def _regressors(means: LossMeans, parameters: Parameters) -> tuple[float | None, float | None]:
    sd, effect, root = means.difference.sd, parameters.minimum_effect, parameters.metric is Metric.RMSE
    if sd == 0.0 or not math.isfinite(sd) or means.champion <= 0.0:
        return None, None
    needed = None
    if effect is not None:
        # An RMSE lower by the share e has a mean square lower by 1 - (1-e)².
        lower = 1 - (1 - effect) ** 2 if root else effect
        needed = power.mean_n(sd, lower * means.champion, parameters.alpha)
    found = power.mean_effect(means.n, sd, parameters.alpha)
    share = found / means.champion if found is not None else math.inf
    if share >= 1.0:
        return needed, None
    return needed, 1 - math.sqrt(1 - share) if root else share
