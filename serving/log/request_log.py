"""The request log: group commit. An answer leaves only after its row is durable.

The loop has no timer: while one batch is being committed, the next one queues. A lone caller waits for its own
commit; sixty-four callers share one. A row that the database refuses fails alone: the batch is halved until
the poison row stands by itself, within a call of many rows too.

An outage is no poison: when the database is unavailable, every call of the batch gets that error at once. Halving
would only ask again and again, while the callers wait and the queue fills. Nobody tries again on their behalf: who
sends an idempotency key can do that, and is answered once. This holds for a COMMIT whose answer was lost as well: its
callers hear that nobody knows, and if the rows are there, the key is there with them: the repeated call gets the
answer of the first.

External ids are written with the rows. A call with one that is taken is left out of its commit and hears so; the
others of the commit are stored as if it had not been there.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from domain.errors import ArbiterError, CommitUnknown, DatabaseUnavailable, Overloaded
from domain.history.daily import changes_of_requests
from domain.pacing import LOGGED_ROWS_ON_LOOP, RUN_ROWS_ON_LOOP, in_thread_if
from domain.requests.external_ids import TakenId
from domain.requests.new_request import NewRequest
from orm.connection.client import Tx
from orm.connection.database import Database
from orm.connection.statement import Write, write_rows
from orm.queries.figures import summary_writes
from orm.queries.history import idempotency, insertion
from serving.execution.background import BackgroundTask
from serving.log.external_claims import claim_external_ids
from serving.log.health import LogHealth
from serving.log.id_clock import IdClock
from serving.log.key_purge import KeyPurge
from serving.log.value_counter import ValueCounter
from serving.ports import Clock

MAX_BATCH = 512
KEY_LIFETIME = timedelta(days=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A caller's idempotency key for the rows that are appended with it."""

    principal: str
    key: str
    fingerprint: str


class AlreadyClaimed(Exception):
    """Another call has stored rows under this key in the meantime; nothing of this one was stored."""


class ExternalIdsTaken(Exception):
    """Stored requests have external ids of these rows already; nothing of this call was stored."""

    def __init__(self, taken: Sequence[TakenId]) -> None:
        super().__init__(taken)
        self.taken = taken


class _TryAgain(Exception):
    """The call must come in a later commit: it waited for another one of this commit, which was not stored."""


class _RolledBack(Exception):
    """Ends a transaction that only tried whether rows can be stored."""


@dataclass(slots=True)
class _Entry:
    rows: Sequence[NewRequest]
    claim: Claim | None
    future: asyncio.Future[list[NewRequest]]

    def settle(self, result: list[NewRequest] | Exception) -> None:
        if self.future.done():  # the caller was cancelled: its rows are kept, nobody waits for the answer
            return
        if isinstance(result, Exception):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


