"""A server that is killed at any moment has lost nothing that it answered, and starts again by itself."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from domain.callers import Principal, Scope, Viewer
from domain.catalog.classes import classes_of
from domain.history.aggregates import Grouping
from domain.history.daily import SummaryDifference
from orm.connection.database import Database
from orm.queries.catalog import endpoints
from orm.queries.figures import summary_drift
from orm.queries.figures.aggregates import EVERYTHING, AggregateQuery, figures_by_owner
from orm.queries.history.requests import requests_by_ids
from registry.discovery import default_artifacts_root
from registry.endpoints import load_endpoint
from tests.arbiter.processes import ROOT, ServerProcess, environment, serving

READER = Viewer(Principal("test", frozenset({Scope.READ})))
BEGUN = 40
"""So many answers are awaited before the server is killed."""


@dataclass(slots=True)
class Known:
    """What the load was told of one request: `feedback` is the last answered one, `asked` one without an answer."""

    input: str
    label: str
    feedback: str | None = None
    asked: list[str | None] = field(default_factory=list)

    def may_be(self) -> list[str | None]:
        return [self.feedback, *self.asked]


def known_from(file: Path, known: dict[int, Known]) -> int:
    """Adds what a round wrote down to `known`; how many predictions were answered."""
    answered = 0
    for line in file.read_text("utf-8").splitlines():
        fact = json.loads(line)
        if fact["kind"] == "stored":
            assert fact["id"] not in known, "an id was given twice"
            known[fact["id"]] = Known(fact["input"], fact["label"])
            answered += 1
        elif fact["kind"] == "asked":
            known[fact["id"]].asked = [fact["feedback"] or None]
        else:
            known[fact["id"]].feedback, known[fact["id"]].asked = fact["feedback"] or None, []
    return answered


def kill_under_load(server: ServerProcess, notes: Path, dice: random.Random) -> None:
    """Calls the server from another process and kills it at a random moment."""
    load = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.load", server.url, str(notes), str(dice.random())],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 30
        while not (notes.exists() and notes.read_text("utf-8").count('"stored"') >= BEGUN):
            assert load.poll() is None, "the load ended by itself"
            assert time.monotonic() < deadline, "the load does not begin"
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.8))
        server.process.kill()
        assert server.wait() == -9
        _, err = load.communicate(timeout=60)
    finally:
        load.kill()
        load.wait()
    assert (load.returncode, err) == (0, "")


async def differences(database: Database) -> list[SummaryDifference]:
    async with database.reader() as reader:
        specs = [load_endpoint(path) for path in sorted(default_artifacts_root().glob("*/endpoint.json"))]
        names = {spec.name: spec for spec in specs}
        classes = {
            endpoint.id: classes_of(spec.classes, numeric=spec.numeric_classes, positive=spec.positive_class)
            for endpoint in await endpoints.all_endpoints(reader)
            if (spec := names[endpoint.name]).classes is not None
        }
        assert len(classes) == 2
        found = []
        for day in await summary_drift.days(reader):
            found += (await summary_drift.drift(reader, day, classes)).differences
        return found


async def verify(url: str, known: dict[int, Known]) -> None:
    """Every request that was answered is there, whole, with the feedback that was answered."""
    database = await Database.open(url, migrate=False)
    try:
        assert await differences(database) == []
        async with database.reader() as reader:
            stored = await requests_by_ids(reader, None, known)
            query = AggregateQuery(None, Grouping(), frozenset())
            (total,) = (await figures_by_owner(reader, READER, query))[EVERYTHING]
            (counted,) = await reader.execute_query_dict("SELECT count(*) AS n FROM ml_request")
        assert sorted(known.keys() - stored.keys()) == []
        assert {id_: facts for id_ in known if (facts := _wrong(known[id_], stored[id_]))} == {}
        assert total.figures.count == counted["n"] >= len(known)
    finally:
        await database.close()


def _wrong(told: Known, request: Any) -> dict[str, Any]:
    response = json.loads(request.full_response)
    facts: dict[str, tuple[Any, Any]] = {"input": (told.input, request.input)}
    if request.label is None:
        facts |= {"value": (float(told.label), request.value), "response": (request.value, response["value"])}
    else:
        facts |= {"label": (told.label, request.label), "response": (request.label, response["label"])}
    wrong: dict[str, Any] = {name: pair for name, pair in facts.items() if pair[0] != pair[1]}
    if request.feedback not in told.may_be():
        wrong["feedback"] = (told.may_be(), request.feedback)
    return wrong


def crash(url: str, folder: Path, *, rounds: int, seed: int) -> None:
    dice, known = random.Random(seed), dict[int, Known]()
    for number in range(rounds + 1):
        with serving(folder, database_url=url, access_log="false") as server:
            assert server.url  # it listens again, without help
            asyncio.run(verify(url, known))
            if number < rounds:
                notes = folder / f"round{number}"
                kill_under_load(server, notes, dice)
                assert known_from(notes, known) >= BEGUN
            else:
                assert server.stop() == 0


@pytest.mark.matrix
def test_a_killed_server_has_lost_nothing_that_it_answered(empty_database_url: str, tmp_path: Path) -> None:
    crash(empty_database_url, tmp_path, rounds=2, seed=1)


@pytest.mark.slow
def test_ten_kills_lose_nothing_that_was_answered(empty_database_url: str, tmp_path: Path) -> None:
    crash(empty_database_url, tmp_path, rounds=10, seed=2)
