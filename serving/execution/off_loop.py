"""Work on many rows goes to a thread, so that the event loop is never held for more than a millisecond or two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

ROWS_ON_LOOP = 64

P = ParamSpec("P")
T = TypeVar("T")


async def off_loop(count: int, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` here for a few rows (`count`), and in a thread for more than 64."""
    if count <= ROWS_ON_LOOP:
        return function(*args, **kwargs)
    return await asyncio.to_thread(function, *args, **kwargs)
