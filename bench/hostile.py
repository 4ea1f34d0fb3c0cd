"""A server under attack and under heavy analysis, beside the same server alone: does it still serve everybody else?

    python -m bench.hostile               half an hour, ten minutes of it for the memory
    python -m bench.hostile --postgres    the same on PostgreSQL, and a second server beside the one that is attacked
    python -m bench.hostile --quick       a minute: 20,000 rows instead of 400,000, and one short round

One server in the public profile behind a (pretended) proxy, with one validation rule of ours that is slow
(`bench.slow_rule`). Whoever measures sends a trickle of predictions and other calls from a process of its own
(`bench.probe`); strangers (`bench.strangers`) and analysts (`bench.analysts`) are other processes, with a lower
priority, since on two cores they would take from the server what attackers elsewhere do not. Each ratio is taken
between two measurements that follow each other, and the median over the rounds is reported.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench.attacks import (
    HOLD_HALVES,
    MIXED,
    PREDICTIONS,
    SEND_DOCUMENTS,
    Analysed,
    Compared,
    analysts,
    documents,
    ended,
    held_connections,
    huge_pages,
    memory,
    neighbour,
    revocations,
)
from bench.besieged import Siege, prepared
from bench.log import postgres
from bench.report import Bar, rounded, show, show_bars, write
from bench.unread_log import Unread, unread_log

OTHERS = ("prediction", "feedback", "idempotent", "status")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long everything is measured."""

    rows: int
    rounds: int
    seconds: float
    aggregates: int
    memory_seconds: float
    revocations: int


FULL = Plan(rows=400_000, rounds=5, seconds=10.0, aggregates=8, memory_seconds=600.0, revocations=5)
QUICK = Plan(rows=20_000, rounds=1, seconds=2.0, aggregates=12, memory_seconds=3.0, revocations=1)


@dataclass(frozen=True, slots=True)
class Findings:
    """What was measured, row by row."""

    documents: Compared
    analysed: Analysed
    pages: Compared
    connections: Compared
    sockets_refused: int
    growth: float
    senders: list[dict[str, Any]]
    revoked: list[float]
    ended_beside_documents: float
    ended_beside_halves: float
    log: Unread
    neighbour: Compared | None = None


def measure(folder: Path, plan: Plan, *, keep: bool = False, database_url: str | None = None) -> Findings:
    """All rows, on one site in `folder`; with a `database_url` of PostgreSQL a second server is on it too."""
    site = prepared(folder, plan.rows, plan.revocations, keep=keep, database_url=database_url)
    with site.server() as siege:
        rows = besieged(siege, plan)
        if database_url is not None:
            rows["neighbour"] = neighbour(siege, plan.rounds, plan.seconds)
        beside_documents = ended(siege, SEND_DOCUMENTS)
    log = unread_log(site, plan.seconds, PREDICTIONS)
    with site.server() as siege:
        beside_halves = ended(siege, HOLD_HALVES)
    return Findings(
        **rows, ended_beside_documents=beside_documents, ended_beside_halves=beside_halves, log=log
    )


def besieged(siege: Siege, plan: Plan) -> dict[str, Any]:
    """The rows for which the server goes on."""
    siege.probed(1.0, **MIXED)  # the first calls of a server take longer
    growth, senders = memory(siege, plan.memory_seconds)
    tell("memory")
    found: dict[str, Any] = {"growth": growth, "senders": senders}
    found["documents"] = documents(siege, plan.rounds, plan.seconds)
    tell("strangers' documents")
    found["analysed"] = analysts(siege, plan.rounds, plan.seconds, plan.aggregates)
    tell("analysts")
    found["pages"] = huge_pages(siege, plan.rounds, plan.seconds)
    tell("huge pages")
    found["connections"], found["sockets_refused"] = held_connections(siege, plan.rounds, plan.seconds)
    tell("sockets and half-sent requests")
    found["revoked"] = revocations(siege)
    tell("revoked keys")
    return found


def tell(what: str) -> None:
    """Say how far it is."""
    print(f"{time.strftime('%H:%M:%S')} measured: {what}", flush=True)


