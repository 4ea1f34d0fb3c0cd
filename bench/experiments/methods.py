"""The methods of rule 1 under peeking, and the time that one verdict takes."""

from __future__ import annotations

import math
import timeit
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from bench.report import Bar, rounded
from domain.statistics import asymptotic_sequence, guardrail, paired_e_value, sample_ratio, split_e_value
from domain.statistics.counts import EpochCounts, PairCounts
from domain.statistics.figures import ABTestFigures, ScoreSums
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.split_difference import SplitScores
from domain.statistics.verdict import decide

ALPHA = 0.05
Z = 1.959963984540054
BATCH = 100
FIRST_NAIVE_LOOK = 100
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Advance = Callable[[int], None]


class LogE:
    """The beta-binomial ln E of `domain.statistics.beta_binomial` for whole arrays of counts, from tables."""

    def __init__(self, p0: float, concentration: float, most: int) -> None:
        self._p0 = p0
        a, b = p0 * concentration, (1 - p0) * concentration
        self._a, self._b, self._both = (_log_gammas(start, most) for start in (a, b, concentration))

    def __call__(self, successes: Ints, failures: Ints) -> Floats:
        """The logarithm of E, element by element."""
        mixture = self._a[successes] + self._b[failures] - self._both[successes + failures]
        null: Floats = successes * math.log(self._p0) + failures * math.log1p(-self._p0)
        result: Floats = mixture - null
        return result


def _log_gammas(start: float, most: int) -> Floats:
    """Ln Γ(start + k) - ln Γ(start) for k = 0..most."""
    table = np.array([math.lgamma(start + k) for k in range(most + 1)], dtype=np.float64)
    scaled: Floats = table - table[0]
    return scaled


def batches(tests: int, advance: Advance) -> Iterator[int]:
    """Sizes of batches that add up to `tests`; a finished one advances the progress bar."""
    for done in range(0, tests, BATCH):
        size = min(BATCH, tests - done)
        yield size
        advance(size)


def running(values: NDArray[np.generic]) -> Ints:
    """The counts after each request, one row per test."""
    return np.cumsum(values, axis=1, dtype=np.int64)


def share(hits: list[Any]) -> float:
    """The share of tests in which a look said "different"."""
    return float(np.mean(np.concatenate(hits)))


def paired_aa(tests: int, n: int, rng: np.random.Generator, advance: Advance) -> dict[str, float]:
    """False positives of paired tests of two classifiers with accuracy .90 that agree on 90 % of the requests."""
    log_e = LogE(0.5, 2 * paired_e_value.PRIOR, n)
    looks = np.arange(1, n + 1)
    reach = np.array([asymptotic_sequence.radius(int(k), 1.0, ALPHA) for k in looks])
    exact, asymptotic, naive = [], [], []
    for size in batches(tests, advance):
        draw = rng.random((size, n))
        challenger, champion = running(draw < 0.05), running((draw >= 0.05) & (draw < 0.10))
        lead, discordant = challenger - champion, challenger + champion
        exact.append((log_e(challenger, champion) >= -math.log(ALPHA)).any(axis=1))
        with np.errstate(divide="ignore", invalid="ignore"):
            sd = np.sqrt((looks * discordant - lead * lead) / (looks * (looks - 1)))
            outside = (np.abs(lead) >= looks * sd * reach) & (looks >= asymptotic_sequence.LEAST)
            z = np.abs(lead) / np.sqrt(discordant)
        asymptotic.append(outside.any(axis=1))
        naive.append((z[:, FIRST_NAIVE_LOOK - 1 :] >= Z).any(axis=1))
    return {"exact": share(exact), "asymptotic": share(asymptotic), "naive": share(naive)}


