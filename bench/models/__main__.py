"""Fits every kind, publishes it, serves all in one server, compares them with themselves, and prints the table.

python -m bench.models             about eight minutes
python -m bench.models --quick     the kinds that the tests try, under a minute
python -m bench.models forest      those whose name holds a word
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bench.models import boosters, classifiers, nested, preparations, regressors, texts
from bench.models.kind import Kind
from bench.models.server import Served, differing
from bench.models.trial import Outcome, Trial, tried
from bench.report import Bar, show, show_bars, write

LEAST_SHARE = 112 / 128
LEAST_KINDS = 100
NONE = 0.5
"""The bar of what must not happen at all."""


def all_kinds() -> list[Kind]:
    """Every kind there is."""
    rooms = (classifiers, preparations, nested, regressors, boosters, texts)
    return [kind for room in rooms for kind in room.kinds()]


def verdict(kind: Kind, root: Path, name: str = "shops") -> tuple[Trial, bool]:
    """What became of a kind, and whether it had to: a refused one is also tried as its refusal says."""
    trial = tried(kind, root, name)
    if not kind.refused:
        return trial, trial.outcome.state == "equal"
    cured = kind.cure is None or tried(kind.cure, root, f"{name}-cured").outcome.state == "equal"
    return trial, trial.outcome.state == "refused" and cured


def _run(kinds: Sequence[Kind], root: Path) -> Iterator[tuple[Outcome, bool]]:
    """The outcome of each kind, after a server with all that were published has answered the same rows."""
    found = []
    for number, kind in enumerate(kinds):
        trial, good = verdict(kind, root, f"kind-{number}")
        outcome = trial.outcome
        print(
            f"{'' if good else '! '}{outcome.kind}: {outcome.state} {outcome.format} {outcome.said}",
            flush=True,
        )
        found.append((trial, good))
    published = [Served(t.spec, t.folder, t.rows, t.answers) for t, _ in found if t.rows]
    wrong = differing(published, root / "arbiter.db")
    for trial, good in found:
        rows = wrong.get(trial.spec.name, 0)
        said = f"{rows} rows differ through REST"
        yield (replace(trial.outcome, state="wrong", said=said), False) if rows else (trial.outcome, good)


def main() -> None:
    """Measure, print, and write bench/results/models.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.models", description=__doc__)
    parser.add_argument("word", nargs="?", default="", help="only kinds whose name holds this")
    parser.add_argument("--quick", action="store_true", help="only the kinds that the tests try")
    options = parser.parse_args()
    chosen = [k for k in all_kinds() if options.word in k.name and (k.quick or not options.quick)]
    with tempfile.TemporaryDirectory() as root:
        judged = list(_run(chosen, Path(root)))
    outcomes = [outcome for outcome, _ in judged]
    show(
        "Kinds of models",
        ["kind", "state", "format", "publishing", "difference"],
        [[o.kind, o.state, o.format, f"{o.seconds:.1f} s", f"{o.difference:.1e}"] for o in outcomes],
    )
    for outcome in outcomes:
        if outcome.said:
            print(f"{outcome.kind}: {outcome.said}")
    states = Counter(outcome.state for outcome in outcomes)
    whole = not options.word and not options.quick
    bars = [
        Bar("kinds", len(outcomes), at_least=LEAST_KINDS if whole else None),
        Bar("served equal, of all", states["equal"] / len(outcomes), at_least=LEAST_SHARE),
        Bar("wrong answers that passed the gate", states["wrong"], at_most=NONE),
        Bar("became what they should not", sum(not good for _, good in judged), at_most=NONE),
    ]
    show_bars(bars)
    if not options.word:
        write("models", {"quick": options.quick}, {"kinds": [asdict(outcome) for outcome in outcomes]}, bars)


if __name__ == "__main__":
    main()
