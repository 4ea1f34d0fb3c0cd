from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from domain.callers import Principal, Scope
from domain.errors import DatabaseUnavailable, InvalidInput
from domain.history.filters import RequestFilter
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Answer
from domain.words import JSONValue
from graph.history.exports import export_routes
from orm.connection.database import Database
from orm.queries.history.exports import CHUNK, chunks_of_requests, newest_request
from orm.queries.history.requests import requests_by_ids
from registry.algorithm import Classifier
from registry.artifacts import Artifact
from registry.discovery import Registry
from registry.endpoints import EndpointSpec
from registry.features import Feature, FeatureSchema, FeatureType, Row
from serving.bulk.export_rows import COLUMNS
from serving.bulk.feedback import CsvFeedback, CsvFeedbackCommand
from serving.callers.export_links import Export, ExportFormat, ExportLinks, LinkRules
from serving.services import Services
from tests.conftest import Statements
from tests.graph.conftest import Door, of_operations
from tests.serving.world import EVERYBODY, Dice, command, now, registered, row, services_on, spec_of

URL = "{{ requests{where} {{ exportUrl(format: {format}) }} }}"


def http(services: Services, *, raising: bool = True) -> httpx.AsyncClient:
    app = Starlette(routes=export_routes())
    app.state.services = services
    transport = httpx.ASGITransport(app, raise_app_exceptions=raising)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


async def link(door: Door, format: str = "CSV", where: str = "") -> str:
    query = URL.format(format=format, where=f"(where: {where})" if where else "")
    url: str = (await door.data(query))["requests"]["exportUrl"]
    return url


async def get(services: Services, url: str, **headers: str) -> httpx.Response:
    async with http(services) as client:
        return await client.get(url, headers=headers)


async def table(door: Door, where: str = "") -> list[dict[str, str]]:
    answer = await get(door.services, await link(door, where=where))
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def ask(services: Services, *xs: float | None, endpoint: str = "levels", **more: Any) -> list[int]:
    rows = [row(x) for x in xs]
    found = await services.predictor.predict(command(*rows, endpoint=endpoint, **more))
    return [prediction.request.id for prediction in found]


async def test_a_csv_has_a_line_for_each_request_oldest_first(door_to_each: Door) -> None:
    services = door_to_each.services
    high, low = await ask(services, 5, -5, subject="ann")
    (metres,) = await ask(services, 1.5, endpoint="heights")
    await services.feedback.give(FeedbackCommand(high, "low"), EVERYBODY)
    await services.feedback.give(FeedbackCommand(metres, 2), EVERYBODY)
    found = await table(door_to_each)
    assert [line["requestId"] for line in found] == [str(high), str(low), str(metres)]
    assert list(found[0]) == list(COLUMNS)
    wanted = {
        "endpoint": "levels", "algorithm": "at zero", "algorithmVersion": "1", "abTest": "", "arm": "",
        "subject": "ann", "outcome": "OK", "fault": "", "label": "high", "value": "", "probability": "1.0",
        "feedback": "low", "correct": "false", "residual": "", "message": "",
        "input": '{"x":5,"colour":"red"}', "maskedFeatures": "",
    }  # fmt: skip
    assert {name: found[0][name] for name in wanted} == wanted
    assert (found[2]["value"], found[2]["residual"], found[2]["feedback"]) == ("2.5", "0.5", "2")
    moments = [datetime.fromisoformat(found[0][name]) for name in ("createdAt", "feedbackAt")]
    assert moments[0] <= moments[1] <= now() + timedelta(seconds=1)


async def test_of_one_endpoint_each_feature_is_a_column(door: Door) -> None:
    await ask(door.services, 5)
    await ask(door.services, None)
    await ask(door.services, 1, endpoint="heights")
    for where in ('{endpoint: "levels"}', '{endpoint: "levels", and: [{outcome: OK}]}'):
        found = await table(door, where)
        assert [(line["input.x"], line["input.colour"]) for line in found] == [("5", "red"), ("", "red")]
    query = '{ endpoint(name: "levels") { requests(where: {label: "high"}) { exportUrl(format: CSV) } } }'
    url = (await door.data(query))["endpoint"]["requests"]["exportUrl"]
    (line,) = csv.DictReader(io.StringIO((await get(door.services, url)).text, newline=""))
    assert (line["label"], line["input.x"]) == ("high", "5")


