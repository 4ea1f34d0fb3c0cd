"""The database: transactions for use cases, readers for the edges, and word of what other processes change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError

from domain.callers import asking
from domain.errors import CommitUnknown, DatabaseUnavailable, Overloaded
from domain.turns import ReaderTurns
from domain.words import Durability
from orm.connection import schema
from orm.connection.backends import OWN_READERS, WAIT_SECONDS, Backend, PostgresBackend, backend_of
from orm.connection.catalog_revision import bump_catalog, catalog_revision
from orm.connection.catalog_watch import Callback, watch
from orm.connection.client import Reader, Tx
from orm.connection.config import (
    WRITE_SECONDS,
    PostgresLocation,
    SqliteLocation,
    direct_location_of,
    location_of,
    tortoise_config,
)
from orm.connection.failures import connecting, is_read_only, reading, translating
from orm.connection.postgresql.sessions import Room, is_heard, require_in_force, require_same, room
from orm.connection.schema import LaterMigration, require_usable, this_release
from orm.connection.startup_errors import description_of, opening
from orm.connection.statement import Ask, WritesOf
from orm.connection.write_trial import try_row

LONGEST_WAIT = 30.0
"""How long a caller's read waits for its turn: as long as a query may take by default. A turn comes sooner unless
reads that take seconds are asked for faster than they are answered."""

SHARE = 2
"""How many readers one caller may hold at once: half of them, so that the next caller finds one."""

HEAVY = 2
"""How many heavy reads run at once, whoever asks: each keeps a processor busy for seconds, and the other half of the
readers is left to reads of pages and single objects."""

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """The open database; made by `Database.open`. One at a time in a process, since Tortoise's state is global."""

    def __init__(
        self,
        location: SqliteLocation | PostgresLocation,
        backend: Backend,
        context: TortoiseContext,
        readers: int,
        direct: PostgresLocation | None = None,
    ) -> None:
        self._location = location
        self._direct = direct
        self._backend = backend
        self.callers_turns = ReaderTurns(readers, min(SHARE, readers))
        self.heavy_turns = ReaderTurns(min(HEAVY, readers), min(HEAVY, readers))
        self.own_turns = ReaderTurns(OWN_READERS, OWN_READERS)
        self._context = context
        self._watches: set[asyncio.Task[None]] = set()
        self.unknown_commits = 0

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        direct_url: str | None = None,
        readers: int = 4,
        read_timeout: float = 10.0,
        migrate: bool = True,
        durability: Durability = Durability.DURABLE,
        release: str | None = None,
    ) -> Self:
        """Opens the database of `url`, after bringing its schema up to date unless told not to.

        `readers` is how many reads of callers run at once: four keep the one core of a process busy while some wait for
        the disk. Each statement of a read is stopped after `read_timeout` seconds: what takes longer than ten waits for
        a lock or lacks an index, and holds one of the four. `durability` holds for every transaction. `direct_url` is
        the way past the pooler that `url` names, for what needs a session: locks of a start, and listening. Raises
        InvalidSettings, SchemaTooNew when this `release` does not work on what a later one has made of the database,
        and DatabaseUnavailable when it cannot be reached.
        """
        location, release = location_of(url), release or this_release()
        direct = None if direct_url is None else direct_location_of(direct_url, url)
        if migrate:
            await schema.migrate(url, release, direct_url=direct_url)
        context = TortoiseContext()
        with context:
            config = tortoise_config(
                url,
                statement_timeout=WRITE_SECONDS,
                create=False,
                durability=durability,
                pooled=direct is not None,
            )
            await context.init(config=config, _enable_global_fallback=True)
        pooled_as = None if direct is None else durability
        backend = backend_of(location, context, readers, read_timeout, pooled_as)
        database = cls(location, backend, context, readers, direct)
        try:
            with opening(location):
                await database.ping()
                if direct is not None:
                    await database.read(require_same, direct)
            if not migrate:
                require_usable(await database.later_migrations(), release, location)
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def name(self) -> str:
        """Which database it is, in words and without a password, such as `the database file /srv/arbiter.db`."""
        return description_of(self._location)

    @property
    def dialect(self) -> str:
        """Either `sqlite` or `postgres`."""
        return self._backend.dialect

    async def close(self) -> None:
        """Stops the watches and closes every connection."""
        for task in self._watches:
            task.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        self._watches.clear()
        for close in (self._backend.close, self._context.close_connections):
            try:
                await close()
            except Exception as error:
                # The other end may be gone. What was committed stays, and that is what the caller hears of.
                log.warning("A connection to the database could not be closed: %s", error)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """The only unit of work: committed at the end of the block, rolled back when it raises.

        On SQLite it takes the write lock at once, so what it reads stays true until it commits. Queries take
        it as their first argument. Raises DatabaseUnavailable when the database is locked, read-only or
        gone; then nothing was stored. Raises CommitUnknown when the commit was not answered.
        """
        with self._counting_unknown(), translating():
            async with self._backend.transaction() as tx:
                yield tx

    async def write(self, writes: WritesOf, ask: Ask | None = None) -> None:
        """A `transaction` of what is known beforehand, after one question at most: with fewer hops and round trips.

        `writes` is called when its turn has come, with the rows that `ask` found. On SQLite that is in a thread, where
        there is a question: nothing else may touch meanwhile what it touches. Raises what `transaction` raises.
        """
        with self._counting_unknown(), translating():
            await self._backend.write(writes, ask)

    @contextmanager
    def _counting_unknown(self) -> Iterator[None]:
        try:
            yield
        except CommitUnknown as error:
            self.unknown_commits += 1
            log.warning("A commit was not answered: %s", error.message)
            raise

    def reader(self, *, heavy: bool = False) -> AbstractAsyncContextManager[Reader]:
        """A read-only connection for what a caller asks for, in the caller's turn (`domain.callers.asking`).

        A `heavy` read adds up or counts what may be very many rows: few of them run at once, so that others find a
        reader. Raises QueryTimeout when a statement took too long (it was stopped), DatabaseUnavailable when the
        database is gone, and Overloaded when no reader came free in time.
        """
        turns = (self.heavy_turns, self.callers_turns) if heavy else (self.callers_turns,)
        return _InTurn(self._backend, turns)

    @asynccontextmanager
    async def own_reader(self) -> AsyncIterator[Reader]:
        """A read-only connection for what the server itself needs, which no caller's reads can keep it from.

        That is: health, keys, the catalogue, idempotency, what a write answers with. Only reads that take
        milliseconds, whatever the database holds, may use it. Raises QueryTimeout and DatabaseUnavailable.
        """
        with reading(), connecting():
            await self.own_turns.take("", WAIT_SECONDS)
        try:
            with reading():
                async with self._backend.reader(own=True) as reader:
                    yield reader
        finally:
            self.own_turns.give_back("")

    async def ping(self) -> None:
        """Returns when the database answers and has its tables. Raises DatabaseUnavailable."""
        try:
            async with self.own_reader() as reader:
                await catalog_revision(reader)
        except OperationalError as error:
            raise DatabaseUnavailable("The database lacks its tables; run `arbiter migrate`.") from error

    async def try_to_store(self) -> None:
        """Returns when a prediction could be stored now: a row is written and taken back in one transaction.

        Raises what `transaction` raises when it could not, and whatever else the database says to the row.
        """
        await self._backend.require_room()
        try:
            async with self.transaction() as tx:
                await try_row(tx)
        except DatabaseUnavailable as error:
            if error.__cause__ is None or not is_read_only(error.__cause__):
                raise
            # The pool opens a connection in the place of one that was cut, at once: it knows the database as it
            # was then. Now all are opened anew, and a recovery is seen at the first trial after it.
            async with self.transaction() as tx:
                await try_row(tx)

    async def pending_migrations(self) -> list[str]:
        """Names of the migrations that this version of Arbiter has and the database has not, oldest first."""
        async with self.own_reader() as reader:
            return await schema.pending_migrations(reader)

    async def later_migrations(self) -> list[LaterMigration]:
        """The migrations that the database has and this version of Arbiter does not know, oldest first."""
        return await self.read(schema.later_migrations)

    async def give_room_back(self, pages: int) -> int:
        """Has a SQLite file give up to so many free pages back to the disk; how many it was.

        A twentieth of the file stays free, since it is soon used again. 0 where the file was made without this (see
        docs/retention.md), and on PostgreSQL, which looks after itself. Raises DatabaseUnavailable.
        """
        with translating():
            return await self._backend.give_room_back(pages)

    async def bump_catalog(self, tx: Tx) -> None:
        """Tells every process, when `tx` commits, that a status, a test, an endpoint or a key changed."""
        await bump_catalog(tx)

    async def read(
        self, query: Callable[Concatenate[Reader, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `query` finds with a reader of its own: for a question of one query."""
        async with self.reader() as reader:
            return await query(reader, *args, **kwargs)

    async def require_in_force(self) -> None:
        """Returns when the database keeps to the bounds that reads and writes ask for. Raises Misconfigured."""
        if isinstance(self._backend, PostgresBackend):
            async with self.own_reader() as reader:
                await require_in_force(reader, self._backend.asked_of_reads)
            async with self.transaction() as tx:
                await require_in_force(tx, self._backend.asked_of_writes)

    async def is_heard(self) -> bool:
        """Whether a change in one process is told to the others; if not, they see it when they ask, in a second."""
        location = self._direct or self._location
        if isinstance(location, SqliteLocation):
            return True
        return await is_heard(location, self._told)

    async def _told(self, notification: str) -> None:
        async with self.transaction() as tx:
            await tx.execute_query(notification)

    async def room(self) -> Room | None:
        """What the processes of this database may take of the connections that there are; None on SQLite."""
        if not isinstance(self._backend, PostgresBackend):
            return None
        async with self.own_reader() as reader:
            return await room(reader, self._backend.most_connections)

    def listen(self, callback: Callback) -> None:
        """Calls `callback` with the catalogue's revision, once soon and then after each change, until closed.

        Call it at start-up, outside any transaction. Changes in a burst may share a call. A callback that
        raises is called again.
        """
        self._watches.add(
            asyncio.create_task(watch(self._direct or self._location, callback), name="catalogue watch")
        )


class _InTurn(AbstractAsyncContextManager[Reader]):
    """A reader for a block, in the turn of the caller who asks; generators would take several times as long."""

    __slots__ = ("_backend", "_caller", "_held", "_reader", "_turns")

    def __init__(self, backend: Backend, turns: Sequence[ReaderTurns]) -> None:
        self._backend = backend
        self._turns = turns
        self._held: list[ReaderTurns] = []

    async def __aenter__(self) -> Reader:
        self._caller = asking()
        try:
            for turns in self._turns:
                await _turn(turns, self._caller)
                self._held.append(turns)
            with reading():
                self._reader = self._backend.reader(own=False)
                return await self._reader.__aenter__()
        except BaseException:
            self._give_back()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            with reading():
                await self._reader.__aexit__(kind, error, traceback)
            reading().__exit__(kind, error, traceback)
        finally:
            self._give_back()

    def _give_back(self) -> None:
        while self._held:
            self._held.pop().give_back(self._caller)


async def _turn(turns: ReaderTurns, caller: str) -> None:
    """Takes a place. Raises Overloaded when none came free in time."""
    try:
        await turns.take(caller, LONGEST_WAIT)
    except TimeoutError:
        raise Overloaded(
            f"Other reads kept all {turns.places} readers busy for {LONGEST_WAIT:g} seconds: try again later, or ask "
            "for less at once.",
            retry_after=WAIT_SECONDS,
        ) from None
