"""What happens to every call before and after the edges: ids, errors, logs, doors and bounds. Pure ASGI."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arbiter.auth.gate import SAFE_METHODS, Gate, LookUp, by_name
from arbiter.http import refusals
from arbiter.telemetry.access_log import AccessLog
from arbiter.telemetry.traceparent import trace_id_of
from domain.callers import Principal, asked_by, caller_of
from domain.errors import Denied, InvalidToken, Unauthenticated
from serving.callers.budgets import connection_of

log = structlog.get_logger("arbiter")

HttpObserver = Callable[[str, str, int, float | None], None]
"""Told of each answered call: path, method, status, seconds; None for one that lasted as long as its client wished."""

REQUEST_ID = b"x-request-id"
PREFLIGHT_METHOD = b"access-control-request-method"
PREFLIGHT_SECONDS = b"600"
METHODS = b"GET, HEAD, OPTIONS, POST, PUT, PATCH"
EXPOSED = b"X-Request-ID, Retry-After, Location"
POLICY_VIOLATION = 1008
LIVE_PATH = "/livez"
CLIENT_LEFT = 499
SERVER_FAULT = 500

_SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")


@dataclass(eq=False, slots=True)
class RequestContext:
    """Gives each call an id, times it, logs and counts it, and turns what nobody caught into a masked 500.

    A sane `X-Request-ID` of the caller is kept; otherwise one is made. It stands in the answer, in the request's
    state and in every log line of the call, as does the trace id of a valid `traceparent`.
    """

    app: ASGIApp
    observe: HttpObserver
    access_log: AccessLog | None
    _prefix: str = field(default_factory=lambda: secrets.token_hex(6), init=False)
    _counter: Iterator[int] = field(default_factory=lambda: itertools.count(1), init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        call = _Call(scope, send, self._id_of(scope))
        state = scope.setdefault("state", {})
        state["request_id"] = call.id
        # Each call runs in a task of its own, whose context ends with it: nothing has to be unbound.
        structlog.contextvars.bind_contextvars(request_id=call.id)
        trace_id = trace_id_of(scope)
        if trace_id is not None:
            state["trace_id"] = trace_id
            structlog.contextvars.bind_contextvars(trace_id=trace_id)
        try:
            await self.app(scope, receive, call.send)
            call.unanswered()
        except ClientDisconnect:
            call.unanswered()
        except Exception:
            await call.fail()
        finally:
            self._finish(call, time.perf_counter() - started)

    def _id_of(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == REQUEST_ID:
                if _SANE_ID.fullmatch(value):
                    return str(value, "ascii")
                break
        return f"{self._prefix}-{next(self._counter)}"

    def _finish(self, call: _Call, seconds: float) -> None:
        scope = call.scope
        method = scope.get("method", "WEBSOCKET")
        endless = scope["type"] == "websocket" or "endless" in scope["state"]
        self.observe(scope["path"], method, call.status, None if endless else seconds)
        if self.access_log is not None:
            state = scope["state"]
            principal = state.get("principal")
            self.access_log.add(
                request_id=call.id,
                method=method,
                path=scope["path"],
                status=call.status,
                seconds=seconds,
                principal=principal.name if principal else None,
                trace_id=state.get("trace_id"),
            )


@dataclass(eq=False, slots=True)
class _Call:
    """The answer of one call on its way out: its id, its status, and whether it has begun."""

    scope: Scope
    _send: Send
    id: str
    status: int = 0

    async def send(self, message: Message) -> None:
        """Pass a message on, with the request's id in the headers of an answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), (REQUEST_ID, self.id.encode())]}
        elif message["type"] == "websocket.accept":
            self.status = 101
        await self._send(message)

    def unanswered(self) -> None:
        """Note that the client has left, or was cut off, where nothing was answered."""
        if self.scope["type"] == "http":
            self.status = self.status or CLIENT_LEFT

    async def fail(self) -> None:
        """Log what nobody caught under an incident id, and answer 500 with it if nothing was sent yet."""
        incident = secrets.token_hex(8)
        log.exception("unexpected error", incident=incident, path=self.scope["path"])
        begun = self.status != 0
        self.status = SERVER_FAULT
        if begun or self.scope["type"] != "http":
            return
        await refusals.refuse(
            self.send,
            self.scope["path"],
            status=SERVER_FAULT,
            code="INTERNAL_SERVER_ERROR",
            message="Internal server error",
            details={"incident": incident}
            if self.scope["path"].startswith(refusals.LEGACY_PREFIX)
            else {"incident": incident, "requestId": self.id},
        )