async def test_lines_of_json_hold_exactly_the_values(door: Door) -> None:
    (id_,) = await ask(door.services, 5, subject="=1+1")
    answer = await get(door.services, await link(door, "NDJSON"))
    assert answer.headers["content-type"] == "application/x-ndjson"
    (line,) = [json.loads(text) for text in answer.text.splitlines()]
    assert list(line) == list(COLUMNS)
    assert (line["requestId"], line["subject"], line["probability"]) == (str(id_), "=1+1", 1.0)
    assert (line["input"], line["maskedFeatures"]) == ({"x": 5, "colour": "red"}, [])
    assert (line["feedback"], line["correct"], line["value"]) == (None, None, None)


async def test_texts_that_look_like_formulas_are_disarmed(door: Door) -> None:
    for subject in ("=1+1", "+1 2", "-cmd", "@SUM(A1)", "-3.5", 'a,"b'):
        await ask(door.services, 5, subject=subject)
    found = [line["subject"] for line in await table(door)]
    assert found == ["'=1+1", "'+1 2", "'-cmd", "'@SUM(A1)", "-3.5", 'a,"b']


async def test_what_is_stored_while_it_runs_is_not_part_of_it(door: Door) -> None:
    services = door.services
    ids = await ask(services, *range(5))
    async with services.database.reader() as reader:
        last = await newest_request(reader)
    pieces = chunks_of_requests(
        services.database.reader,
        lambda: services.catalog.snapshot.viewer(EVERYBODY),
        lambda requests: [request.id for request in requests],
        where=None,
        last_id=last,
        columns=frozenset(),
        chunk=2,
    )
    found = [await anext(pieces)]
    await ask(services, *range(5))
    found += [piece async for piece in pieces]
    assert found == [ids[:2], ids[2:4], ids[4:]]


async def test_it_costs_a_statement_for_the_bound_and_one_for_each_chunk(
    door_to_each: Door, statements: Statements
) -> None:
    await ask(door_to_each.services, *range(CHUNK + 1))
    url = await link(door_to_each)
    with statements() as sql:
        answer = await get(door_to_each.services, url)
    assert answer.text.count("\r\n") == CHUNK + 2
    assert len(of_operations(sql)) == 3


async def test_it_is_a_file_that_nobody_keeps(door: Door) -> None:
    url = await link(door)
    assert url.startswith("/exports/requests.csv?what=")
    answer = await get(door.services, url)
    headers = answer.headers
    assert headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert headers["cache-control"] == "no-store"
    disposition = headers["content-disposition"]
    assert disposition.startswith('attachment; filename="arbiter-requests-2')
    assert disposition.endswith('Z.csv"')
    assert answer.text == ",".join(COLUMNS) + "\r\n"
    async with http(door.services) as client:
        head = await client.head(url)
    assert (head.status_code, head.content, "content-length" in head.headers) == (200, b"", False)


async def test_it_is_compressed_for_who_takes_that(door: Door) -> None:
    await ask(door.services, *range(50))
    url = await link(door)
    plain = await get(door.services, url, **{"accept-encoding": "gzip;q=0, identity"})
    assert "content-encoding" not in plain.headers
    async with http(door.services) as client, client.stream("GET", url) as answer:
        assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
        packed = b"".join([piece async for piece in answer.aiter_raw()])
    assert gzip.decompress(packed) == plain.content
    assert len(packed) < len(plain.content) / 3


@pytest.mark.parametrize("part", ["what", "expires", "signature"])
async def test_a_link_that_was_changed_is_refused(door: Door, part: str) -> None:
    url = httpx.URL(await link(door))
    changed = url.copy_merge_params({part: "1" + url.params[part][1:] + "1"})
    for other in (changed, url.copy_remove_param(part), url.copy_with(path="/exports/requests.ndjson")):
        answer = await get(door.services, str(other))
        assert (answer.status_code, answer.json()["code"]) == (403, "INVALID_LINK")
        assert "this link is not one that this server made" in answer.json()["detail"]


def links(services: Services, secret: bytes = b"tests", anonymous: frozenset[Scope] = frozenset(Scope),
          later: timedelta = timedelta()) -> ExportLinks:  # fmt: skip
    return ExportLinks(services.catalog, lambda: now() + later, LinkRules(secret, anonymous))


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"secret": b"another"}, "INVALID_LINK"),
        ({"later": timedelta(seconds=302)}, "INVALID_LINK"),
        ({"later": timedelta(seconds=295)}, None),
        ({"anonymous": frozenset()}, "UNAUTHENTICATED"),
    ],
)
async def test_a_link_is_worth_nothing_elsewhere_or_later(
    door: Door, other: dict[str, Any], code: str | None
) -> None:
    url = await link(door)
    answer = await get(replace(door.services, export_links=links(door.services, **other)), url)
    assert (answer.status_code == 200) is (code is None)
    if code is not None:
        assert answer.json()["code"] == code


