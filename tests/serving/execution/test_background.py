from __future__ import annotations

import asyncio

from serving.execution.background import BackgroundTask


async def test_work_runs_once_at_a_time_and_may_begin_again() -> None:
    task, gate = BackgroundTask("work"), asyncio.Event()
    begun: list[int] = []

    async def work() -> None:
        begun.append(len(begun))
        await gate.wait()

    task.start(work)
    task.start(work)
    await asyncio.sleep(0)
    assert (begun, task.running) == ([0], True)
    gate.set()
    await task.finish()
    assert not task.running
    task.start(work)
    await task.finish()
    assert begun == [0, 1]


async def test_stopped_work_has_ended_and_stopping_nothing_is_no_error() -> None:
    task = BackgroundTask("work")
    ended: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    await task.stop()
    await task.finish()
    task.start(work)
    await asyncio.sleep(0)
    await task.stop()
    assert (ended, task.running) == ([True], False)
