"""How long work may hold the event loop, and how long the work behind predictions pauses.

All calls of a process share one event loop: whoever holds it makes every prediction wait. One budget says for how
long; each limit below is the amount of one kind of work that was measured to fit into it, on one core with
Python 3.11 and the endpoint `income_classifier`. What is more goes to a thread, or takes turns with other work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

LOOP_BUDGET = 0.001
"""Seconds for which one piece of work may hold the event loop."""

PREDICTION_ROWS_ON_LOOP = 64
"""0.1 ms to validate, 0.1 ms to log and 0.2 ms to answer; 0.5 ms for the fingerprint of an idempotency key."""
RUN_ROWS_ON_LOOP = 1_000
"""0.7 ms to hand as many rows to their algorithms, or their answers to the rows."""
FEEDBACK_ROWS_ON_LOOP = 64
"""0.8 ms to hold as many ground truths against the declared classes and to score them."""
EXTERNAL_IDS_ON_LOOP = 250
"""0.9 ms to sort, write and read as many external ids for one statement."""
LOGGED_ROWS_ON_LOOP = 512
"""0.8 ms to turn as many new rows into what a commit writes, the daily summaries included."""
READ_ROWS_ON_LOOP = 100
"""0.4 ms to turn as many rows of the database into requests."""
MASKED_CHARACTERS_ON_LOOP = 64 * 1024
"""1.2 ms to hide the private values in as long inputs; ordinary pages hold a few ten thousand characters."""
GROUPS_ON_LOOP = 100
"""0.7 ms to turn as many rows into groups with all figures."""
CLASSES_ON_LOOP = 2_000
"""1 to 2 ms to compare as many classes with a text for the nearest one, for a ground truth that is refused."""
FEEDBACK_ITEMS_ON_LOOP = 100
"""0.1 ms to make commands of as many GraphQL inputs; one that is wrong costs ten times as much as a good one."""
BODY_BYTES_ON_LOOP = 64 * 1024
"""0.6 ms to decode as much JSON or as long a form."""
COMPRESSED_BYTES_ON_LOOP = 48 * 1024
"""0.5 ms to compress as long an answer."""
REST_ROWS_ON_LOOP = 256
"""0.1 ms to shape and encode as many predictions."""
ANSWER_OBJECTS_ON_LOOP = 500
"""0.1 ms to encode as many objects of one level; connections and nodes have several."""
LIST_ITEMS_ON_LOOP = 50
"""1.7 ms to complete as many edges with five fields, reading included: below that, turns cost more than they give."""
DOCUMENT_TOKENS_ON_LOOP = 50
"""1 ms to validate as long a document, once: after that its result is kept."""
CHECK_PIECE_SECONDS = 0.0003
"""For which a stranger's document is checked in one go, in a thread; then it lets go of the interpreter for as long.
A prediction takes it some ten times: without this one in a hundred took 24 ms beside checks of 14 ms, with it 6 ms."""

PAUSE_FACTOR = 4.0
"""Background work pauses for so many times as long as it has taken: it takes a fifth of the event loop at most."""
FIGURES_PAUSE_FACTOR = 20.0
"""The same for the figures of followed A/B tests, whose sums grow with the test."""
SHORTEST_PAUSE = 0.05
"""Seconds between two rounds that follow the request log, however short they are."""
RETRY_SECONDS = 0.5
"""Until something is read again that the database did not give."""
STORE_SECONDS = 0.5
"""Between two looks at the artifact store; one takes some microseconds a file, in a thread."""
SWITCH_SECONDS_WHILE_LOADING = 0.0005
"""For which one thread goes on while others wait for the interpreter, as long as a model is loaded behind calls."""

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread_if(is_much: bool, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `function` returns; called in a thread where it has so much to do that it would exceed the budget."""
    return await asyncio.to_thread(function, *args, **kwargs) if is_much else function(*args, **kwargs)


async def let_go(many: list[Any] | dict[str, Any]) -> None:
    """Empty in a thread what a large call came with or is answered, when nobody else holds it.

    Freeing 10,000 rows takes 4 ms.
    """
    await asyncio.to_thread(many.clear)


async def wait_until(event: asyncio.Event, at: float) -> None:
    """Return when `event` is set, and at the time `at` of the event loop if it is not set by then."""
    try:
        async with asyncio.timeout_at(at):
            await event.wait()
    except TimeoutError:
        return
