"""`arbiter work`: work on jobs, in as many processes and on as many machines as one starts."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from arbiter import wiring
from arbiter.cli.jobs import PATIENCE
from arbiter.cli.output import say
from arbiter.cli.progress import progress
from arbiter.dask_engine import Cluster, work_on_dask
from arbiter.settings import Settings
from domain.errors import InvalidSettings
from domain.extras import cure
from domain.jobs import Job
from serving.jobs.worker import Told, Worker
from serving.services import Services


class Engine(StrEnum):
    """What runs units."""

    WORK = "work"
    DASK = "dask"


TlsFile = Annotated[Path | None, typer.Option(help="A PEM file for TLS to the scheduler.")]


def work(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="End when no job waits or runs any more, instead of at SIGTERM.")
    ] = False,
    engine: Annotated[
        Engine, typer.Option(help="Do the units in this process, or have a Dask cluster do them.")
    ] = Engine.WORK,
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="The address of a Dask scheduler; without it a cluster on this machine is started."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="How many processes a Dask cluster on this machine has.", min=1)
    ] = None,
    tls_ca: TlsFile = None,
    tls_cert: TlsFile = None,
    tls_key: TlsFile = None,
) -> None:
    """Work on jobs until SIGTERM or Ctrl-C: what is held then is given back at once.

    Start it as often as you like, on any machine that reaches the database and the artifacts.

    Example: `arbiter work --once`
    """
    cluster = Cluster(scheduler, workers, tls_ca, tls_cert, tls_key)
    if engine is Engine.WORK and cluster != Cluster():
        raise typer.BadParameter("--scheduler, --workers and the files for TLS go with --engine dask")
    with progress("working") as advance:
        asyncio.run(_work(None if engine is Engine.WORK else cluster, once=once, advance=advance))


async def _work(cluster: Cluster | None, *, once: bool, advance: Callable[[int, int], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def told(job: Job) -> None:
        advance(job.rows_done, job.rows)
        if not job.active:
            say(f"{job} is {job.state}" + (f": {job.error}" if job.error else ""))

    async with wiring.running(Settings.load(), makes=False, read_timeout=PATIENCE) as services:
        if cluster is None:
            worker = Worker(services, told=told)
            await worker.run(stop, once=once)
            say(f"{worker.name} has done {worker.finished:,} units")
        else:
            given = await _on_dask(services, cluster, stop, once=once, told=told)
            say(f"the cluster was given {given:,} units")


async def _on_dask(
    services: Services, cluster: Cluster, stop: asyncio.Event, *, once: bool, told: Told
) -> int:
    try:
        return await work_on_dask(services, cluster, stop, once=once, told=told)
    except ModuleNotFoundError as error:
        raise InvalidSettings(f"{error.name} is not installed: {cure('dask')}") from error