class RequestLog:
    """Appends rows durably, in batches that form by themselves; bounded, and drained by `close`.

    `queue_rows` rows may wait: two of the largest batches, beyond which a caller is refused at once. `on_commit` is
    called with the ids of each batch once it is durable; it must return at once. `health` knows whether rows can be
    stored now, `external_ids_taken` how many calls came with an external id that a stored request has. `values` counts
    what is asked and answered.
    """

    def __init__(
        self,
        database: Database,
        ids: IdClock,
        clock: Clock,
        *,
        queue_rows: int = 20_000,
        on_commit: Callable[[Sequence[int]], None] | None = None,
        values: ValueCounter | None = None,
    ) -> None:
        self._database = database
        self._ids = ids
        self._clock = clock
        self._queue_rows = queue_rows
        self._on_commit = on_commit
        self.values = values
        self._queue: deque[_Entry] = deque()
        self._waiting = 0
        self._writer = BackgroundTask("request log")
        self._closed = False
        self._purge = KeyPurge(database, clock)
        self.health = LogHealth(database)
        self.external_ids_taken = 0

    @property
    def waiting(self) -> int:
        """How many rows wait to be stored."""
        return self._waiting

    async def append(self, rows: Sequence[NewRequest], claim: Claim | None = None) -> list[NewRequest]:
        """Store `rows` together and return them as stored, with their ids.

        A row of a test that has ended meanwhile is stored without the test. Raises Overloaded when the queue is
        full, AlreadyClaimed when the claim's key has been used, ExternalIdsTaken when an external id has been,
        DatabaseUnavailable when nothing was stored, CommitUnknown when the commit was not answered.
        A caller that is cancelled while it waits loses the answer, not the rows.
        """
        future: asyncio.Future[list[NewRequest]] = asyncio.get_running_loop().create_future()
        self.enqueue(rows, claim, future)
        return await future

    def enqueue(
        self, rows: Sequence[NewRequest], claim: Claim | None, future: asyncio.Future[list[NewRequest]]
    ) -> None:
        """Have `append` done and its result, or what it raises, given to `future`. Raises Overloaded at once."""
        if self._closed:
            raise Overloaded("The server is shutting down; try another one.")
        if self._waiting and self._waiting + len(rows) > self._queue_rows:
            raise Overloaded(f"{self._waiting} requests wait to be stored; try again later.")
        self._queue.append(_Entry(rows, claim, future))
        self._waiting += len(rows)
        self._writer.start(self._write)

    async def require_number(self) -> None:
        """Return when this process can make ids. Raises DatabaseUnavailable where others hold all writer numbers."""
        await self._ids.require_number()

    async def close(self) -> None:
        """Refuse new rows, store those that wait, give the writer number back."""
        self._closed = True
        await self._writer.finish()
        await self._purge.close()
        await self.health.close()
        await self._ids.close()

    async def _write(self) -> None:
        while self._queue:
            await self._store(self._take())

    def _take(self) -> list[_Entry]:
        entries: list[_Entry] = []
        count = 0
        while self._queue and (not entries or count + len(self._queue[0].rows) <= MAX_BATCH):
            entry = self._queue.popleft()
            self._waiting -= len(entry.rows)
            entries.append(entry)
            count += len(entry.rows)
        return entries

    async def _store(self, entries: Sequence[_Entry]) -> None:
        """Commit `entries` together; when the database refuses them, halve until the guilty one stands alone."""
        try:
            results = await self._commit(entries)
        except (DatabaseUnavailable, CommitUnknown) as error:
            self.health.record_failure(error.message)
            for entry in entries:
                entry.settle(error)
        except Exception as error:  # whatever one row provokes must not hurt the others
            if len(entries) > 1:
                middle = len(entries) // 2
                await self._store(entries[:middle])
                await self._store(entries[middle:])
                return
            await self._store_alone(entries[0], error)
        else:
            self._settle(entries, results)

    def _settle(self, entries: Sequence[_Entry], results: Sequence[list[NewRequest] | Exception]) -> None:
        """Give each call its result; those that must be tried again come first in the next commit."""
        again = []
        for entry, result in zip(entries, results, strict=True):
            if isinstance(result, _TryAgain):
                again.append(entry)
            else:
                self.external_ids_taken += isinstance(result, ExternalIdsTaken)
                entry.settle(result)
        self._queue.extendleft(reversed(again))
        self._waiting += sum(len(entry.rows) for entry in again)

    async def _store_alone(self, entry: _Entry, error: Exception) -> None:
        """Settle a call that failed with `error` by itself: store it anew, without what refused rows hold.

        No caller can send such a row: each edge refuses what the columns cannot hold. What slips through all the
        same must neither take its batch along nor stop a file at that row for ever.
        """
        result: list[NewRequest] | Exception = error
        try:
            refused = [] if isinstance(error, ArbiterError) else await self._refused(entry.rows)
            for row in refused:
                row.refuse()
            if refused:
                (result,) = await self._commit([entry])
                for row in refused:
                    _log_failure(
                        f"request {row.id} was refused by the database and kept without its input", error
                    )
            elif not isinstance(error, ArbiterError):
                _log_failure("a request could not be stored", error)
        except ArbiterError as again:  # the database went away meanwhile: the call can be made again
            result = again
        except Exception as again:
            _log_failure("a request could not be stored", again)
        self._settle([entry], [result])

    async def _refused(self, rows: Sequence[NewRequest]) -> list[NewRequest]:
        """Those rows that the database refuses by themselves, found by storing halves and undoing that."""
        if await self._fits(rows):
            return []
        if len(rows) == 1:
            return list(rows)
        middle = len(rows) // 2
        return await self._refused(rows[:middle]) + await self._refused(rows[middle:])

    async def _fits(self, rows: Sequence[NewRequest]) -> bool:
        try:
            async with self._database.transaction() as tx:
                await insertion.insert_requests(tx, rows)
                raise _RolledBack  # noqa: TRY301  it rolls the transaction back
        except _RolledBack:
            return True
        except ArbiterError:
            raise
        except Exception:  # which error it is tells the log, once the row is found
            return False

    async def _commit(self, entries: Sequence[_Entry]) -> list[list[NewRequest] | Exception]:
        rows = [row for entry in entries for row in entry.rows]
        # New ids at each attempt, also after a batch was halved: so a writer's ids are committed in ascending order,
        # on which the tail of the log relies.
        for start in range(0, len(rows), LOGGED_ROWS_ON_LOOP):
            if start:
                await asyncio.sleep(0)
            some = rows[start : start + LOGGED_ROWS_ON_LOOP]
            await self._ids.reserve(len(some))
            for row, request_id in zip(some, self._ids.take(len(some)), strict=True):
                row.id = request_id
        writer = await self._ids.writer()
        with self._ids.shards.enter(writer) as shard_number, self._counting():
            if _claims_nothing(entries):
                results: list[list[NewRequest] | Exception] = [list(entry.rows) for entry in entries]
                await self._commit_plain(rows, shard_number)
            else:
                results, rows = await self._commit_checked(entries, rows, shard_number)
        self._after_commit(
            [row.id for row in rows], claimed=any(entry.claim is not None for entry in entries)
        )
        return results

    async def _commit_plain(self, rows: list[NewRequest], shard_number: Callable[[], int]) -> None:
        """Commit rows of which at most must be asked whether their tests run still."""
        tests = {row.ab_test_id for row in rows if row.ab_test_id is not None}

        def writes(running: Sequence[Any]) -> list[Write]:
            if tests:
                _leave(rows, {test_id for (test_id,) in running})
            return self._writes(rows, shard_number())

        # This locks the tests that run: a verdict waits for these rows, or they are not part of its test.
        await self._database.write(writes, partial(insertion.ask_for_running, tests=tests) if tests else None)

    async def _commit_checked(
        self, entries: Sequence[_Entry], rows: list[NewRequest], shard_number: Callable[[], int]
    ) -> tuple[list[list[NewRequest] | Exception], list[NewRequest]]:
        """Commit calls of which something must be read first: what became of each, and the rows that are stored."""
        async with self._database.transaction() as tx:
            results = await self._claim(tx, entries)
            if any(isinstance(result, Exception) for result in results):
                rows = [row for result in results if not isinstance(result, Exception) for row in result]
            # This locks the tests that run: a verdict waits for these rows, or they are not part of its test.
            await _leave_ended_tests(tx, rows)
            many = len(rows) > LOGGED_ROWS_ON_LOOP
            await write_rows(tx, *await in_thread_if(many, self._writes, rows, shard_number()))
        return results, rows

    @contextmanager
    def _counting(self) -> Iterator[None]:
        """Whatever ends the block early has stored nothing, or nobody knows: what was counted meanwhile is given up."""
        try:
            yield
        except BaseException:
            if self.values is not None:
                self.values.give_up()
            raise

    def _writes(self, rows: Sequence[NewRequest], shard: int) -> list[Write]:
        """What stores rows that have their ids, and what they change in the daily summaries, last and in key order."""
        writes = [
            *insertion.writes_of(rows),
            summary_writes.write_of_requests(shard, changes_of_requests(rows)),
        ]
        return writes if self.values is None else [*writes, self.values.count(rows)]

    async def _claim(self, tx: Tx, entries: Sequence[_Entry]) -> list[list[NewRequest] | Exception]:
        """Write the calls' external ids and idempotency keys; the rows of each that may be stored, or why not.

        First all external ids, then all keys, each in an order of their own: so no two processes wait for each other.
        """
        if not any(row.external_id is not None for entry in entries for row in entry.rows):
            taken = await self._claim_keys(tx, entries)
            return [AlreadyClaimed() if id(entry) in taken else list(entry.rows) for entry in entries]
        names = await claim_external_ids(tx, [entry.rows for entry in entries])
        going = {place: entry for place, entry in enumerate(entries) if names.goes_on(place)}
        used = await self._claim_keys(tx, list(going.values()))
        stored = {place for place, entry in going.items() if id(entry) not in used}
        again = await names.finish(tx, stored)
        results: list[list[NewRequest] | Exception] = []
        for place, entry in enumerate(entries):
            if place in stored:
                results.append(list(entry.rows))
            elif place in names.refused:
                results.append(ExternalIdsTaken(names.refused[place]))
            else:
                results.append(_TryAgain() if place in again else AlreadyClaimed())
        return results

    def _after_commit(self, ids: Sequence[int], *, claimed: bool) -> None:
        """Tell those who follow the log. Where that fails the rows are stored all the same, and so say the answers."""
        try:
            self.health.record_success()
            if self._on_commit is not None:
                self._on_commit(ids)
            if claimed:
                self._purge.after_commit()
        except Exception:
            log.exception("requests are stored, but those who follow the log could not be told")

    async def _claim_keys(self, tx: Tx, entries: Sequence[_Entry]) -> set[int]:
        """Store the claims and return the entries whose key another call has used, by identity.

        In key order, so that two processes with the same keys wait for one another instead of deadlocking.
        """
        claimed = [(entry.claim, entry) for entry in entries if entry.claim is not None]
        refused = set()
        now = self._clock()
        for claim, entry in sorted(claimed, key=lambda pair: (pair[0].principal, pair[0].key)):
            added = await idempotency.add(
                tx,
                principal=claim.principal,
                key=claim.key,
                fingerprint=claim.fingerprint,
                request_ids=[row.id for row in entry.rows],
                now=now,
                expires_at=now + KEY_LIFETIME,
            )
            if not added:
                refused.add(id(entry))
        return refused


