"""A paired test whose truths come at times of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from bench.experiments.runs import Bools, Floats, Ints, Run, coin, running
from domain.statistics.figures import ABTestFigures
from domain.statistics.units import GainSums, SeenGains, TruthDelays, UnitSums


@dataclass(frozen=True, slots=True)
class LateLabels:
    """Labels of a paired test in the order in which they come: gains, when asked, when told, and the truth."""

    gain: Ints
    differ: Bools
    challenger_drawn: Bools
    asked: Floats
    told: Floats
    positive: Bools


def late(labels: LateLabels, waited: float) -> Run:
    """A look after every label that counts; those of requests younger than `waited` seconds do not."""
    at = np.maximum(labels.told, labels.asked + waited)
    order = np.argsort(at, kind="stable")
    gain, differ, drawn, at = (
        labels.gain[order],
        labels.differ[order],
        labels.challenger_drawn[order],
        at[order],
    )
    total, squares, labelled = running(gain), running(gain != 0), running(differ)
    asked = np.sort(labels.asked)
    disagreeing = running(labels.differ[np.argsort(labels.asked, kind="stable")])
    delay = labels.told - labels.asked
    step = np.clip(np.floor(np.log2(np.maximum(delay, 0.5))).astype(np.int64) + 1, 0, 27)
    higher = [running(differ & (drawn == arm)) for arm in (False, True)]

    def figures(k: int) -> ABTestFigures:
        now = float(at[k])
        requests = int(np.searchsorted(asked, now, side="right"))
        known = labels.told <= now
        one = UnitSums(
            0.5,
            complete=requests,
            disagreements=int(disagreeing[requests - 1]),
            labelled=int(labelled[k]),
            gains=SeenGains(either=GainSums(k + 1, int(total[k]), int(squares[k]))),
            higher_champion=int(higher[0][k]),
            higher_challenger=int(higher[1][k]),
        )
        delays = tuple(
            TruthDelays(
                name,
                tuple(int(x) for x in np.bincount(step[mine], minlength=28)),
                int((delay[mine] > waited).sum()),
            )
            for name, mine in (("no", known & ~labels.positive), ("yes", known & labels.positive))
        )
        return ABTestFigures(
            (),
            age=timedelta(seconds=now),
            requests=requests,
            complete=requests,
            disagreeing=int(disagreeing[requests - 1]),
            units=(one,),
            delays=tuple(one for one in delays if sum(one.counts)),
            waited=timedelta(seconds=waited),
        )

    log_e = coin()((squares + total) // 2, (squares - total) // 2)
    return Run(log_e, np.arange(1, len(at) + 1), figures)
