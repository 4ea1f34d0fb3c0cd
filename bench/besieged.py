"""A server as strangers and analysts find it: public, with keys, a long history and rows of an older release in it."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from arbiter import wiring
from arbiter.settings import Settings
from bench.aggregates import ASKED, operation
from bench.history import FIRST_DAY, STEP, WRITER, fill
from bench.processes import PATIENCE, ServerProcess, serving
from bench.report import RESULTS
from bench.rows import ENDPOINT, income, rest_bodies, rows_of
from bench.workers import Worker, started
from domain.callers import Scope
from domain.requests import request_ids
from domain.requests.new_request import NewRequest
from domain.words import Fault, Outcome
from orm.queries.history.insertion import insert_requests
from registry.discovery import default_artifacts_root
from serving.services import Services

ANALYSTS = 4
ROWS_SENT = 2_000
PRIVATE = "age"
"""A feature that is declared private here, so that a page's values have to be hidden from analysts."""
HUGE = 8 * 2**20
"""Characters of a row that earlier releases have kept."""
HUGE_ROWS = 10
SERVER = ("-m", "bench.slow_rule")
SETTLED = 0.5
LIGHT = "total"
"""Counts up to 10,000 and no further, so no analyst waits for it."""
PAGE = "requests(first: 10, where: {subject: [%s]}) { nodes { requestId outcome message input } }"
REFUSED = '{"message": "age is absent; send it", "code": "INVALID_FEATURES", "path": []}'

Seen = dict[str, dict[str, Any]]
"""What the probe saw, by kind of call."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets: of who predicts, gives feedback and sets statuses; of analysts; of those who are about to leave."""

    front_end: str
    analysts: tuple[str, ...]
    leavers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """What is there before a server starts, in `folder`: its database, its keys, and what will be sent to it."""

    folder: Path
    settings: dict[str, str]
    keys: Keys

    @property
    def bodies(self) -> Path:
        """Rows to predict."""
        return self.folder / "rows.jsonl"

    @property
    def aggregates(self) -> Path:
        """What analysts ask for that takes long."""
        return self.folder / "aggregates.jsonl"

    @property
    def pages(self) -> Path:
        """Pages that hold huge rows."""
        return self.folder / "pages.jsonl"

    @contextmanager
    def server(self, name: str = "arbiter") -> Iterator[Siege]:
        """A server that has ended when the block ends; each that runs beside another needs a name of its own."""
        with serving(SERVER, self.folder / f"{name}.log", **self.settings) as server:
            yield Siege(self, server)


@dataclass(frozen=True, slots=True)
class Siege:
    """A running server of a site, and who calls it."""

    site: Site
    server: ServerProcess

    @contextmanager
    def probing(self, **rates: float) -> Iterator[Seen]:
        """Measure so many calls a second of each kind; what was seen is there when the block has ended."""
        with probing(self.site, self.server.url, rates) as found:
            yield found

    def probed(self, seconds: float, **rates: float) -> Seen:
        """Measure for so long."""
        with self.probing(**rates) as found:
            time.sleep(seconds)
        return found

    @contextmanager
    def attacked(self, attacks: Sequence[Sequence[str]]) -> Iterator[list[dict[str, Any]]]:
        """Attacks are under way within the block; what the attackers saw is there when it has ended."""
        found: list[dict[str, Any]] = []
        with ExitStack() as stack:
            workers: list[Worker] = [
                stack.enter_context(started(module, *self._addressed(arguments)))
                for module, *arguments in attacks
            ]
            time.sleep(SETTLED)
            yield found
            found += [worker.end() for worker in workers]
        settle(self.server.url)

    def _addressed(self, arguments: Sequence[str]) -> list[str]:
        return [self.server.url if argument == "URL" else argument for argument in arguments]


@contextmanager
def probing(site: Site, url: str, rates: dict[str, float]) -> Iterator[Seen]:
    """Measure so many calls a second of each kind; what was seen is there when the block has ended."""
    found: Seen = {}
    given = [f"--rate={kind}={rate}" for kind, rate in rates.items()]
    with started("probe", url, site.keys.front_end, str(site.bodies), *given) as worker:
        yield found
        found.update(worker.end())


