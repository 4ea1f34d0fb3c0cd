"""The head of an answer goes out with what follows it in the same turn; nothing is lost, late or out of order."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
import uvloop

from arbiter.http.whole_answers import Turn, WholeAnswers

HEAD, BODY = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n", b"body"


class Wire:
    """What a transport has been given."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = ""

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed = "closed"

    def abort(self) -> None:
        self.closed = "aborted"

    def write_eof(self) -> None:
        self.closed = "ended"

    def is_closing(self) -> bool:
        return bool(self.closed)

    def get_write_buffer_size(self) -> int:
        return 7

    def get_extra_info(self, name: str) -> str:
        return name


@pytest.fixture
def wire() -> Wire:
    return Wire()


def whole(wire: Wire, turn: Turn | None = None) -> WholeAnswers:
    return WholeAnswers(cast("asyncio.Transport", wire), turn or Turn())


async def test_head_and_body_are_one_write_and_what_follows_another(wire: Wire) -> None:
    answers = whole(wire)
    answers.write(HEAD)
    assert (wire.written, answers.get_write_buffer_size()) == ([], 7 + len(HEAD))
    answers.write(BODY)
    answers.write(b"more")
    await asyncio.sleep(0)
    assert wire.written == [HEAD + BODY, b"more"]
    assert answers.get_write_buffer_size() == 7


async def test_a_head_that_nothing_follows_goes_out_at_the_end_of_the_turn(wire: Wire) -> None:
    turn, other = Turn(), Wire()
    whole(wire, turn).write(HEAD)
    whole(other, turn).write(HEAD)
    assert wire.written == other.written == []
    await asyncio.sleep(0)
    assert wire.written == other.written == [HEAD]


async def test_heads_of_one_turn_keep_their_order(wire: Wire) -> None:
    answers = whole(wire)
    for part in (HEAD, HEAD, BODY, HEAD):
        answers.write(part)
    await asyncio.sleep(0)
    assert b"".join(wire.written) == HEAD + HEAD + BODY + HEAD


async def test_parts_and_the_end_come_after_what_is_held(wire: Wire) -> None:
    answers = whole(wire)
    answers.write(HEAD)
    answers.writelines([BODY, b"more"])
    answers.write(HEAD)
    answers.write_eof()
    assert (wire.written, wire.closed) == ([HEAD + BODY + b"more", HEAD], "ended")


async def test_closing_writes_what_is_held_and_cutting_drops_it(wire: Wire) -> None:
    answers, other = whole(wire), Wire()
    answers.write(HEAD)
    answers.close()
    assert (wire.written, wire.closed, answers.is_closing()) == ([HEAD], "closed", True)
    cut = whole(other)
    cut.write(HEAD)
    cut.abort()
    await asyncio.sleep(0)
    assert (other.written, other.closed) == ([], "aborted")
    assert answers.get_extra_info("peername") == "peername"


def test_a_client_that_is_gone_costs_no_other_its_head() -> None:
    async def lose_one_of_two() -> tuple[bytes, list[object]]:
        loop, turn = asyncio.get_running_loop(), Turn()
        made: asyncio.Queue[asyncio.Transport] = asyncio.Queue()
        problems: list[object] = []
        loop.set_exception_handler(lambda _loop, problem: problems.append(problem))

        class Side(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                made.put_nowait(cast("asyncio.Transport", transport))

        async with await loop.create_server(Side, "127.0.0.1", 0) as server:
            address = server.sockets[0].getsockname()
            _, leaving = await asyncio.open_connection(*address)
            lost = await made.get()
            reader, staying = await asyncio.open_connection(*address)
            kept = await made.get()
            lost.abort()  # as when the system says that the other side has reset it
            for transport in (lost, kept):
                WholeAnswers(transport, turn).write(HEAD)
            await asyncio.sleep(0)
            kept.close()
            found = await reader.read()
            leaving.close()
            staying.close()
        return found, problems

    assert uvloop.run(lose_one_of_two()) == (HEAD, [])
