"""Subscriptions as server-sent events: one stream an operation, as the `graphql-sse` protocol has it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.types import Receive, Scope, Send

from domain.errors import ArbiterError, ServerStopping
from graph.http.answers import encode, error_response
from graph.http.streams import Event, Pacer
from serving.live.follower import Follower

KEEP_ALIVE_SECONDS = 12.0
LAST_WORDS_SECONDS = 5.0
AT_ONCE = 100
"""Events that are sent together where they wait already."""

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
)
BEGUN = b": open\n\n"
STILL_THERE = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"

StillAllowed = Callable[[], Awaitable[object]]
"""Raises Denied once the caller's key or token does not count any more."""


class EventStream:
    """The answer to a call that subscribes: `next` events, a comment as a sign of life, and `complete` at the end.

    An error that ends the stream is the last `next`. A server that stops ends the stream without `complete`, so
    that clients come back by themselves.
    """

    events: Follower[Event]

    def __init__(
        self, still_allowed: StillAllowed | None, pacer: Pacer, *, keep_alive: float = KEEP_ALIVE_SECONDS
    ) -> None:
        self._still_allowed = still_allowed
        self._share = pacer
        self._keep_alive = keep_alive
        self._ending = asyncio.Event()

    def cut(self, _error: ArbiterError) -> None:
        """The stream ends with an error: a client that does not even read that is left soon."""
        self._ending.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the stream or the client ends."""
        sending = asyncio.ensure_future(self._send(send))
        ending = asyncio.ensure_future(self._ending.wait())
        tasks = (asyncio.ensure_future(_gone(receive)), sending, ending)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                await asyncio.wait((sending,), timeout=LAST_WORDS_SECONDS)
        finally:
            await self.events.aclose()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not sending.cancelled():
            sending.result()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
        await send({"type": "http.response.body", "body": BEGUN, "more_body": True})
        async for chunk in self.chunks():
            began = time.perf_counter()
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            self._share.note(began)
        await send({"type": "http.response.body", "body": b""})

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._keep_alive
        while True:
            try:
                if loop.time() >= due:
                    await self._check()
                    due = loop.time() + self._keep_alive
                async with asyncio.timeout_at(due):
                    event = await self.events.take()
            except TimeoutError:
                yield STILL_THERE
                continue
            except ServerStopping:
                return
            except ArbiterError as error:
                yield _last(error)
                return
            if event is None:
                yield COMPLETE
                return
            together = [event, *self.events.take_waiting(AT_ONCE)]
            yield b"".join(_next(one.payload, one.id) for one in together)

    async def _check(self) -> None:
        if self._still_allowed is not None:
            await self._still_allowed()


def _last(error: ArbiterError) -> bytes:
    return _next(encode(error_response(error.message, error.code))) + COMPLETE


def _next(payload: bytes, event_id: str | None = None) -> bytes:
    """One event. JSON has no line breaks outside its texts, where they are escaped: one line of data suffices."""
    head = f"id: {event_id}\n".encode() if event_id else b""
    return head + b"event: next\ndata: " + payload + b"\n\n"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
