"""A call whose client leaves before it was answered is counted and logged as such, wherever that is noticed."""

from __future__ import annotations

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arbiter.http.middleware import RequestContext


async def says_so(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ClientDisconnect


async def says_nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    return


async def answers_first(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ClientDisconnect


@pytest.mark.parametrize(("app", "status"), [(says_so, 499), (says_nothing, 499), (answers_first, 200)])
async def test_status_of_a_call_whose_client_left(app: ASGIApp, status: int) -> None:
    counted: list[tuple[str, str, int]] = []
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    context = RequestContext(
        app, lambda path, method, status, _: counted.append((path, method, status)), None
    )
    await context({"type": "http", "path": "/graphql", "method": "POST", "headers": []}, receive, send)
    assert counted == [("/graphql", "POST", status)]
