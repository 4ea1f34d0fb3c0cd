"""The short form of the measurement under attack: what is no matter of time holds, and no time is that of before."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from itertools import repeat
from pathlib import Path

import pytest
from graphql import GraphQLError, parse

from bench.attacks import Compared
from bench.client import Pool
from bench.hostile import QUICK, Findings, bars_of, measure
from bench.probe import Caller, Seen, measured, trickle
from bench.report import Bar
from bench.strangers import OPERATIONS, document
from graph.operation.documents.size import require_few, require_short
from graph.operation.limits import GraphLimits

A_STALL = 2_000.0
"""Milliseconds: huge rows once held the event loop for three seconds. A machine that is busy with tests does not."""
FACTS = {
    "beside documents that are slow to validate: not answered with 200",
    "beside four analysts: calls of others answered 503",
    "aggregates that were not answered",
    "/readyz beside four analysts: answers other than 200",
    "beside pages of ten huge refused rows: not answered with 200",
    "beside 1,000 sockets and 500 half-sent requests: not answered with 200",
    "sockets with a key refused beside those of strangers",
    "while nobody reads the log: not answered with 200",
    "lines of the log that were lost and counted",
    "lines neither read nor counted",
}


@pytest.mark.matrix
def test_everybody_is_served_beside_strangers_and_analysts(tmp_path: Path) -> None:
    found = measure(tmp_path, QUICK, keep=False)
    bars = bars_of(found)
    assert {bar.name for bar in bars if bar.name in FACTS and bar.verdict == "pass"} == FACTS
    assert_attacked(found)
    assert_no_stall(found)


def assert_attacked(found: Findings) -> None:
    """What strangers and analysts had to send was sent, and refused as it should be."""
    (documents,) = found.documents.attackers[0]
    assert documents["answers"]["too long, MAX_CHARACTERS"] > 0
    assert set(documents["answers"]) <= {
        "allowed, RATE_LIMITED",
        "allowed, answered",
        "too long, MAX_CHARACTERS",
    }
    sockets, halves = found.connections.attackers[0]
    assert (sockets["opened"] >= 1_000, halves["opened"] >= 500) == (True, True)
    (pages,) = found.pages.attackers[0]
    assert set(pages["answers"]) == {"200"}
    assert [one["calls"] for one in found.analysed.compared.attackers[0]] == [4 * QUICK.aggregates] * 2


def assert_no_stall(found: Findings) -> None:
    """No time is what it was when these attacks took the server from the others."""
    compared = {
        "documents": found.documents,
        "analysts": found.analysed.compared,
        "pages": found.pages,
        "connections": found.connections,
    }
    slow = {name: one.rounds[0][1]["prediction"]["p99_ms"] for name, one in compared.items()}
    assert {name: took for name, took in slow.items() if took > A_STALL} == {}
    assert max(found.revoked) < 5
    assert max(found.ended_beside_halves, found.ended_beside_documents) < 15
    assert found.growth < 50


def test_a_bar_at_nothing_is_missed_without_a_ratio() -> None:
    assert [Bar("refused", count, at_most=0.0).verdict for count in (0, 2)] == ["pass", "miss"]


def test_documents_of_strangers_are_at_their_bounds_or_far_above() -> None:
    bounds = GraphLimits().without_scope()
    allowed, too_long = (json.loads(document(7, OPERATIONS[kind]))["query"] for kind in OPERATIONS)
    assert require_short(allowed, bounds) == 297
    require_few(parse(allowed), bounds)
    with pytest.raises(GraphQLError, match="characters"):
        require_short(too_long, bounds)
    assert json.loads(document(8, 1))["query"] != json.loads(document(9, 1))["query"]


async def test_the_probe_sends_the_next_call_while_others_wait_for_their_answers() -> None:
    everybody_waits = asyncio.Event()
    waiting = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal waiting
        await reader.readuntil(b"\r\n\r\n")
        waiting += 1
        if waiting == 5:
            everybody_waits.set()
        await everybody_waits.wait()
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, asyncio.timeout(20):
        seen, pool = Seen(), Pool(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        told = asyncio.create_task(everybody_waits.wait())
        call = partial(measured, pool, Caller("key", repeat(b"{}"), 2), "prediction", seen)
        await trickle(call, 1_000.0, seen, told)
    assert set(seen.statuses) == {503}
    assert len(seen.seconds) == waiting >= 5


def test_the_round_in_the_middle_counts() -> None:
    alone = {"prediction": {"p99_ms": 2.0, "statuses": {"200": 9}}}
    rounds = [
        (alone, {"prediction": {"p99_ms": took, "statuses": {"200": 8, "503": 1}}})
        for took in (3.0, 90.0, 4.0)
    ]
    compared = Compared(rounds)
    assert compared.ratio("p99_ms") == 2.0
    assert compared.middle_round("prediction")[1]["p99_ms"] == 4.0
    assert compared.answers("prediction", only=503) == compared.answers("prediction", other_than=(200,)) == 3