def settle(url: str) -> None:
    """Return when no document of strangers who have gone waits to be checked, or the server has ended.

    Otherwise what they left would slow down the server alone.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        body = json.dumps({"query": f"query After{time.time_ns()} {{ viewer {{ name }} }}"}).encode()
        request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                if "errors" not in json.load(answer):
                    return
        except urllib.error.HTTPError:
            pass  # too many wait, so this one may not
        except (OSError, http.client.HTTPException):
            return
        time.sleep(0.1)


def settings_in(folder: Path, database_url: str | None) -> dict[str, str]:
    """Of a server in the public profile behind a proxy, with one private feature; by default on a SQLite file."""
    return {
        "database_url": database_url or f"sqlite://{folder / 'arbiter.db'}",
        "artifacts": str(folder / "artifacts"),
        "profile": "public",
        "anonymous_scopes": "",
        "proxies": "1",
    }


def prepared(
    folder: Path, rows: int, leavers: int, *, keep: bool = False, database_url: str | None = None
) -> Site:
    """A site with a history of so many rows; with `keep` that of a SQLite file is made once, and copied afterwards."""
    declare_private(folder / "artifacts")
    (folder / "rows.jsonl").write_bytes(b"\n".join(rest_bodies(rows_of(income(), ROWS_SENT))))
    settings = settings_in(folder, database_url)
    if keep and database_url is None:
        RESULTS.mkdir(exist_ok=True)
        kept = RESULTS / f"history-{rows}.db"
        asyncio.run(filled(Settings.load(database_url=f"sqlite://{kept}"), rows))
        shutil.copy(kept, folder / "arbiter.db")
    keys, pages = asyncio.run(peopled(Settings.load(**settings), rows, leavers))
    write_calls(folder / "pages.jsonl", pages)
    aggregates = [
        operation(where, selection, from_rows=True)
        for name, (where, selection) in ASKED.items()
        if name != LIGHT
    ]
    write_calls(folder / "aggregates.jsonl", [graphql(f"query {text}") for text in aggregates])
    return Site(folder, settings, keys)


def declare_private(artifacts: Path) -> None:
    """The shipped artifacts, with one feature of the income endpoint declared private."""
    shutil.copytree(default_artifacts_root(), artifacts)
    path = artifacts / ENDPOINT / "endpoint.json"
    declared = json.loads(path.read_text("utf-8"))
    for feature in declared["features"]:
        feature["private"] = feature["name"] == PRIVATE
    path.write_text(json.dumps(declared), "utf-8")


async def filled(settings: Settings, rows: int) -> None:
    """Bring a history to so many rows."""
    async with wiring.running(settings) as services:
        await fill(services.database, rows)


async def peopled(settings: Settings, rows: int, leavers: int) -> tuple[Keys, list[dict[str, str]]]:
    """The history, huge rows in it, and keys; the keys, and the calls that read pages of huge rows."""
    async with wiring.running(settings) as services:
        await fill(services.database, rows)
        pages = await with_huge_rows(services)

        async def key(name: str, *scopes: Scope) -> str:
            return (await services.keys.create(name, frozenset(scopes)))[1]

        keys = Keys(
            await key("front-end", Scope.PREDICT, Scope.FEEDBACK, Scope.ADMIN),
            tuple([await key(f"analyst {n}", Scope.READ) for n in range(ANALYSTS)]),
            tuple([await key(f"leaver {n}", Scope.READ) for n in range(leavers)]),
        )
        return keys, pages


async def with_huge_rows(services: Services) -> list[dict[str, str]]:
    """Store refused rows straight in the table, as older releases did; the calls that read pages of them."""
    endpoint = next(one for one in services.catalog.snapshot.endpoints.values() if one.name == ENDPOINT)
    spec = services.catalog.snapshot.specs[ENDPOINT]
    inputs = {
        "long text": orjson.dumps({PRIVATE: "x" * HUGE}).decode(),
        "many names": orjson.dumps({f"name {n}": n for n in range(HUGE // 24)}).decode(),
        "largest": orjson.dumps({PRIVATE: "x" * (spec.features.largest_row - 100)}).decode(),
    }
    first = request_ids.millisecond_of(request_ids.first_at(FIRST_DAY + STEP + timedelta(hours=1)))
    calls = []
    for place, (name, text) in enumerate(inputs.items()):
        rows = [
            NewRequest(
                id=request_ids.compose(first + place, WRITER, number),
                endpoint_id=endpoint.id,
                input=text,
                subject=name,
                full_response=REFUSED,
                outcome=Outcome.ERROR,
                fault=Fault.CALLER,
                message="age is absent; send it",
                latency=0.0005,
            )
            for number in range(HUGE_ROWS)
        ]
        async with services.database.transaction() as tx:
            await insert_requests(tx, rows)
        calls.append(graphql(f"{{ {PAGE % json.dumps(name)} }}"))
        path = f"/api/v1/mlrequests?limit={HUGE_ROWS}&after={rows[0].id - 1}"
        calls.append({"method": "GET", "path": path, "body": ""})
    return calls


def graphql(query: str) -> dict[str, str]:
    """The call of a GraphQL operation."""
    return {"method": "POST", "path": "/graphql", "body": json.dumps({"query": query})}


def write_calls(path: Path, calls: Sequence[dict[str, str]]) -> None:
    """Write down what `bench.analysts` is to ask for."""
    path.write_text("\n".join(json.dumps(call) for call in calls), "utf-8")
