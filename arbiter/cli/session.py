"""How commands get at the services: opened for one use, and closed after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from arbiter import wiring
from arbiter.settings import Settings
from serving.services import Services

Result = TypeVar("Result")
Use = Callable[[Services], Awaitable[Result]]


def with_models(use: Use[Result], *, makes: bool = True, read_timeout: float | None = None) -> Result:
    """What `use` returns of services with all their models; see `wiring.running`."""
    return _run(wiring.running(Settings.load(), makes=makes, read_timeout=read_timeout), use)


def without_models(
    use: Use[Result], *, makes: bool = False, declared: bool = False, read_timeout: float | None = None
) -> Result:
    """What `use` returns of services over the database alone; see `wiring.without_models`."""
    return _run(
        wiring.without_models(Settings.load(), makes=makes, declared=declared, read_timeout=read_timeout), use
    )


def _run(opening: AbstractAsyncContextManager[Services], use: Use[Result]) -> Result:
    async def run() -> Result:
        async with opening as services:
            return await use(services)

    return asyncio.run(run())
