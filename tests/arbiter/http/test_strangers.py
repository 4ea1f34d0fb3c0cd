"""Strangers who hold many connections take nothing from those with a key."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.arbiter.processes import PATIENCE, ROOT, arbiter, serving

MANY = 100
HALF = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
LESS = b"POST /graphql HTTP/1.1\r\nHost: local"
OPENING = (
    b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
"""A WebSocket's first words; the key is the one of RFC 6455."""
ROW = json.loads((ROOT / "artifacts/income_classifier/endpoint.json").read_text("utf-8"))["example"]


@pytest.mark.matrix
def test_keys_are_served_while_strangers_hold_sockets_and_half_requests(tmp_path: Path) -> None:
    scopes = ("--scope", "read", "--scope", "predict")
    made = arbiter("keys", "create", "ann", *scopes, "--json", cwd=tmp_path)
    key = f"Bearer {json.loads(made.stdout)['secret']}"
    with serving(tmp_path, anonymous_scopes="predict") as server, ExitStack() as opened:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        for words in (OPENING, HALF, LESS):
            for _ in range(MANY):
                opened.enter_context(socket.create_connection(address)).sendall(words)
        with server.client(Authorization=key) as ann:
            answers = [ann.post("/api/v1/income_classifier/predict", json=ROW) for _ in range(20)]
            assert [answer.json()["status"] for answer in answers] == ["OK"] * 20
            metrics = ann.get("/metrics").text.splitlines()
            assert 'arbiter_websockets{caller="keyless"} 50.0' in metrics
            assert ann.get("/readyz").status_code == 200
        url = server.url.replace("http:", "ws:") + "/graphql"
        with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as followed:
            followed.send(json.dumps({"type": "connection_init", "payload": {"authorization": key}}))
            assert json.loads(followed.recv(PATIENCE)) == {"type": "connection_ack"}
        assert httpx.get(server.url + "/livez").status_code == 200
        assert server.stop() == 0
