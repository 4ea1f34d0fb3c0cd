"""Fits every kind, publishes it, serves it, compares it with itself, and prints the table.

python -m bench.models             about ten minutes
python -m bench.models --quick     the kinds that the tests try, half a minute
python -m bench.models forest      those whose name holds a word
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict

from bench.models import boosters, classifiers, preparations, regressors
from bench.models.kind import Kind
from bench.models.trial import Outcome, tried
from bench.report import Bar, show, show_bars, write

LEAST_SHARE = 112 / 128
_SHOWN = 110


def all_kinds() -> list[Kind]:
    """Every kind there is."""
    return [kind for room in (classifiers, preparations, regressors, boosters) for kind in room.kinds()]


def verdict(kind: Kind) -> tuple[Outcome, bool]:
    """What became of a kind, and whether it had to: a refused one is also tried as its cure says."""
    outcome = tried(kind)
    if not kind.refused:
        return outcome, outcome.state == "equal"
    cured = kind.cure is None or tried(kind.cure).state == "equal"
    return outcome, outcome.state == "refused" and cured


def main() -> None:
    """Measure, print, and write bench/results/models.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.models", description=__doc__)
    parser.add_argument("word", nargs="?", default="", help="only kinds whose name holds this")
    parser.add_argument("--quick", action="store_true", help="only the kinds that the tests try")
    options = parser.parse_args()
    chosen = [k for k in all_kinds() if options.word in k.name and (k.quick or not options.quick)]
    outcomes, misses = [], []
    for kind in chosen:
        outcome, good = verdict(kind)
        outcomes.append(outcome)
        misses += [] if good else [outcome.kind]
        print(
            f"{'' if good else '! '}{outcome.kind}: {outcome.state} {outcome.format} {outcome.said}",
            flush=True,
        )
    show(
        "Kinds of models",
        ["kind", "state", "format", "publishing", "difference", "said"],
        [
            [o.kind, o.state, o.format, f"{o.seconds:.1f} s", f"{o.difference:.1e}", o.said[:_SHOWN]]
            for o in outcomes
        ],
    )
    states = Counter(outcome.state for outcome in outcomes)
    bars = [
        Bar("kinds", len(outcomes), at_least=None if options.word or options.quick else 100),
        Bar("served equal, of all", states["equal"] / len(outcomes), at_least=LEAST_SHARE),
        Bar("wrong answers that passed the gate", states["wrong"], at_most=0.5),
        Bar("kinds that became something else than they should", len(misses), at_most=0.5),
    ]
    show_bars(bars)
    if not options.word:
        write("models", {"quick": options.quick}, {"kinds": [asdict(outcome) for outcome in outcomes]}, bars)


if __name__ == "__main__":
    main()
