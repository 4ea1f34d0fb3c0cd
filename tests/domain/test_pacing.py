"""Work that would hold the event loop goes to a thread, and whoever waits for an event waits no longer than agreed."""

from __future__ import annotations

import asyncio
import threading

import pytest

from domain.pacing import in_thread_if, let_go, wait_until


@pytest.mark.parametrize("much", [False, True])
async def test_only_much_work_leaves_the_event_loop(much: bool) -> None:
    thread = await in_thread_if(much, threading.current_thread)
    assert (thread is threading.current_thread()) is not much


async def test_waiting_ends_with_the_event_and_without_it_at_its_time() -> None:
    loop, event = asyncio.get_running_loop(), asyncio.Event()
    at = loop.time() + 0.01
    await wait_until(event, at)
    assert loop.time() >= at
    event.set()
    await wait_until(event, loop.time() + 3_600)


async def test_what_is_let_go_is_freed_in_a_thread() -> None:
    freed_in: list[threading.Thread] = []

    class Row:
        def __del__(self) -> None:
            freed_in.append(threading.current_thread())

    await let_go([Row(), [Row()]])
    await let_go({"rows": [Row()]})
    assert len(freed_in) == 3
    assert threading.current_thread() not in freed_in
