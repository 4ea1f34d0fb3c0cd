"""How often what protects a test raises its voice: when nothing is wrong, and when something is."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bench.experiments import runs, worlds
from bench.experiments.methods import LogE, at_most
from bench.report import Bar, rounded
from domain.statistics import guardrail_metric, latency_blocks, selective_feedback
from domain.statistics.e_bh import e_bh
from domain.statistics.figures import ABTestFigures
from domain.statistics.rules import GuardrailMetric, Metric, VerdictRules
from domain.statistics.units import GRID, GainSums, LatencyBlocks, SeenGains, UnitSums

Rng = np.random.Generator
REQUESTS, LOOKS = 5_000, 50


def alarms(tests: int, seed: int) -> list[Bar]:
    """All of them."""
    rng = np.random.default_rng([seed, 7])
    return [
        *_selective(tests, rng),
        *_bursts(tests, rng),
        *_margins(tests, rng),
        *_slices(tests, rng),
    ]


def _share(tests: int, once: Callable[[], bool]) -> float:
    return rounded(sum(once() for _ in range(tests)) / tests)


def _selective(tests: int, rng: Rng) -> list[Bar]:
    """Feedback that depends on the answer, and feedback that does not."""

    def raised(weight: float, depends: bool) -> bool:
        if depends:
            pairs = worlds.loan_pairs(rng, REQUESTS, weight, declared=False)
        else:
            pairs = worlds.even_pairs(rng, REQUESTS, feedback=0.5, weight=weight)
        run = runs.paired(pairs, weight)
        looks = np.linspace(99, REQUESTS - 1, LOOKS).astype(int)
        return any(selective_feedback.raised(run.figures(int(k)).units) for k in looks)

    bars = []
    for weight, least in ((0.5, 0.95), (0.3, 0.9), (0.1, 0.4)):
        found = _share(tests, lambda w=weight: raised(w, depends=True))  # type: ignore[misc]
        bars.append(Bar(f"alarm on selective feedback, weight {weight:g}", found, at_least=least))
        found = _share(tests, lambda w=weight: raised(w, depends=False))  # type: ignore[misc]
        bars.append(
            Bar(
                f"false alarms on selective feedback, weight {weight:g}", found, at_most=at_most(0.001, tests)
            )
        )
    return bars


def _bursts(tests: int, rng: Rng) -> list[Bar]:
    """Latencies with bursts that meet one arm or the other, in a thousand stretches of two minutes."""
    log_e = LogE(0.5, latency_blocks.CONCENTRATION, 1_000)

    def cancelled(weight: float, slower: float) -> bool:
        n = rng.binomial(60, weight, size=1_000)
        second = rng.gamma(np.maximum(n, 1), size=1_000) / np.maximum(n, 1)
        first = rng.gamma(np.maximum(60 - n, 1), size=1_000) / np.maximum(60 - n, 1)
        bursts = rng.random((2, 1_000)) < 0.1
        first, second = first * (1 + 4 * bursts[0]), second * (1 + 4 * bursts[1]) * slower
        measured = np.minimum(n, 60 - n) >= 5
        high = np.cumsum(measured & (second > 1.5 * first))
        low = np.cumsum(measured & (first > 1.5 * second))
        over = (log_e(high, low) >= math.log(latency_blocks.LIMIT)) & (high > low)
        last = LatencyBlocks(int(high[-1]), int(low[-1]), 1_000)
        assert bool(over[-1]) == latency_blocks.is_slower(last)
        return bool(over.any())

    return [
        Bar(
            "cancelled for latency, equal arms with bursts, weight .5",
            _share(tests, lambda: cancelled(0.5, 1.0)),
            at_most=at_most(0.01, tests),
        ),
        Bar(
            "cancelled for latency, equal arms with bursts, weight .2",
            _share(tests, lambda: cancelled(0.2, 1.0)),
        ),
        Bar(
            "cancelled for latency, challenger takes twice as long",
            _share(tests, lambda: cancelled(0.5, 2.0)),
            at_least=0.95,
        ),
    ]


def _margins(tests: int, rng: Rng) -> list[Bar]:
    """A guardrail on the Brier score with a margin of .02: a challenger just at it, and one far beyond."""
    rules = VerdictRules(guardrail_metric=GuardrailMetric(Metric.BRIER, 0.02))

    def cancelled(worse: float) -> bool:
        lost = np.rint(np.clip(rng.normal(worse, 0.2, size=REQUESTS), -1.0, 1.0) * GRID).astype(np.int64)
        total, squares = np.cumsum(-lost), np.cumsum(lost * lost)
        for k in np.linspace(99, REQUESTS - 1, LOOKS).astype(int):
            gains = GainSums(int(k) + 1, int(total[k]), int(squares[k]))
            unit = UnitSums(0.5, guarded=SeenGains(either=gains))
            if guardrail_metric.is_worse(ABTestFigures((), units=(unit,)), rules):
                return True
        return False

    return [
        Bar(
            "cancelled by a guardrail metric, worse by the margin",
            _share(tests, lambda: cancelled(0.02)),
            at_most=at_most(0.01, tests),
        ),
        Bar(
            "cancelled by a guardrail metric, worse by .05 at a margin of .02",
            _share(tests, lambda: cancelled(0.05)),
            at_least=0.95,
        ),
    ]


def _slices(tests: int, rng: Rng) -> list[Bar]:
    """Twenty slices under e-BH, looked at all the time; in the second world the challenger loses in one of them."""
    log_e = runs.coin()

    def found(loses: bool) -> tuple[bool, bool]:
        which = rng.integers(0, 20, size=REQUESTS)
        bad = (which == 0) & loses
        better, differ = np.where(bad, 0.02, 0.05), np.where(bad, 0.2, 0.1)
        draw = rng.random(REQUESTS)
        wins, losses = draw < better, (draw >= better) & (draw < differ)
        false = true = False
        for k in np.linspace(99, REQUESTS - 1, LOOKS).astype(int):
            won, lost = (
                np.bincount(which[: k + 1][x[: k + 1]], minlength=20).astype(np.int64) for x in (wins, losses)
            )
            worse = np.array(e_bh(log_e(won, lost).tolist())) & (lost > won)
            true |= bool(loses and worse[0])
            false |= bool(worse[1:].any() or (worse[0] and not loses))
        return false, true

    equal, losing = ([found(loses) for _ in range(tests)] for loses in (False, True))
    return [
        Bar(
            "a slice called worse, twenty equal ones",
            rounded(float(np.mean([one[0] for one in equal]))),
            at_most=at_most(0.05, tests),
        ),
        Bar(
            "the slice called worse that is",
            rounded(float(np.mean([one[1] for one in losing]))),
            at_least=0.8,
        ),
        Bar("another slice called worse", rounded(float(np.mean([one[0] for one in losing]))), at_most=0.05),
    ]
