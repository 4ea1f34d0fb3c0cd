"""The attacks: for each row of the table what is done to a server, and what came of it beside the same server alone."""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from bench.besieged import Seen, Siege
from bench.processes import PATIENCE, ROOT, environment
from bench.report import middle, rounded
from bench.workers import started

PREDICTIONS = 100.0
"""A second: a server that is busy, and far from its limit, so that what is measured is waiting and not saturation."""
DOCUMENTS = 100.0
"""A second: a hundred times what once made predictions wait for half a second."""
SEND_DOCUMENTS = ("strangers", "documents", "URL", f"--rate={DOCUMENTS}")
SOCKETS, HALVES = 1_000, 500
HOLD_HALVES = ("strangers", "halves", "URL", f"--count={HALVES}")
QUEUED = 2.0
"""Seconds of an attack before the server is told to end: what can wait in it waits by then."""
SERVED = 10
"""So many sockets with a key are opened while strangers hold theirs."""
PAGES_APART = 0.2
MIXED = {"prediction": 60.0, "feedback": 15.0, "idempotent": 15.0, "status": 10.0, "readiness": 5.0}
MIB = 2**20
POLL_SECONDS = 0.01
PROTOCOL = Subprotocol("graphql-transport-ws")
SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": "subscription { requestLogged { label } }"}}