def bars_of(found: Findings) -> list[Bar]:
    """What was asked for beside what was measured."""
    return [
        *waits("documents that are slow to validate", found.documents, slowest=5.0),
        *[
            Bar(
                f"{name} beside four analysts: p99 ÷ alone",
                found.analysed.compared.ratio("p99_ms", name),
                at_most=2.0,
            )
            for name in OTHERS
        ],
        Bar(
            "beside four analysts: calls of others answered 503",
            found.analysed.compared.answers(*OTHERS, only=503),
            at_most=0.0,
        ),
        Bar(
            "aggregates of four analysts at once ÷ one after the other (time)",
            found.analysed.together,
            at_most=1.5,
        ),
        Bar("aggregates that were not answered", found.analysed.unanswered, at_most=0.0),
        Bar(
            "/readyz beside four analysts: answers other than 200",
            found.analysed.compared.answers("readiness", other_than=(200,)),
            at_most=0.0,
        ),
        *waits("pages of ten huge refused rows", found.pages, slowest=2.0),
        *waits("1,000 sockets and 500 half-sent requests", found.connections, slowest=2.0),
        Bar("sockets with a key refused beside those of strangers", found.sockets_refused, at_most=0.0),
        Bar("memory grows with strangers' documents by", found.growth, at_most=50.0, unit=" MiB"),
        Bar(
            "a revoked key dies under heavy readers after",
            rounded(max(found.revoked)),
            at_most=1.0,
            unit=" s",
        ),
        Bar("SIGTERM alone", rounded(found.log.ended), unit=" s"),
        Bar("SIGTERM with 500 half-sent bodies", rounded(found.ended_beside_halves), at_most=2.0, unit=" s"),
        Bar(
            "SIGTERM while documents wait to be checked",
            rounded(found.ended_beside_documents),
            at_most=2.0,
            unit=" s",
        ),
        *unread(found.log),
        *(
            []
            if found.neighbour is None
            else waits("attacks on another server", found.neighbour, slowest=2.0)
        ),
    ]


def waits(attack: str, compared: Compared, slowest: float) -> list[Bar]:
    """How much longer predictions take beside an attack, and that all are answered."""
    return [
        Bar(f"predictions beside {attack}: p99 ÷ alone", compared.ratio("p99_ms"), at_most=2.0),
        Bar(f"slowest beside {attack} ÷ slowest alone", compared.ratio("slowest_ms"), at_most=slowest),
        Bar(
            f"beside {attack}: not answered with 200",
            compared.answers("prediction", other_than=(200,)),
            at_most=0.0,
        ),
    ]


def unread(log: Unread) -> list[Bar]:
    """What a log that nobody reads does."""
    under = Compared([(log.read, log.unread)])
    return [
        Bar("predictions while nobody reads the log: p99 ÷ while it is read", under.ratio("p99_ms")),
        Bar(
            "while nobody reads the log: not answered with 200",
            under.answers("prediction", other_than=(200,)),
            at_most=0.0,
        ),
        Bar("lines of the log that were lost and counted", log.lines_lost, at_least=1.0),
        Bar("lines neither read nor counted", log.unaccounted, at_most=0.0),
    ]


def show_calls(found: Findings) -> None:
    """Print the milliseconds behind the ratios: of the median round of each row."""
    rows = []
    for name, compared, kinds in (
        ("slow documents", found.documents, ("prediction",)),
        ("analysts", found.analysed.compared, tuple(MIXED)),
        ("huge pages", found.pages, ("prediction",)),
        ("held connections", found.connections, ("prediction",)),
    ):
        for kind in kinds:
            alone, under = compared.middle_round(kind)
            rows.append([f"{name}: {kind}", figures(alone), figures(under), f"{under['late_ms']:.1f}"])
    show("Milliseconds: p50, p99, slowest", ["", "alone", "beside", "probe late"], rows)


def figures(seen: dict[str, Any]) -> str:
    """Milliseconds of one kind of call."""
    return ", ".join(f"{seen[name]:.1f}" for name in ("p50_ms", "p99_ms", "slowest_ms"))


def planned() -> tuple[Plan, bool, bool]:
    """What the command line asks for, whether the history is kept for the next time, and whether on PostgreSQL."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.hostile", description="Measure a server under attack."
    )
    parser.add_argument("--quick", action="store_true", help="a minute: for a glance, not for a claim")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, with a second server on it")
    for name, value in asdict(FULL).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), help=f"{value:g} by default")
    options = vars(parser.parse_args())
    quick, postgres = options.pop("quick"), options.pop("postgres")
    given = {name: value for name, value in options.items() if value is not None}
    return replace(QUICK if quick else FULL, **given), not quick, postgres


def main() -> None:
    """Measure, print, write bench/results/hostile.json."""
    plan, keep, on_postgres = planned()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as name, ExitStack() as stack:
        url = stack.enter_context(postgres()) if on_postgres else None
        found = measure(Path(name), plan, keep=keep, database_url=url)
    bars = bars_of(found)
    show_calls(found)
    show_bars(bars)
    settings = asdict(plan) | {"minutes": round((time.monotonic() - began) / 60, 1)}
    name = "hostile-postgres" if on_postgres else "hostile"
    path = write(name, settings, asdict(found), bars)
    print(f"figures in {path}")


if __name__ == "__main__":
    main()
