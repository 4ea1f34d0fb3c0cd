"""`arbiter work`: work on jobs, in as many processes and on as many machines as one starts."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Annotated

import typer

from arbiter import wiring
from arbiter.cli.jobs import PATIENCE
from arbiter.cli.output import say
from arbiter.cli.progress import progress
from arbiter.settings import Settings
from domain.jobs import Job
from serving.jobs.worker import Worker


def work(
    once: Annotated[
        bool, typer.Option("--once", help="End when no job waits or runs any more, instead of at SIGTERM.")
    ] = False,
) -> None:
    """Work on jobs until SIGTERM or Ctrl-C: what is held then is given back at once.

    Start it as often as you like, on any machine that reaches the database and the artifacts.

    Example: `arbiter work --once`
    """
    with progress("working") as advance:
        asyncio.run(_work(once=once, advance=advance))


async def _work(*, once: bool, advance: Callable[[int, int], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def told(job: Job) -> None:
        advance(job.rows_done, job.rows)
        if not job.active:
            say(f"{job} is {job.state}" + (f": {job.error}" if job.error else ""))

    settings = Settings.load()
    async with wiring.running(settings, makes=False, read_timeout=PATIENCE) as services:
        worker = Worker(services, told=told)
        await worker.run(stop, once=once)
        say(f"{worker.name} has done {worker.finished:,} units")
