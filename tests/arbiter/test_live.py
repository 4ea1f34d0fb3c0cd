"""Subscriptions of real servers: two processes on one database, keys, web pages, shutting down, and the document."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.arbiter.processes import PATIENCE, ROOT, ServerProcess, arbiter, serving

pytestmark = pytest.mark.matrix  # a server for each case

PROTOCOL = Subprotocol("graphql-transport-ws")
LOGGED = "subscription { requestLogged { requestId } }"
PREDICT = """mutation { predictBatch(input: {endpoint: "income_classifier", rows: [{}, {}, {}]}) {
    results { request { requestId } } } }"""
DOCUMENT = (ROOT / "docs" / "subscriptions.md").read_text(encoding="utf-8")


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite://{tmp_path / 'arbiter.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@contextmanager
def subscribed(server: ServerProcess, init: object = None, **how: Any) -> Iterator[ClientConnection]:
    """A WebSocket on which `requestLogged` was subscribed to as "1"."""
    address = server.url.replace("http:", "ws:") + "/graphql"
    with connect(address, subprotocols=[PROTOCOL], proxy=None, open_timeout=PATIENCE, **how) as socket:
        socket.send(json.dumps({"type": "connection_init", **({"payload": init} if init else {})}))
        assert json.loads(socket.recv(PATIENCE)) == {"type": "connection_ack"}
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": LOGGED}}))
        yield socket


@contextmanager
def streamed(server: ServerProcess, **headers: str) -> Iterator[Iterator[str]]:
    """The lines of an event stream of `requestLogged`, once it has begun."""
    headers |= {"accept": "text/event-stream", "accept-encoding": "gzip"}
    with (
        server.client() as client,
        client.stream("POST", "/graphql", json={"query": LOGGED}, headers=headers) as response,
    ):
        assert response.status_code == 200
        assert "content-encoding" not in response.headers
        yield response.iter_lines()


def predicted(server: ServerProcess, **headers: str) -> list[str]:
    """The ids of three requests, which fail for want of features and are logged all the same."""
    with server.client(**headers) as client:
        answer = client.post("/graphql", json={"query": PREDICT}).json()
    return [one["request"]["requestId"] for one in answer["data"]["predictBatch"]["results"]]


def heard(socket: ClientConnection, count: int) -> list[str]:
    messages = [json.loads(socket.recv(PATIENCE)) for _ in range(count)]
    assert {(message["id"], message["type"]) for message in messages} == {("1", "next")}, messages
    return [message["payload"]["data"]["requestLogged"]["requestId"] for message in messages]


def ids_in(lines: Iterator[str], count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        line = next(lines)
        if line.startswith("id: "):
            found.append(line.removeprefix("id: "))
    return found


def closed(socket: ClientConnection) -> tuple[int, str]:
    """Why the server closes the connection, whatever it still says before."""
    with suppress(ConnectionClosed):
        while True:
            socket.recv(PATIENCE)
    close = socket.protocol.close_rcvd
    assert close is not None
    return close.code, close.reason


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_each_of_two_processes_tells_what_both_predict(database: str, tmp_path: Path) -> None:
    with (
        serving(tmp_path, database_url=database) as one,
        serving(tmp_path, database_url=database) as other,
        streamed(one) as lines,
        streamed(other) as other_lines,
    ):
        ids = [id_ for _ in range(4) for server in (one, other) for id_ in predicted(server)]
        assert len(set(ids)) == 24
        assert sorted(ids_in(lines, 24)) == sorted(ids)
        assert sorted(ids_in(other_lines, 24)) == sorted(ids)


def test_stopping_server_ends_subscriptions_at_once_so_that_clients_come_back(tmp_path: Path) -> None:
    with serving(tmp_path) as server, subscribed(server) as socket, streamed(server) as lines:
        stored = predicted(server)
        assert heard(socket, 3) == stored
        assert ids_in(lines, 3) == stored
        began = time.monotonic()
        server.signal()
        assert closed(socket)[0] == 1012
        assert [line for line in lines if line.startswith("event: complete")] == []
        assert server.wait() == 0
        assert time.monotonic() - began < 10
        assert [event for event in server.events if event.get("level") == "error"] == []


def test_key_may_come_with_the_first_message_and_ends_its_socket_when_it_is_revoked(tmp_path: Path) -> None:
    made = arbiter("keys", "create", "ann", "--scope", "read", "--scope", "predict", "--json", cwd=tmp_path)
    secret = json.loads(made.stdout)["secret"]
    authorization = f"Bearer {secret}"
    with serving(tmp_path, anonymous_scopes="") as server:
        with (
            subscribed(server, {"authorization": authorization}) as socket,
            subscribed(server, additional_headers={"authorization": authorization}) as other,
            streamed(server, authorization=authorization) as lines,
        ):
            stored = predicted(server, authorization=authorization)
            assert heard(socket, 3) == stored
            assert heard(other, 3) == stored
            assert ids_in(lines, 3) == stored
            assert arbiter("keys", "revoke", "ann", cwd=tmp_path).returncode == 0
            assert closed(socket) == (4401, "the API key was revoked")
            assert closed(other) == (4401, "the API key was revoked")
            last = [line for line in lines if line.startswith(("event:", "data: {"))][-3:]
        assert last == [
            "event: next",
            'data: {"errors":[{"message":"the API key was revoked","extensions":{"code":"UNAUTHENTICATED"}}]}',
            "event: complete",
        ]
        address = server.url.replace("http:", "ws:") + "/graphql"
        with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:
            payload = {"authorization": authorization}
            socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert closed(socket) == (4403, "the API key is not valid: it is unknown or was revoked")


def test_socket_without_a_key_may_not_subscribe_where_strangers_may_not_read(tmp_path: Path) -> None:
    with serving(tmp_path, anonymous_scopes="predict") as server:
        for init in (None, {"authorization": ""}, {"headers": {"Authorization": None}}, {"locale": "de"}):
            address = server.url.replace("http:", "ws:") + "/graphql"
            with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:
                socket.send(json.dumps({"type": "connection_init", "payload": init}))
                assert closed(socket) == (
                    4401,
                    "this needs an API key with `read`: "
                    'send it in the payload of connection_init, as {"authorization": "Bearer KEY"}',
                )
        with streamed(server) as lines:
            said = next(line for line in lines if line.startswith("data: {"))
            assert "send it as `Authorization: Bearer KEY`" in said


def test_a_message_that_is_too_long_is_refused_before_it_has_come_whole(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        address = server.url.replace("http:", "ws:") + "/graphql"
        with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:
            # Only the head of a text frame goes out, with its length and a mask of zeros: bytes under way when the
            # server closes would reset the connection, and the close frame may be lost with it.
            socket.socket.sendall(bytes([0x81, 0xFF]) + (256 * 1024 + 1).to_bytes(8, "big") + bytes(4))
            code, reason = closed(socket)
        assert code == 1009
        assert "exceeds limit of 262144 bytes" in reason


def test_key_comes_with_the_first_message_as_clients_spell_it_and_stands_in_no_log(tmp_path: Path) -> None:
    made = arbiter("keys", "create", "ann", "--scope", "read", "--scope", "predict", "--json", cwd=tmp_path)
    secret = json.loads(made.stdout)["secret"]
    spellings = [
        {"headers": {"Authorization": f"Bearer {secret}"}},
        {"authToken": secret},
        {"Authorization": secret},
        {"x-api-key": secret},
        {"token": f"Bearer {secret}", "apiKey": secret, "authorization": ""},
    ]
    with serving(tmp_path, anonymous_scopes="", log_level="debug") as server:
        with ExitStack() as stack:
            sockets = [stack.enter_context(subscribed(server, init)) for init in spellings]
            for socket in sockets:
                socket.send(json.dumps({"type": "ping"}))
                assert json.loads(socket.recv(PATIENCE)) == {"type": "pong"}
            stored = predicted(server, authorization=f"Bearer {secret}")
            for socket in sockets:
                assert heard(socket, 3) == stored
            assert arbiter("keys", "revoke", "ann", cwd=tmp_path).returncode == 0
            for socket in sockets:
                assert closed(socket) == (4401, "the API key was revoked")
        address = server.url.replace("http:", "ws:") + "/graphql"
        for payload, reason in (
            ({"authToken": secret}, "the API key is not valid: it is unknown or was revoked"),
            ({"authToken": secret, "token": "other"}, "different keys were sent with one call: send one"),
        ):
            with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:
                socket.send(json.dumps({"type": "connection_init", "payload": payload}))
                assert closed(socket) == (4403, reason)
    assert [line for line in server.lines if secret in line] == []


def test_page_of_another_site_opens_no_socket_to_a_server_that_trusts_its_machine(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        with (
            pytest.raises(InvalidStatus) as refused,
            subscribed(server, origin=Origin("https://evil.example")),
        ):
            pass
        assert refused.value.response.status_code == 403
        with subscribed(server, origin=Origin("http://localhost:3000")) as socket:
            stored = predicted(server)
            assert heard(socket, 3) == stored


def test_metrics_count_subscribers_and_events(tmp_path: Path) -> None:
    def shown(client: httpx.Client) -> list[str]:
        lines = client.get("/metrics").text.splitlines()
        return [line for line in lines if line.startswith("arbiter_subscri")]

    with serving(tmp_path) as server, server.client() as client, streamed(server) as lines:
        ids_in(lines, len(predicted(server)))
        assert shown(client) == [
            "arbiter_subscriptions 1.0",
            "arbiter_subscription_events_total 3.0",
            "arbiter_subscriptions_cut_off_total 0.0",
        ]


def block(language: str, containing: str) -> str:
    """The block of the document that holds this text."""
    found = [
        text for text in re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL) if containing in text
    ]
    (only,) = found
    return str(only)


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def poll(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_examples_of_the_document_run_as_they_stand(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        local = server.url.removeprefix("http://")
        curl = block("bash", "curl").replace("127.0.0.1:8000", local)
        python = block("python", "websockets").replace("127.0.0.1:8000", local)
        shell, program = tmp_path / "curl.txt", tmp_path / "python.txt"
        with (
            running(["bash", "-c", f"exec {curl.strip()}"], shell),
            running([sys.executable, "-c", python], program) as asking,
        ):
            poll(lambda: shell.read_text().startswith(": open\n"))
            predicting = threading.Event()

            def predict() -> None:
                while not predicting.wait(0.2):
                    predicted(server)

            thread = threading.Thread(target=predict)
            thread.start()
            try:
                assert asking.wait(PATIENCE) == 0
                poll(lambda: "data: {" in shell.read_text())
            finally:
                predicting.set()
                thread.join()
        assert re.fullmatch(
            r"\{'data': \{'requestLogged': \{'requestId': '\d+', 'label': None\}\}\}\n", program.read_text()
        )
        first = re.sub(r"\d{15,}", "N", shell.read_text().split("\n\n")[1])
        assert first == (
            'id: N\nevent: next\ndata: {"data":{"requestLogged":{"requestId":"N","label":null,'
            '"endpoint":{"name":"income_classifier"}}}}'
        )