def _claims_nothing(entries: Sequence[_Entry]) -> bool:
    """Whether no call has a key or external ids, or so many rows that a thread must put together what is written."""
    if len(entries) == 1 and len(entries[0].rows) > LOGGED_ROWS_ON_LOOP:
        return False
    for entry in entries:
        if entry.claim is not None:
            return False
        for row in entry.rows:
            if row.external_id is not None:
                return False
    return True


def _log_failure(message: str, error: Exception) -> None:
    """Log what failed and where, but not the driver's words, which quote the rows."""
    cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    log.error("%s (%s)\n%s", message, type(cause).__name__, "".join(traceback.format_tb(error.__traceback__)))


async def _leave_ended_tests(tx: Tx, rows: Sequence[NewRequest]) -> None:
    tested: list[NewRequest] = []
    for start in range(0, len(rows), RUN_ROWS_ON_LOOP):
        if start:
            await asyncio.sleep(0)
        tested += [row for row in rows[start : start + RUN_ROWS_ON_LOOP] if row.ab_test_id is not None]
    running = await insertion.running_tests_among(tx, (row.ab_test_id for row in tested))
    for start in range(0, len(tested), RUN_ROWS_ON_LOOP):
        if start:
            await asyncio.sleep(0)
        _leave(tested[start : start + RUN_ROWS_ON_LOOP], running)


def _leave(rows: Sequence[NewRequest], running: Collection[int]) -> None:
    """Store rows of other tests than those that run without their test."""
    for row in rows:
        if row.ab_test_id is not None and row.ab_test_id not in running:
            row.leave_test()