def split_aa(
    tests: int, n: int, weights: tuple[float, ...], rng: np.random.Generator, advance: Advance
) -> dict[str, float]:
    """False positives of split tests of two classifiers with accuracy .90; the weights are those of equal epochs."""
    exact, naive, mismatch = [], [], []
    weight = np.repeat(weights, -(-n // len(weights)))[:n]
    edges = [0, *(int(edge) for edge in np.nonzero(np.diff(weight))[0] + 1), n]
    errors_e = [LogE(w, split_e_value.CONCENTRATION, n) for w in weight[edges[:-1]]]
    ratio_e = [LogE(w, sample_ratio.CONCENTRATION, n) for w in weight[edges[:-1]]]
    for size in batches(tests, advance):
        challenger, wrong = rng.random((size, n)) < weight, rng.random((size, n)) < 0.10
        log_errors = _over_epochs(errors_e, edges, challenger & wrong, ~challenger & wrong)
        log_ratio = _over_epochs(ratio_e, edges, challenger, ~challenger)
        exact.append((log_errors >= -math.log(ALPHA)).any(axis=1))
        mismatch.append((log_ratio >= -math.log(sample_ratio.P)).any(axis=1))
        z = _pooled_z(challenger, wrong)
        naive.append((z[:, FIRST_NAIVE_LOOK - 1 :] >= Z).any(axis=1))
    return {"exact": share(exact), "naive": share(naive), "mismatch": share(mismatch)}


def _over_epochs(log_es: list[LogE], edges: list[int], challenger: Bools, champion: Bools) -> Floats:
    """Running ln E, each epoch's counts starting anew and its final evidence carried on."""
    parts, carried = [], np.zeros((len(challenger), 1))
    for log_e, start, end in zip(log_es, edges, edges[1:], strict=False):
        part = carried + log_e(running(challenger[:, start:end]), running(champion[:, start:end]))
        parts.append(part)
        carried = part[:, -1:]
    return np.concatenate(parts, axis=1)


def _pooled_z(challenger: Bools, wrong: Bools) -> Floats:
    """The pooled z of two independent shares; 0 where it does not exist."""
    n2 = running(challenger)
    n1 = np.arange(1, challenger.shape[1] + 1) - n2
    e2, e1 = running(challenger & wrong), running(~challenger & wrong)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (e1 + e2) / (n1 + n2)
        z = np.abs(e1 / n1 - e2 / n2) / np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    result: Floats = np.nan_to_num(z, nan=0.0, posinf=0.0)
    return result


def regressor_aa(tests: int, n: int, rng: np.random.Generator, advance: Advance) -> float:
    """False positives of paired tests of two equally good regressors, from the method's least feedback on."""
    looks = np.arange(1, n + 1)
    reach = np.array([asymptotic_sequence.radius(int(k), 1.0, ALPHA) for k in looks])
    hits = []
    for size in batches(tests, advance):
        shared = rng.normal(size=(size, n))
        first, second = (shared + 0.5 * rng.normal(size=(size, n)) for _ in range(2))
        gaps = first**2 - second**2
        total, squares = np.cumsum(gaps, axis=1), np.cumsum(gaps**2, axis=1)
        late = slice(asymptotic_sequence.LEAST - 1, None)
        sd = np.sqrt((squares - total**2 / looks)[:, late] / (looks[late] - 1))
        hits.append((np.abs(total[:, late]) >= looks[late] * sd * reach[late]).any(axis=1))
    return share(hits)


def failures_aa(tests: int, n: int, rng: np.random.Generator, advance: Advance) -> float:
    """False alarms of the failure guardrail, when both arms fail on 1 % of n requests, looked at after each failure."""
    log_e = LogE(0.5, guardrail.CONCENTRATION, n)
    hits = []
    for size in batches(tests, advance):
        draw = rng.random((size, n))
        challenger, champion = running(draw < 0.01), running((draw >= 0.01) & (draw < 0.02))
        worse = (challenger > champion) & (log_e(challenger, champion) >= math.log(100.0))
        hits.append(worse.any(axis=1))
    return share(hits)


@dataclass(frozen=True, slots=True)
class Durations:
    """Feedbacks until a verdict, and the shares of tests that had one in time, and the right one."""

    mean: float
    median: float
    decided: float
    right: float


def feedbacks_to_decide(
    tests: int,
    p_challenger: float,
    informative: float,
    most: int,
    *,
    rng: np.random.Generator,
    advance: Advance,
    better_is_more: bool,
) -> Durations:
    """How long a test takes when each informative request (a share of all) falls to the challenger as stated.

    most: informative requests at which a test is given up. The uninformative requests in between do not change
    ln E, so only their number is drawn.
    """
    log_e = LogE(0.5, 2 * paired_e_value.PRIOR, most)
    taken, right = [], []
    for size in batches(tests, advance):
        challenger = running(rng.random((size, most)) < p_challenger)
        champion = np.arange(1, most + 1) - challenger
        over = log_e(challenger, champion) >= -math.log(ALPHA)
        first = np.where(over.any(axis=1), over.argmax(axis=1), most - 1)
        rows = np.arange(size)
        more = challenger[rows, first] > champion[rows, first]
        right.append(over.any(axis=1) & (more == better_is_more))
        waiting = rng.negative_binomial(first + 1, informative)
        taken.append(np.where(over.any(axis=1), first + 1 + waiting, np.inf))
    all_taken = np.concatenate(taken)
    finite = all_taken[np.isfinite(all_taken)]
    return Durations(
        float(finite.mean()), float(np.median(all_taken)), len(finite) / len(all_taken), share(right)
    )


def durations(tests: int, rng: np.random.Generator, advance: Advance) -> tuple[Durations, Durations]:
    """Paired and split tests of accuracies .85 and .86; in the paired ones both agree on 90 % of the requests."""
    paired = feedbacks_to_decide(
        tests, 0.055 / 0.10, 0.10, 8_000, rng=rng, advance=advance, better_is_more=True
    )
    errors = (0.15 + 0.14) / 2
    split = feedbacks_to_decide(
        tests, 0.14 / 0.29, errors, 60_000, rng=rng, advance=advance, better_is_more=False
    )
    return paired, split


def verdict_times() -> dict[str, float]:
    """Microseconds that one verdict takes, per kind of test: the best of 200 short rounds: machines are shared."""
    drawn, failures = (EpochCounts(0.5, 5_020, 4_980),), (EpochCounts(0.5, 3, 4),)
    rng = np.random.default_rng(1)
    x = rng.normal(size=5_000)
    losses = np.stack((x**2, (0.99 * x + 0.3 * rng.normal(size=5_000)) ** 2), axis=1).tolist()
    arms = Moments.of(pair[0] for pair in losses), Moments.of(pair[1] for pair in losses)
    shares = Moments.of_shares(5_020, 4_260), Moments.of_shares(4_980, 4_300)
    accuracy = VerdictRules(equivalence_margin=0.01)
    error = VerdictRules(Metric.RMSE, equivalence_margin=0.01)
    cases: dict[str, tuple[ScoreSums, VerdictRules]] = {
        "paired classifiers": (PairCounts(8_000, 480, 520, 1_000), accuracy),
        "split classifiers": ((SplitScores(0.5, *shares),), accuracy),
        "paired regressors": (PairMoments.of((a, b) for a, b in losses), error),
        "split regressors": ((SplitScores(0.5, *arms),), error),
    }
    return {
        name: _microseconds(ABTestFigures(scores, drawn, failures), parameters)
        for name, (scores, parameters) in cases.items()
    }


def _microseconds(figures: ABTestFigures, parameters: VerdictRules) -> float:
    rounds = timeit.repeat(lambda: decide(figures, parameters), number=50, repeat=200)
    return min(rounds) / 50 * 1e6


def at_most(p: float, tests: int) -> float:
    """The share of simulated tests that a true share p may reach by chance: three standard errors above it."""
    return rounded(p + 3 * math.sqrt(p * (1 - p) / tests))


def false_positives(
    tests: int, n: int, rng: np.random.Generator, bar: Callable[[str, int], Advance]
) -> list[Bar]:
    """A/A tests by every method, a look after every feedback."""
    paired = paired_aa(tests, n, rng, bar("paired A/A", tests))
    limit, alarm = at_most(ALPHA, tests), at_most(sample_ratio.P, tests)
    bars = [
        Bar("false positives: paired e-value", paired["exact"], at_most=limit),
        Bar("false positives: paired, asymptotic interval from 1,000", paired["asymptotic"]),
        Bar("false positives: paired, naive z from 100", paired["naive"], at_least=0.40),
    ]
    for weights in ((0.5,), (0.1,), (0.1, 0.5)):
        name = " then ".join(f"{weight:g}" for weight in weights)
        found = split_aa(tests, n, weights, rng, bar(f"split A/A, weight {name}", tests))
        bars += [
            Bar(f"false positives: split e-value, weight {name}", found["exact"], at_most=limit),
            Bar(f"false positives: split, weight {name}, naive z from 100", found["naive"], at_least=0.40),
            Bar(f"false alarms: sample ratio, weight {name}", found["mismatch"], at_most=alarm),
        ]
    regressor = regressor_aa(tests, n, rng, bar("regressor A/A", tests))
    failing = failures_aa(tests, n, rng, bar("failure guardrail A/A", tests))
    return [
        *bars,
        Bar("false positives: paired regressors, asymptotic from 1,000", regressor, at_most=limit),
        Bar("false alarms: failure guardrail", failing, at_most=at_most(0.01, tests)),
    ]


def times_to_decide(tests: int, rng: np.random.Generator, bar: Callable[[str, int], Advance]) -> list[Bar]:
    """Feedbacks until a verdict at +1 point, in both modes."""
    paired, split = durations(tests, rng, bar("feedbacks to decide", 2 * tests))
    return [
        *(
            bar
            for name, found in (("paired", paired), ("split", split))
            for bar in (
                Bar(f"feedbacks to decide at +1 point: {name}, mean", rounded(found.mean)),
                Bar(f"feedbacks to decide at +1 point: {name}, median", rounded(found.median)),
                Bar(f"decided in time: {name}", found.decided),
                Bar(f"decided rightly: {name}", found.right),
            )
        ),
        Bar("paired ÷ split, mean", rounded(paired.mean / split.mean), at_most=0.25),
        Bar("paired ÷ split, median", rounded(paired.median / split.median), at_most=0.25),
    ]


def measure(tests: int, n: int, seed: int, progress: Progress) -> list[Bar]:
    """Every figure, each simulation with a progress bar of its own."""

    def bar(name: str, total: int) -> Advance:
        task = progress.add_task(name, total=total)
        return lambda done: progress.advance(task, done)

    rng = np.random.default_rng(seed)
    return [
        *false_positives(tests, n, rng, bar),
        *times_to_decide(max(tests // 2, 1), rng, bar),
        *(
            Bar(f"one verdict: {name}", rounded(took), at_most=50.0, unit=" µs")
            for name, took in verdict_times().items()
        ),
    ]
