"""An issuer of tokens with real keys, and a server on a free port that publishes them."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

NAME, AUDIENCE = "https://login.example/", "https://arbiter.example"
NOW = 1_800_000_000

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Clock:
    """Seconds, set by hand."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def jwk_of(key: PrivateKey, kid: str, **more: object) -> dict[str, Any]:
    """The public half of a key as a JWK."""
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    public: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))  # type: ignore[arg-type]
    return public | {"kid": kid} | more


def pem_of(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def encoded(part: object) -> str:
    """One part of a token, written by hand."""
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class Issuer:
    """Two keys, `rsa` and `ec`, and tokens signed with them; `listed` is what is published."""

    rsa: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    ec: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    listed: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listed = [jwk_of(self.rsa, "rsa"), jwk_of(self.ec, "ec")]

    def document(self) -> bytes:
        return json.dumps({"keys": self.listed}).encode()

    def token(
        self,
        kid: str = "ec",
        *,
        key: PrivateKey | None = None,
        headers: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A token that is right, but for what `claims` say; None takes a claim away."""
        signing: PrivateKey = key if key is not None else self.rsa if kid == "rsa" else self.ec
        said = {
            "iss": NAME,
            "aud": AUDIENCE,
            "sub": "ann",
            "scope": "read predict",
            "exp": NOW + 600,
        } | claims
        return jwt.encode(
            {name: value for name, value in said.items() if value is not None},
            signing,
            algorithm="RS256" if isinstance(signing, rsa.RSAPrivateKey) else "ES256",
            headers={"kid": kid} | (headers or {}),
        )


@dataclass
class Publisher:
    """What a server publishes: `content` with `status`, and how often it was asked."""

    content: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    url: str = ""
    may_answer: threading.Event = field(default_factory=threading.Event)


@contextmanager
def publishing(content: bytes) -> Iterator[Publisher]:
    publisher = Publisher(content)
    publisher.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.asked += 1
            assert publisher.may_answer.wait(60)
            self.send_response(publisher.status)
            for name, value in publisher.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(publisher.content)))
            self.end_headers()
            self.wfile.write(publisher.content)

        def log_message(self, *_arguments: object) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher.url = f"http://127.0.0.1:{server.server_address[1]}/keys"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield publisher
    finally:
        publisher.may_answer.set()
        server.shutdown()
        thread.join()
        server.server_close()