@dataclass(slots=True)
class Compared:
    """Rounds of the same calls to the same server, alone and beside an attack; `attackers` is what those saw."""

    rounds: list[tuple[Seen, Seen]] = field(default_factory=list)
    attackers: list[list[dict[str, Any]]] = field(default_factory=list)

    def ratio(self, figure: str, kind: str = "prediction") -> float:
        """The median over the rounds of a figure beside the attack over the same alone."""
        return middle(under[kind][figure] / alone[kind][figure] for alone, under in self.rounds)

    def middle_round(self, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Of one kind of call what was seen, alone and beside, in the round whose ratio of the p99 is in the middle."""
        pairs = [(alone[kind], under[kind]) for alone, under in self.rounds]
        return sorted(pairs, key=lambda pair: pair[1]["p99_ms"] / pair[0]["p99_ms"])[len(pairs) // 2]

    def answers(self, *kinds: str, other_than: Sequence[int] = (), only: int | None = None) -> int:
        """How many answers beside the attack had another status than those, or just this one."""
        found = [
            (int(status), count)
            for _, under in self.rounds
            for kind in kinds
            for status, count in under[kind]["statuses"].items()
        ]
        return sum(n for status, n in found if (status == only if only else status not in other_than))


def beside(
    siege: Siege,
    attacks: Sequence[Sequence[str]],
    rounds: int,
    seconds: float,
    *,
    meanwhile: Callable[[], None] = lambda: None,
    called: Siege | None = None,
) -> Compared:
    """Predictions beside attacks and without; every other round goes backwards, so that a drift favours nobody.

    They are asked of `called`, which is the attacked server unless another one is given.
    """
    found, called = Compared(), called or siege

    def attacked() -> Seen:
        with siege.attacked(attacks) as saw, called.probing(prediction=PREDICTIONS) as seen:
            meanwhile()
            time.sleep(seconds)
        found.attackers.append(saw)
        return seen

    for number in range(rounds):
        if number % 2:
            under = attacked()
            alone = called.probed(seconds, prediction=PREDICTIONS)
        else:
            alone = called.probed(seconds, prediction=PREDICTIONS)
            under = attacked()
        found.rounds.append((alone, under))
    return found


def documents(siege: Siege, rounds: int, seconds: float) -> Compared:
    """Strangers send documents that are slow to validate."""
    return beside(siege, [SEND_DOCUMENTS], rounds, seconds)


def huge_pages(siege: Siege, rounds: int, seconds: float) -> Compared:
    """An analyst reads pages of ten huge refused rows, one after the other."""
    site = siege.site
    reader = ("analysts", "URL", str(site.pages), f"--key={site.keys.analysts[0]}", f"--pause={PAGES_APART}")
    return beside(siege, [reader], rounds, seconds)


def held_connections(siege: Siege, rounds: int, seconds: float) -> tuple[Compared, int]:
    """Strangers hold sockets and half-sent requests; also how many sockets with a key were not served meanwhile."""
    refused: list[int] = []
    found = beside(
        siege,
        [
            ("strangers", "sockets", "URL", f"--count={SOCKETS}"),
            HOLD_HALVES,
        ],
        rounds,
        seconds,
        meanwhile=lambda: refused.append(SERVED - asyncio.run(served(siege))),
    )
    return found, sum(refused)


async def served(siege: Siege) -> int:
    """How many of `SERVED` sockets with a key hear of a prediction."""
    url = siege.server.url.replace("http", "ws") + "/graphql"
    headers = {"Authorization": f"Bearer {siege.site.keys.analysts[0]}"}

    async def one() -> bool:
        async with (
            asyncio.timeout(10),
            connect(url, subprotocols=[PROTOCOL], additional_headers=headers) as socket,
        ):
            await socket.send(json.dumps({"type": "connection_init"}))
            acknowledged: str = json.loads(await socket.recv())["type"]
            await socket.send(json.dumps(SUBSCRIBE))
            heard: str = json.loads(await socket.recv())["type"]
            return (acknowledged, heard) == ("connection_ack", "next")

    found = await asyncio.gather(*(one() for _ in range(SERVED)), return_exceptions=True)
    return sum(answer is True for answer in found)


@dataclass(slots=True)
class Analysed:
    """What came of heavy aggregates, of whoever else called, and of each round's seconds: in turn and together."""

    compared: Compared = field(default_factory=Compared)
    seconds: list[tuple[float, float]] = field(default_factory=list)
    unanswered: int = 0

    @property
    def together(self) -> float:
        """The time of four analysts at once over that of one after the other."""
        return middle(together / in_turn for in_turn, together in self.seconds)


def analysts(siege: Siege, rounds: int, seconds: float, each: int) -> Analysed:
    """Four analysts ask for so many heavy aggregates each: one after the other, then all at once; others call."""
    found = Analysed()
    for _ in range(rounds):
        alone = siege.probed(seconds, **MIXED)
        _, in_turn = aggregated(siege, each, "--in-turn")
        under, together = aggregated(siege, each)
        found.compared.rounds.append((alone, under))
        found.compared.attackers.append([in_turn, together])
        found.seconds.append((in_turn["seconds"], together["seconds"]))
        found.unanswered += sum(
            count
            for one in (in_turn, together)
            for outcome, count in one["answers"].items()
            if outcome != "200"
        )
    return found


def aggregated(siege: Siege, each: int, *more: str) -> tuple[Seen, dict[str, Any]]:
    """What other callers saw while analysts worked, and what the analysts saw."""
    keys = [f"--key={key}" for key in siege.site.keys.analysts]
    arguments = [siege.server.url, str(siege.site.aggregates), *keys, f"--each={each}", *more]
    # The starts of both processes would take from the server what their calls do not.
    with started("analysts", *arguments) as worker, siege.probing(**MIXED) as seen:
        saw = worker.end()
    return seen, saw


def memory(siege: Siege, seconds: float) -> tuple[float, list[dict[str, Any]]]:
    """MiB by which the server's memory grows while strangers send documents, each another one."""
    before, _ = siege.server.memory()
    with siege.attacked([SEND_DOCUMENTS]) as saw:
        time.sleep(seconds)
    return rounded((siege.server.memory()[0] - before) / MIB), saw


def revocations(siege: Siege) -> list[float]:
    """Seconds from the moment at which a key was revoked, by the command, until it was refused; with heavy readers."""
    with siege.attacked([heavy_readers(siege)]):
        return [revoked(siege, number, secret) for number, secret in enumerate(siege.site.keys.leavers)]


def heavy_readers(siege: Siege) -> Sequence[str]:
    """Four analysts who never stop."""
    keys = [f"--key={key}" for key in siege.site.keys.analysts]
    return ("analysts", "URL", str(siege.site.aggregates), *keys)


def neighbour(siege: Siege, rounds: int, seconds: float) -> Compared:
    """Predictions of a second server on the same database, while strangers and analysts are at the first one."""
    with siege.site.server("beside") as second:
        second.probed(1.0, prediction=PREDICTIONS)
        return beside(siege, [SEND_DOCUMENTS, heavy_readers(siege)], rounds, seconds, called=second)


def revoked(siege: Siege, number: int, secret: str) -> float:
    """The same for one key."""
    command = [sys.executable, "-m", "arbiter", "keys", "revoke", f"leaver {number}", "--json"]
    revoking = subprocess.Popen(
        command, cwd=ROOT, env=environment(siege.site.settings), stdout=subprocess.PIPE
    )
    ended = time.time() + PATIENCE
    if status_with(siege, secret) != 200:  # the command takes a second to start
        raise RuntimeError("the key does not work before it is revoked")
    while status_with(siege, secret) != 401:
        if time.time() > ended:
            raise RuntimeError("the key is never refused")
        time.sleep(POLL_SECONDS)
    refused_at = datetime.now(UTC)
    output, _ = revoking.communicate(timeout=PATIENCE)
    return (refused_at - datetime.fromisoformat(json.loads(output)["revoked_at"])).total_seconds()


def status_with(siege: Siege, secret: str) -> int:
    """How a call with a key is answered that needs no reader."""
    connection = http.client.HTTPConnection(urlsplit(siege.server.url).netloc, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    connection.request("POST", "/graphql", json.dumps({"query": "{ viewer { name } }"}), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def ended(siege: Siege, attack: Sequence[str]) -> float:
    """Seconds from SIGTERM to the end of the server, while it is attacked."""
    with siege.attacked([attack]):
        time.sleep(QUEUED)
        began = time.monotonic()
        siege.server.stop()
        return time.monotonic() - began
