"""Callers with keys that hold `read`, who ask for what takes long: aggregates over a whole history, or a page.

    python -m bench.analysts URL CALLS --key SECRET --key SECRET --each 5    so many calls of each key, once told to end
    python -m bench.analysts URL CALLS --key SECRET --pause 0.2              calls until told to end
    python -m bench.analysts URL CALLS --key SECRET --key SECRET --each 5 --in-turn

CALLS is a file with a JSON object a line: `method`, `path` and `body`. A key sends its next call when its last one was
answered; with `--in-turn` only one key calls at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from bench.client import Answer, Connection, connected, message
from bench.workers import say, working

NICENESS = 10
"""Analysts have machines of their own."""


@dataclass(slots=True)
class Work:
    """What is asked for, how often (`each` None: until told to end), and what came of it."""

    url: str
    calls: Sequence[dict[str, str]]
    each: int | None
    pause: float
    seconds: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    async def of(self, number: int, key: str, told: asyncio.Task[Any]) -> None:
        """All calls of one key; each analyst begins with another one."""
        connection = await connected(self.url)
        for turn in range(self.each) if self.each is not None else itertools.count():
            if told.done() and self.each is None:
                break
            await self._one(connection, self.calls[(number + turn) % len(self.calls)], key)
            if self.pause:
                await asyncio.wait((told,), timeout=self.pause)
        connection.close()

    async def _one(self, connection: Connection, call: dict[str, str], key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        began = time.perf_counter()
        answer = await connection.call(message(call["method"], call["path"], call["body"].encode(), headers))
        self.seconds.append(time.perf_counter() - began)
        self.answers[outcome_of(answer)] += 1


def outcome_of(answer: Answer) -> str:
    """`200`, another status, or the code of an error within a GraphQL answer."""
    found = json.loads(answer.body) if answer.body else None
    if isinstance(found, dict) and found.get("errors"):
        return str(found["errors"][0].get("extensions", {}).get("code"))
    return str(answer.status)


async def analyse(work: Work, keys: Iterable[str], *, in_turn: bool) -> dict[str, Any]:
    """Let all keys work; how long that took together, and what was answered."""
    async with working(niceness=NICENESS) as told:
        if work.each is not None:
            await told
        began = time.perf_counter()
        all_of_them = [work.of(number, key, told) for number, key in enumerate(keys)]
        if in_turn:
            for one in all_of_them:
                await one
        else:
            await asyncio.gather(*all_of_them)
        took = time.perf_counter() - began
    return {
        "seconds": took,
        "calls": len(work.seconds),
        "slowest": max(work.seconds),
        "answers": dict(work.answers),
    }


def main() -> None:
    """Ask, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.analysts", description="Ask for what takes long.")
    parser.add_argument("url")
    parser.add_argument("calls", type=Path)
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--each", type=int)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--in-turn", action="store_true")
    options = parser.parse_args()
    calls = [json.loads(line) for line in options.calls.read_text("utf-8").splitlines()]
    work = Work(options.url, calls, options.each, options.pause)
    say(uvloop.run(analyse(work, options.key, in_turn=options.in_turn)))


if __name__ == "__main__":
    main()