class RequestGuard:
    """Bounds the body, answers CORS, puts the caller's principal into the request's state, and says who it works for.

    Refusals come in the shape of the edge that was called: 413 for a body that is too large, 401 for a key
    that is not valid, 403 for a foreign Host or Origin.
    """

    def __init__(self, app: ASGIApp, *, gate: Gate, look_up: LookUp, max_body: int, proxies: int = 0) -> None:
        self.app = app
        self.gate = gate
        self.look_up = look_up
        self.max_body = max_body
        self.proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers: Mapping[bytes, bytes] = by_name(scope["headers"])
        method = scope.get("method", "WEBSOCKET")
        origin = headers.get(b"origin")
        if origin is not None and scope["type"] == "http":
            wanted = headers.get(PREFLIGHT_METHOD) if method == "OPTIONS" else None
            allowed = self._allowed_origin(
                scope["path"], wanted.decode("latin-1") if wanted else method, origin
            )
            if wanted is not None:
                await _answer_preflight(send, scope["path"], headers, allowed)
                return
            send = _with_cors(send, allowed)
        try:
            principal = await self.gate.admit(
                method,
                headers,
                self.look_up,
                takes_operations=scope["path"] == refusals.GRAPHQL_PATH,
                tells_nothing=scope["path"] == LIVE_PATH,
            )
        except Denied as denied:
            await _deny(scope, receive, send, denied)
            return
        state = scope.setdefault("state", {})
        state["principal"] = principal
        state["admit"] = partial(self._admit, method, headers)
        state["trusted_origin"] = origin is not None and self.gate.trusts_origin(origin.decode("latin-1"))
        with asked_by(self._caller(principal, scope)):
            if scope["type"] == "websocket":
                await self.app(scope, receive, send)
            else:
                await self._bounded(scope, receive, send, headers.get(b"content-length"))

    def _caller(self, principal: Principal, scope: Scope) -> str:
        if not principal.anonymous:
            return principal.name
        return caller_of(principal, connection_of(scope.get("client"), scope["headers"], self.proxies))

    async def _admit(
        self, method: str, headers: Mapping[bytes, bytes], authorization: str | None = None
    ) -> Principal:
        """The caller's principal now, while a call goes on; with `authorization` in the place of the headers'.

        Raises Denied when the key or token does not count any more.
        """
        if authorization is not None:
            headers = {b"authorization": authorization.encode("latin-1", "replace")}
        return await self.gate.admit(method, headers, self.look_up)

    def _allowed_origin(self, path: str, method: str, origin: bytes) -> bytes | None:
        """What Access-Control-Allow-Origin says: `*`, this origin, or nothing."""
        open_to_all = self.gate.anonymous_by_name or (
            # What a keyless server on loopback tells its own machine is not for every page that is open there.
            method in SAFE_METHODS and not self.gate.on_loopback
        )
        if open_to_all and path.startswith(refusals.LEGACY_PREFIX):
            return b"*"
        return origin if self.gate.trusts_origin(origin.decode("latin-1")) else None

    async def _bounded(self, scope: Scope, receive: Receive, send: Send, length: bytes | None) -> None:
        if length is None and scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
        elif length is not None and length.isdigit():
            if int(length) > self.max_body:
                await self._too_large(scope, send)
            else:
                await self.app(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a call whose body came without a length: beyond the bound the app sees a disconnect."""
        meter = _Meter(receive, send, self.max_body)
        try:
            await self.app(scope, meter.receive, meter.send)
        except ClientDisconnect:
            if not meter.exceeded:
                raise
        if meter.exceeded and not meter.begun:
            await self._too_large(scope, send)

    async def _too_large(self, scope: Scope, send: Send) -> None:
        await refusals.refuse(
            send,
            scope["path"],
            status=413,
            code="PAYLOAD_TOO_LARGE",
            message=f"the request body is larger than {self.max_body} bytes: send less at once",
        )


@dataclass(slots=True)
class _Meter:
    """Counts the bytes of a body; once there are too many it hides the rest and whatever is answered."""

    _receive: Receive
    _send: Send
    _left: int
    exceeded: bool = False
    begun: bool = False

    async def receive(self) -> Message:
        if self.exceeded:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.exceeded = True
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        if self.exceeded and not self.begun:
            return
        self.begun = True
        await self._send(message)


def _with_cors(send: Send, allowed: bytes | None) -> Send:
    """The same `send`, adding the CORS headers to the answer."""

    async def send_with_cors(message: Message) -> None:
        if message["type"] == "http.response.start":
            extra = [(b"vary", b"Origin")]
            if allowed is not None:
                extra += [
                    (b"access-control-allow-origin", allowed),
                    (b"access-control-expose-headers", EXPOSED),
                ]
            message = {**message, "headers": [*message.get("headers", ()), *extra]}
        await send(message)

    return send_with_cors


async def _answer_preflight(
    send: Send, path: str, headers: Mapping[bytes, bytes], allowed: bytes | None
) -> None:
    if allowed is None:
        origin = headers[b"origin"].decode("latin-1")[:80]
        await refusals.refuse(
            send,
            path,
            status=403,
            code="FORBIDDEN",
            message=f"pages of {origin!r} may not call this: list the origin in ARBITER_CORS_ORIGINS",
            headers=[(b"vary", b"Origin")],
        )
        return
    answer = [
        (b"content-length", b"0"),
        (b"vary", b"Origin"),
        (b"access-control-allow-origin", allowed),
        (b"access-control-allow-methods", METHODS),
        (
            b"access-control-allow-headers",
            headers.get(b"access-control-request-headers", b"authorization, content-type"),
        ),
        (b"access-control-max-age", PREFLIGHT_SECONDS),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": answer})
    await send({"type": "http.response.body", "body": b""})


async def _deny(scope: Scope, receive: Receive, send: Send, denied: Denied) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": denied.code})
        return
    if isinstance(denied, InvalidToken):
        await _deny_token(scope["path"], send, denied)
        return
    unauthenticated = isinstance(denied, Unauthenticated)
    await refusals.refuse(
        send,
        scope["path"],
        status=401 if unauthenticated else 403,
        code=denied.code,
        message=denied.message,
        headers=[(b"www-authenticate", b"Bearer")] if unauthenticated else [],
    )


async def _deny_token(path: str, send: Send, denied: InvalidToken) -> None:
    """Clients act on UNAUTHENTICATED, whatever kind of key they have; `reason` says that it was a token."""
    challenge = f'Bearer error="invalid_token", error_description="{denied.message}"'
    await refusals.refuse(
        send,
        path,
        status=401,
        code=Unauthenticated.code,
        message=denied.message,
        headers=[(b"www-authenticate", challenge.encode())],
        details={} if path.startswith(refusals.LEGACY_PREFIX) else {"reason": denied.code},
    )
