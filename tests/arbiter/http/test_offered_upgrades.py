"""Who offers another protocol with a request is answered as if nothing was offered; the body counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.arbiter.http.test_slow_requests import Door, listening

OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
BODY = b'{"age": 37}'


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with listening() as opened:
        yield opened


def request_of(body: bytes, offer: bytes = OFFER) -> bytes:
    return b"POST /x HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n%s" % (offer, len(body), body)


async def answered(door: Door, *pieces: bytes) -> list[bytes]:
    """The bodies of all answers to what is sent in these pieces; the last one closes the connection."""
    line = await door.line()
    for piece in pieces:
        await line.send(piece)
        await asyncio.sleep(0)
    answers = (await line.ended()).split(b"HTTP/1.1 ")[1:]
    assert all(answer.startswith(b"200 ") for answer in answers)
    return [answer.partition(b"\r\n\r\n")[2] for answer in answers]


@pytest.mark.parametrize("offer", [OFFER, OFFER.replace(b"h2c", b"TLS/1.0"), b""])
async def test_the_body_of_a_request_that_offers_another_protocol_is_read(door: Door, offer: bytes) -> None:
    assert await answered(door, request_of(BODY, offer) + LAST) == [b"11 bytes", b"0 bytes"]


async def test_an_offer_may_come_byte_by_byte(door: Door) -> None:
    whole = request_of(BODY) + LAST
    assert await answered(door, *(bytes([byte]) for byte in whole)) == [b"11 bytes", b"0 bytes"]


async def test_a_body_in_chunks_and_after_the_head(door: Door) -> None:
    head = b"POST /x HTTP/1.1\r\nHost: localhost\r\n%sTransfer-Encoding: chunked\r\n\r\n" % OFFER
    assert await answered(door, head, b"5\r\nhello\r\n", b"0\r\n\r\n" + LAST) == [b"5 bytes", b"0 bytes"]


async def test_offers_one_after_the_other_without_waiting(door: Door) -> None:
    several = b"".join(request_of(b"x" * size) for size in (3, 0, 7))
    assert await answered(door, several + LAST) == [b"3 bytes", b"0 bytes", b"7 bytes", b"0 bytes"]


async def test_what_is_no_request_after_an_offer_is_refused(door: Door) -> None:
    line = await door.line()
    await line.send(request_of(BODY) + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert b"HTTP/1.1 400 Bad Request\r\n" in await line.ended()
