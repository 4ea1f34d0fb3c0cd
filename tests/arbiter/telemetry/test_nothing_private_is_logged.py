"""Secrets and inputs go through every edge, well and badly; the log is read afterwards."""

from __future__ import annotations

import io
import logging
import re
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from structlog._config import BoundLoggerLazyProxy

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import LogFormat, LogLevel, Settings
from arbiter.telemetry import logs
from domain.callers import Scope
from domain.requests.request import Answer
from registry.discovery import Registry
from registry.features import Row
from tests.arbiter.issuer import AUDIENCE, NAME, Issuer
from tests.serving.world import LEVELS, Threshold, registered

MARK = "swordfish"
NUMBER = 31337.25


class Talkative(
    Threshold, endpoint="levels", name="talkative", version="1", owner="tests", status="production"
):
    """Quotes the row in whatever it raises."""

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        if any(row[0] == NUMBER for row in rows):
            raise ValueError(f"{MARK} {rows}") from KeyError(f"{MARK} {rows}")
        return super().predict(rows)


@contextmanager
def everything_written(log: LogFormat, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is written to standard error meanwhile, from `debug` upwards."""
    stream = io.StringIO()
    root, callers = logging.getLogger(), logging.getLogger("httpx")
    handlers, level = list(root.handlers), root.level
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", stream)
        logs.configure(Settings.load(log=log, log_level=LogLevel.DEBUG))
        callers.setLevel(logging.WARNING)  # what a client logs is not the server's
        yield stream
    callers.setLevel(logging.NOTSET)
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    # A logger that was used meanwhile keeps what it was bound to, and would write past what other tests capture.
    for name, module in list(sys.modules.items()):
        logger = getattr(module, "log", None) if name.startswith("arbiter.") else None
        if isinstance(logger, BoundLoggerLazyProxy):
            vars(logger).pop("bind", None)


def graphql(query: str, **variables: Any) -> dict[str, Any]:
    return {"method": "POST", "url": "/graphql", "json": {"query": query, "variables": variables}}


PREDICT = (
    "mutation P($i: PredictInput!) { predict(input: $i) { request { requestId } userErrors { message } } }"
)
FEEDBACK = "mutation F($i: GiveFeedbackInput!) { giveFeedback(input: $i) { userErrors { message } } }"


def inputs(request_id: str) -> list[dict[str, Any]]:
    """Calls that hold something private in each place where an input may stand."""
    rows: list[Any] = [
        {"x": 1, "colour": "red"},
        {"x": NUMBER, "colour": "red"},
        {"x": 1, "colour": MARK},
        MARK,
    ]
    rows += [[MARK], {MARK: 1}, {"x": MARK, "colour": "red"}, {"x": 1e9 + NUMBER, "colour": "blue"}]
    api = "/api/v1/levels"
    return [
        *(
            graphql(
                PREDICT,
                i={
                    "endpoint": "levels",
                    "features": row,
                    "subject": MARK,
                    "idempotencyKey": f"{MARK} {at}",
                    "externalId": f"{MARK} {at % 3}",
                },
            )
            for at, row in enumerate(rows)
        ),
        graphql(FEEDBACK, i={"endpoint": "levels", "externalId": f"{MARK} 1", "feedback": "high"}),
        graphql(FEEDBACK, i={"endpoint": MARK, "externalId": MARK, "feedback": MARK}),
        graphql(f'{{ requestByExternalId(endpoint: "levels", externalId: "{MARK}\\t") {{ id }} }}'),
        {"method": "PUT", "url": f"{api}/feedback?external_id={MARK}", "json": {"feedback": "high"}},
        {"method": "POST", "url": f"{api}/feedback_batch", "json": [{"external_id": MARK, "feedback": MARK}]},
        {"method": "POST", "url": f"{api}/predict?external_id={MARK}%00", "json": rows[0]},
        {
            "method": "POST",
            "url": f"{api}/predict_batch",
            "json": {"rows": [rows[0], rows[0]], "external_ids": [MARK, f"{MARK} 0"]},
        },
        *({"method": "POST", "url": f"{api}/predict", "json": row} for row in rows),
        *({"method": "POST", "url": f"{api}/predict", "data": row} for row in rows if isinstance(row, dict)),
        {"method": "POST", "url": f"{api}/predict?status={MARK}&subject={MARK}", "json": rows[0]},
        {"method": "POST", "url": f"{api}/predict_batch", "json": rows},
        {"method": "POST", "url": f"{api}/predict", "content": f'{{"x": "{MARK}', "headers": JSON},
        {"method": "PUT", "url": f"/api/v1/mlrequests/{request_id}", "json": {"feedback": MARK}},
        {"method": "PUT", "url": f"/api/v1/mlrequests/{request_id}", "json": {"feedback": [MARK]}},
        {"method": "GET", "url": f"/api/v1/mlrequests?limit={MARK}"},
        graphql(FEEDBACK, i={"requestId": request_id, "feedback": MARK}),
        graphql(FEEDBACK, i={"requestId": MARK, "feedback": {MARK: MARK}}),
        graphql(PREDICT, i={"endpoint": MARK, "features": {}}),
        graphql(PREDICT, i=MARK),
        graphql(f'{{ node(id: "{MARK}") {{ id }} requests(after: "{MARK}") {{ totalCount }} }}'),
        graphql(f'{{ requests(where: {{ subject: "{MARK}" }}) {{ nodes {{ id }} }} }}'),
        graphql(f'{{ requests(where: {{ createdAt: {{ from: "{MARK}" }} }}) {{ nodes {{ id }} }} }}'),
        graphql(f'{{ {MARK} "{MARK}'),
        {"method": "POST", "url": "/graphql", "content": f'{{"query": "{MARK}', "headers": JSON},
        {"method": "GET", "url": "/graphql", "params": {"query": f'{{ node(id: "{MARK}") {{ id }} }}'}},
    ]


JSON = {"Content-Type": "application/json"}


def credentials(issuer: Issuer, key: str) -> list[dict[str, str]]:
    """Each way to say who one is, right and wrong."""
    far = 4_000_000_000
    tokens = [
        issuer.token(exp=far),
        issuer.token(exp=1),
        issuer.token("unknown", key=issuer.ec, exp=far),
        issuer.token(aud=MARK, exp=far),
        issuer.token(sub=f"{MARK}\n", exp=far),
        f"{MARK}.{MARK}.{MARK}",
    ]
    return [
        *({"Authorization": f"Bearer {secret}"} for secret in (key, f"arb_{MARK}", *tokens)),
        {"X-API-Key": key},
        {"X-API-Key": MARK},
        {"Authorization": f"Basic {MARK}"},
        {"Authorization": MARK},
        {"Cookie": f"session={MARK}", "Idempotency-Key": MARK},
        {"Origin": "https://evil.example", "Referer": f"https://evil.example/{MARK}"},
    ]


@pytest.mark.parametrize("log", list(LogFormat))
async def test_no_secret_and_no_input_is_in_the_log_whatever_becomes_of_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: LogFormat
) -> None:
    issuer, secrets = Issuer(), [MARK, str(NUMBER)]
    (tmp_path / "keys.json").write_bytes(issuer.document())
    settings = Settings.load(
        database_url=f"sqlite://{tmp_path / 'arbiter.db'}",
        jwt_jwks=str(tmp_path / "keys.json"),
        jwt_issuer=NAME,
        jwt_audience=AUDIENCE,
        log=log,
        log_level=LogLevel.DEBUG,
    )
    registry = Registry({"levels": LEVELS}, (registered(Talkative, LEVELS),), ())
    with everything_written(log, monkeypatch) as written:
        app = create_app(settings, build=partial(wiring.build, registry=registry))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
        ):
            _, key = await app.state.services.keys.create("front-end", frozenset(Scope))
            first = await client.post("/api/v1/levels/predict", json={"x": 1, "colour": "red"})
            request_id = str(first.json()["request_id"])
            identities = credentials(issuer, key)
            for headers in identities:
                secrets += [value.split()[-1] for name, value in headers.items() if name in CREDENTIALS]
            harmless = [graphql("{ viewer { name } }"), {"method": "GET", "url": "/api/v1/endpoints"}]
            calls = [call | {"headers": headers} for headers in identities for call in harmless]
            calls += inputs(request_id)
            statuses = [(await client.request(**call)).status_code for call in calls]
            spoil(tmp_path / "arbiter.db", request_id)
            broken = await client.request(**graphql(f'{{ request(id: "{request_id}") {{ outcome }} }}'))
            incident = broken.json()["errors"][0]["extensions"]["incident"]
    text = written.getvalue().replace("\\n", "\n")
    assert set(statuses) >= {200, 400, 401, 403}
    assert incident in text
    assert text.count("failed on a row: ValueError") == 4
    assert len(re.findall(r"path=/|\"path\":", text)) == len(statuses) + 2
    # The algorithm's own source line is part of its traceback, and no input.
    lines = [line for line in text.splitlines() if "raise ValueError(f" not in line]
    assert [line for line in lines if any(secret in line for secret in secrets)] == []


CREDENTIALS = {"Authorization", "X-API-Key"}


def spoil(file: Path, request_id: str) -> None:
    """Leave a row in the database that cannot be read, as no server writes it."""
    connection = sqlite3.connect(file)
    connection.execute("UPDATE ml_request SET outcome = 'NONE' WHERE id = ?", (request_id,))
    connection.commit()
    connection.close()