async def test_the_link_of_a_revoked_key_is_refused(door: Door) -> None:
    services = door.services
    _, secret = await services.keys.create("analyst", frozenset({Scope.READ}))
    principal = services.keys.principal_of(secret)
    assert principal is not None
    url = await link(replace(door, principal=principal))
    assert (await get(services, url)).status_code == 200
    await services.keys.revoke("analyst")
    answer = await get(services, url)
    assert (answer.status_code, answer.json()) == (
        403,
        {"detail": "the API key that made this link was revoked", "code": "FORBIDDEN"},
    )


async def test_a_link_gives_no_more_than_its_maker_had(door: Door) -> None:
    services = door.services
    maker = Principal("analyst", frozenset({Scope.READ}))
    await services.keys.create("analyst", frozenset(Scope))
    viewer = services.export_links.viewer(Export(ExportFormat.CSV, RequestFilter(), maker))
    assert viewer.principal.scopes == {Scope.READ}
    token = Principal("jwt:ann", frozenset({Scope.READ, Scope.READ_PRIVATE}))
    assert services.export_links.viewer(Export(ExportFormat.CSV, RequestFilter(), token)).principal == token


async def test_without_the_scope_read_there_is_no_link(door: Door) -> None:
    answer = await door.seen_by(Scope.PREDICT).post("{ requests { exportUrl(format: CSV) } }")
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


async def test_a_filter_that_is_too_long_for_a_url_is_refused(services: Services) -> None:
    where = RequestFilter(ids=tuple(n * 7919**4 % 2**53 for n in range(1_000)))
    with pytest.raises(InvalidInput, match="where is too long for a link"):
        services.export_links.link(Export(ExportFormat.CSV, where, EVERYBODY))


async def test_a_database_that_is_gone_is_said_before_the_file_begins(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await link(door)

    def gone() -> Any:
        raise DatabaseUnavailable("The database is gone.")

    monkeypatch.setattr(type(door.services.database), "reader", lambda _self: gone())
    answer = await get(door.services, url)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
        503,
        "DATABASE_UNAVAILABLE",
        "1",
    )


async def test_an_error_on_the_way_breaks_the_answer_off(door: Door) -> None:
    """The server cuts a connection whose application raised: no client takes a part for the whole."""
    services = door.services
    _, secret = await services.keys.create("analyst", frozenset({Scope.READ}))
    principal = services.keys.principal_of(secret)
    assert principal is not None
    await ask(services, *range(CHUNK + 1))
    url = await link(replace(door, principal=principal))
    app = Starlette(routes=export_routes())
    app.state.services = services
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 3:  # start, header, the first chunk
            await services.keys.revoke("analyst")

    async def receive() -> Any:
        return await asyncio.Future()

    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
        "path": "/exports/requests.csv", "raw_path": b"", "root_path": "", "scheme": "http", "headers": [],
        "query_string": url.partition("?")[2].encode(), "server": None, "client": None,
    }  # fmt: skip
    with pytest.raises(Exception, match="was revoked"):
        await app(scope, receive, send)
    assert [message.get("more_body") for message in sent] == [None, True, True]


async def test_a_client_that_leaves_stops_the_reads(door: Door, statements: Statements) -> None:
    await ask(door.services, *range(3 * CHUNK))
    url = await link(door)
    app = Starlette(routes=export_routes())
    app.state.services = door.services
    left = asyncio.Event()
    sent = 0

    async def send(message: Any) -> None:
        nonlocal sent
        sent += 1
        if sent == 3:
            left.set()
            await asyncio.sleep(0.2)  # the connection is full, as when nobody reads

    async def receive() -> Any:
        await left.wait()
        return {"type": "http.disconnect"}

    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "path": "/exports/requests.csv", "raw_path": b"", "root_path": "", "scheme": "http", "headers": [],
        "query_string": url.partition("?")[2].encode(), "server": None, "client": None,
    }  # fmt: skip
    with statements() as sql:
        await app(scope, receive, send)
    assert len(of_operations(sql)) == 2
    assert sent == 3


