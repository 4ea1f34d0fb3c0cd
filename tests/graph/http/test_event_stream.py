"""The body of an event stream: signs of life, and an end when the caller's right has ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from domain.errors import InvalidToken, ServerStopping
from graph.http.event_stream import EventStream
from graph.http.streams import Event, Pacer
from serving.live.follower import Follower

DENIED = (
    b'event: next\ndata: {"errors":[{"message":"the token has expired","extensions":{"code":"INVALID_TOKEN"}}]}'
    b"\n\nevent: complete\ndata:\n\n"
)


def allowed(times: int) -> Callable[[], Awaitable[None]]:
    """A right that holds so many times."""
    left = times

    async def check() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise InvalidToken("the token has expired")

    return check


def stream_of(events: Follower[Event], still_allowed: Callable[[], Awaitable[None]]) -> EventStream:
    stream = EventStream(still_allowed, Pacer(), keep_alive=0.01)
    stream.events = events
    return stream


def follower() -> Follower[Event]:
    return Follower(10, lambda _: None)


async def test_idle_stream_shows_signs_of_life_until_the_right_ends() -> None:
    stream = stream_of(follower(), allowed(2))
    assert [chunk async for chunk in stream.chunks()] == [b":\n\n"] * 3 + [DENIED]


async def test_right_that_ends_ends_a_busy_stream_too() -> None:
    events = follower()
    stream = stream_of(events, allowed(1))
    event = Event(b"{}", "7")
    events.offer(event)
    chunks = []
    async for chunk in stream.chunks():
        chunks.append(chunk)
        events.offer(event)
    assert set(chunks[:-1]) == {b"id: 7\nevent: next\ndata: {}\n\n"}
    assert chunks[-1] == DENIED


async def test_what_waits_is_sent_together() -> None:
    events = follower()
    events.offer(Event(b"1"), Event(b"2"))
    events.end()
    stream = stream_of(events, allowed(0))
    assert [chunk async for chunk in stream.chunks()] == [
        b"event: next\ndata: 1\n\nevent: next\ndata: 2\n\n",
        b"event: complete\ndata:\n\n",
    ]


@pytest.mark.parametrize("waiting", [0, 1])
async def test_server_that_stops_ends_a_stream_without_completing_it(waiting: int) -> None:
    events = follower()
    events.offer(*[Event(b"1")] * waiting)
    events.end(ServerStopping("later"))
    assert [chunk async for chunk in stream_of(events, allowed(0)).chunks()] == []
