from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bench.load import drive
from bench.report import Bar, middle
from bench.rows import graphql_bodies, income, labels_of, rows_of

ANSWER = b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\n{}"


async def served(status: bytes, received: list[bytes]) -> asyncio.Server:
    """A server that answers every request with `status` and keeps the bodies."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                received.append(
                    await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
                )
                writer.write(ANSWER % status)
        except asyncio.IncompleteReadError:
            writer.close()
            await writer.wait_closed()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


def address(server: asyncio.Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_our_generator_counts_every_answer_and_sends_the_bodies_in_turn(tmp_path: Path) -> None:
    bodies = tmp_path / "bodies"
    bodies.write_bytes(b'{"a":1}\n{"a":2}\n{"a":3}')
    received: list[bytes] = []
    async with await served(b"200 OK", received) as server:
        load = await asyncio.to_thread(drive, "own", address(server), bodies, 1, 0.3, first=4)
    assert load.requests == len(received)
    assert load.errors == 0
    assert received[:4] == [b'{"a":2}', b'{"a":3}', b'{"a":1}', b'{"a":2}']
    assert 0 < load.p50 <= load.p99 < load.seconds


async def test_an_answer_that_is_not_200_ends_the_measurement(tmp_path: Path) -> None:
    bodies = tmp_path / "bodies"
    bodies.write_bytes(b"{}")
    async with await served(b"503 Service Unavailable", []) as server:
        with pytest.raises(RuntimeError, match="bad answers"):
            await asyncio.to_thread(drive, "own", address(server), bodies, 1, 0.1)


def test_made_up_rows_are_valid_distinct_and_the_same_in_every_run() -> None:
    spec = income()
    rows = rows_of(spec, 500)
    assert len({json.dumps(row) for row in rows}) == 500
    assert [len(spec.features.validate(row)) for row in rows] == [14] * 500
    assert rows_of(spec, 500) == rows


def test_a_quarter_of_the_labels_is_positive() -> None:
    spec = income()
    assert labels_of(spec, rows_of(spec, 1_000)).count(">50K") == 249


def test_graphql_bodies_differ_in_their_variables_only() -> None:
    spec = income()
    bodies = [json.loads(body) for body in graphql_bodies(spec, rows_of(spec, 10))]
    assert len({body["query"] for body in bodies}) == 1
    assert [body["variables"]["input"]["features"] for body in bodies] == rows_of(spec, 10)


@pytest.mark.parametrize(
    ("bar", "wanted", "verdict"),
    [
        (Bar("ratio", 0.3, at_least=0.3), "≥ 0.3", "pass"),
        (Bar("ratio", 0.15, at_least=0.3), "≥ 0.3", "miss: 0.50 of the bar"),
        (Bar("time", 10.0, at_most=10.0, unit=" ms"), "≤ 10 ms", "pass"),
        (Bar("time", 15.0, at_most=10.0, unit=" ms"), "≤ 10 ms", "miss: 1.50 of the bar"),
        (Bar("ratio", 0.05), "report it", ""),
    ],
)
def test_a_bar_says_what_is_wanted_and_by_how_much_it_is_missed(bar: Bar, wanted: str, verdict: str) -> None:
    assert (bar.wanted, bar.verdict) == (wanted, verdict)


def test_the_middle_has_four_significant_digits() -> None:
    assert middle([3.0, 1.23456, 0.5]) == 1.235