@pytest.fixture(autouse=True)
async def no_leftovers() -> AsyncIterator[None]:
    """Generators that a test left open are closed before its loop ends."""
    yield
    await asyncio.get_running_loop().shutdown_asyncgens()


def signs() -> tuple[EndpointSpec, Registry]:
    """An endpoint whose classes and categories look like formulas, and an algorithm that answers them."""
    spec = replace(
        spec_of("signs", "classifier"),
        classes=("-", "+", "=1+1", "'-x"),
        positive_class="+",
        features=FeatureSchema(
            [
                Feature(name="x", type=FeatureType.NUMBER),
                Feature(name="colour", type=FeatureType.CATEGORY, categories=("@red", "-")),
                Feature(name="note", type=FeatureType.CATEGORY),
            ]
        ),
        example={"x": 1, "colour": "-", "note": ""},
    )

    class Sign(Classifier, endpoint="signs", name="sign", version="1", owner="tests", status="production"):
        """The sign of x."""

        def load(self, artifact: Artifact | None) -> None:
            pass

        def predict(self, rows: Sequence[Row]) -> list[Answer]:
            return [self._answer("+" if float(row[0] or 0) >= 0 else "-") for row in rows]

        def _answer(self, label: str) -> Answer:
            chances = {"-": 0.0, "+": 0.0, "=1+1": 0.0, "'-x": 0.0} | {label: 1.0}
            return Answer(label=label, probability=chances["+"], probabilities=chances)

    return spec, Registry({"signs": spec}, (registered(Sign, spec),), ())


async def test_declared_classes_come_back_from_an_export_as_they_were(
    database_url: str, dice: Dice, tmp_path: Path
) -> None:
    spec, registry = signs()
    services = services_on(await Database.open(database_url), registry, dice)
    await services.start()
    door = Door(services)
    rows: list[JSONValue] = [
        {"x": x, "colour": colour, "note": note}
        for x, colour, note in ((1, "-", "=free"), (-1, "@red", "'=free"), (1, "-", "-"), (1, "-", "+ 1"))
    ]
    found = await services.predictor.predict(command(*rows, endpoint="signs"))
    for one, truth in zip(found, spec.classes or (), strict=True):
        await services.feedback.give(FeedbackCommand(one.request.id, truth), EVERYBODY)
    table_ = await table(door, '{endpoint: "signs"}')
    assert [line["label"] for line in table_] == ["+", "-", "+", "+"]
    assert [line["feedback"] for line in table_] == ["-", "+", "=1+1", "'-x"]
    assert [line["input.colour"] for line in table_] == ["-", "@red", "-", "-"]
    assert [line["input.note"] for line in table_] == ["'=free", "''=free", "-", "'+ 1"]

    file = tmp_path / "export.csv"
    file.write_text((await get(services, await link(door))).text, newline="")
    for one in found:
        await services.feedback.give(FeedbackCommand(one.request.id, None), EVERYBODY)
    imported = CsvFeedback(services.feedback)
    for column, truths in (("feedback", list(spec.classes or ())), ("label", ["+", "-", "+", "+"])):
        order = CsvFeedbackCommand(file, EVERYBODY, id_column="requestId", feedback_column=column)
        summary = await imported.run(order, lambda _done, _total: None)
        assert (summary.stored, summary.skipped, summary.refused) == (4, 0, 0)
        ids = [one.request.id for one in found]
        async with services.database.reader() as reader:
            stored = await requests_by_ids(reader, None, ids)
        assert [stored[id_].feedback for id_ in ids] == truths
        assert [stored[id_].correct for id_ in ids] == [
            stored[id_].label == truth for id_, truth in zip(ids, truths, strict=True)
        ]
    await services.stop()


async def test_what_older_exports_guarded_is_imported_as_the_class(
    database_url: str, dice: Dice, tmp_path: Path
) -> None:
    services = services_on(await Database.open(database_url), signs()[1], dice)
    await services.start()
    row_: JSONValue = {"x": 1, "colour": "-", "note": ""}
    (found,) = await services.predictor.predict(command(row_, endpoint="signs"))
    file = tmp_path / "old.csv"
    file.write_text(f"request_id,feedback\n{found.request.id},'+\n")
    summary = await CsvFeedback(services.feedback).run(
        CsvFeedbackCommand(file, EVERYBODY), lambda _d, _t: None
    )
    async with services.database.reader() as reader:
        stored = (await requests_by_ids(reader, None, [found.request.id]))[found.request.id]
    assert (summary.stored, stored.feedback, stored.correct) == (1, "+", True)
    await services.stop()
