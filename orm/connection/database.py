"""The database: transactions for use cases, readers for the edges, and word of what other processes change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import Concatenate, ParamSpec, Protocol, Self, TypeVar, cast

from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError

from domain.callers import asking
from domain.errors import CommitUnknown, DatabaseUnavailable, Overloaded
from domain.turns import ReaderTurns
from domain.words import Durability
from orm.connection import schema
from orm.connection.catalog_revision import bump_catalog, catalog_revision
from orm.connection.catalog_watch import Callback, watch
from orm.connection.client import Reader, Tx
from orm.connection.config import (
    WRITE_SECONDS,
    PostgresLocation,
    SqliteLocation,
    alias_of,
    location_of,
    postgres_credentials,
    tortoise_config,
)
from orm.connection.engine import SqliteReaders, SqliteWriter
from orm.connection.failures import connecting, is_read_only, reading, translating
from orm.connection.postgres import pinned, transaction
from orm.connection.schema import LaterMigration, require_usable, this_release
from orm.connection.startup_errors import description_of, opening
from orm.connection.statement import Statement, Write, write_rows
from orm.connection.write_trial import require_room, try_row

WAIT_SECONDS = 10.0
"""How long a transaction waits for the writer, and the server itself for one of its own readers."""

LONGEST_WAIT = 30.0
"""How long a caller's read waits for its turn: as long as a query may take by default. A turn comes sooner unless
reads that take seconds are asked for faster than they are answered."""

SHARE = 2
"""How many readers one caller may hold at once: half of them, so that the next caller finds one."""

HEAVY = 2
"""How many heavy reads run at once, whoever asks: each keeps a processor busy for seconds, and the other half of the
readers is left to reads of pages and single objects."""

OWN_READERS = 2
"""Readers that only the server's own needs use. Each takes milliseconds; the second one is for when one is slow."""

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

MOST_CONNECTIONS = """SELECT current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int AS connections"""


class Backend(Protocol):
    """What the two kinds of database do differently."""

    dialect: str

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that serialises with other writers as far as the database needs."""

    def reader(self, *, own: bool) -> AbstractAsyncContextManager[Reader]:
        """A read-only connection, `own` for one of the server's own; there is one for each turn."""

    async def write(self, writes: Callable[[], Sequence[Write]]) -> None:
        """A transaction of these writes alone; they are asked for when its turn has come."""

    async def require_room(self) -> None:
        """Raises DatabaseUnavailable when it is known beforehand that there is no room for a row."""

    async def close(self) -> None:
        """Closes the readers; the writer is Tortoise's to close."""


class SqliteBackend:
    """One writer, and a few read-only connections with a thread each."""

    dialect = "sqlite"

    def __init__(
        self, location: SqliteLocation, writer: SqliteWriter, readers: int, read_timeout: float
    ) -> None:
        self._path = location.path
        self._writer = writer
        self._callers = SqliteReaders(location.path, readers, read_timeout, yielding=True)
        self._own = SqliteReaders(location.path, OWN_READERS, read_timeout)

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """BEGIN IMMEDIATE, one at a time."""
        return self._writer.transaction(WAIT_SECONDS)

    async def write(self, writes: Callable[[], Sequence[Write]]) -> None:
        """The same, in one go of the writer's thread."""
        await self._writer.write(writes, WAIT_SECONDS)

    def reader(self, *, own: bool) -> AbstractAsyncContextManager[Reader]:
        """A connection that nobody else uses meanwhile."""
        return (self._own if own else self._callers).one()

    async def require_room(self) -> None:
        """Looks at the disk, in a thread: one that hangs must not hold the others."""
        await asyncio.to_thread(require_room, self._path)

    async def close(self) -> None:
        """Closes the read-only connections."""
        await self._callers.close()
        await self._own.close()


class PostgresBackend:
    """A pool for writing, one for what callers read, and one for what the server reads for itself."""

    dialect = "postgres"

    def __init__(
        self, location: PostgresLocation, writer: AsyncpgDBClient, readers: int, read_timeout: float
    ) -> None:
        self._writer = writer
        self._callers, self._own = (
            AsyncpgDBClient(
                connection_name="reader",
                **postgres_credentials(location, pool=pool, statement_timeout=read_timeout, read_only=True),
            )
            for pool in (readers, OWN_READERS)
        )

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """READ COMMITTED, on a connection of the writers' pool."""
        return transaction(self._writer, WAIT_SECONDS)

    async def write(self, writes: Callable[[], Sequence[Write]]) -> None:
        """The same, with one statement between BEGIN and COMMIT."""
        async with self.transaction() as tx:
            await write_rows(tx, *writes())

    def reader(self, *, own: bool) -> AbstractAsyncContextManager[Reader]:
        """A connection of one of the readers' pools."""
        return pinned(self._own if own else self._callers, WAIT_SECONDS)

    async def require_room(self) -> None:
        """Only the database's own machine knows its disk; what it lacks shows when a row is written."""

    async def close(self) -> None:
        """Closes the readers' pools."""
        await self._callers.close()
        await self._own.close()


class Database:
    """The open database; made by `Database.open`. One at a time in a process, since Tortoise's state is global."""

    def __init__(
        self,
        location: SqliteLocation | PostgresLocation,
        backend: Backend,
        context: TortoiseContext,
        readers: int,
    ) -> None:
        self._location = location
        self._backend = backend
        self.callers_turns = ReaderTurns(readers, min(SHARE, readers))
        self.heavy_turns = ReaderTurns(min(HEAVY, readers), min(HEAVY, readers))
        self.own_turns = ReaderTurns(OWN_READERS, OWN_READERS)
        self._context = context
        self._watches: set[asyncio.Task[None]] = set()
        self.unknown_commits = 0

    CONNECTIONS = 15
    """To PostgreSQL, at most: 8 to write, 4 and 2 to read, and one on which changes are heard of."""

    async def most_connections(self) -> int | None:
        """How many connections the database takes from all who are no superusers; None where that is unbounded."""
        if self.dialect != "postgres":
            return None
        async with self.own_reader() as reader:
            return int(await Statement(reader).value(MOST_CONNECTIONS))

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        readers: int = 4,
        read_timeout: float = 10.0,
        migrate: bool = True,
        durability: Durability = Durability.DURABLE,
        release: str | None = None,
    ) -> Self:
        """Opens the database of `url`, after bringing its schema up to date unless told not to.

        `readers` is how many reads of callers run at once: four keep the one core of a process busy while some wait for
        the disk. Each statement of a read is stopped after `read_timeout` seconds: what takes longer than ten waits for
        a lock or lacks an index, and holds one of the four. `durability` holds for every transaction. Raises
        InvalidSettings, SchemaTooNew when this `release` does not work on what a later one has made of the database,
        and DatabaseUnavailable when it cannot be reached.
        """
        location, release = location_of(url), release or this_release()
        if migrate:
            await schema.migrate(url, release)
        context = TortoiseContext()
        with context:
            config = tortoise_config(
                url, statement_timeout=WRITE_SECONDS, create=False, durability=durability
            )
            await context.init(config=config, _enable_global_fallback=True)
        database = cls(location, _backend(location, context, readers, read_timeout), context, readers)
        try:
            with opening(location):
                await database.ping()
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

    async def write(self, writes: Callable[[], Sequence[Write]]) -> None:
        """A `transaction` whose statements are known beforehand and read nothing: with fewer hops and round trips.

        `writes` is called when its turn has come. Raises what `transaction` raises.
        """
        with self._counting_unknown(), translating():
            await self._backend.write(writes)

    @contextmanager
    def _counting_unknown(self) -> Iterator[None]:
        try:
            yield
        except CommitUnknown as error:
            self.unknown_commits += 1
            log.warning("A commit was not answered: %s", error.message)
            raise

    @asynccontextmanager
    async def reader(self, *, heavy: bool = False) -> AsyncIterator[Reader]:
        """A read-only connection for what a caller asks for, in the caller's turn (`domain.callers.asking`).

        A `heavy` read adds up or counts what may be very many rows: few of them run at once, so that others find a
        reader. Raises QueryTimeout when a statement took too long (it was stopped), DatabaseUnavailable when the
        database is gone, and Overloaded when no reader came free in time.
        """
        caller = asking()
        async with AsyncExitStack() as held:
            for turns in (self.heavy_turns, self.callers_turns) if heavy else (self.callers_turns,):
                await _turn(turns, caller)
                held.callback(turns.give_back, caller)
            with reading():
                async with self._backend.reader(own=False) as reader:
                    yield reader

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

    async def bump_catalog(self, tx: Tx) -> None:
        """Tells every process, when `tx` commits, that a status, a test, an endpoint or a key changed."""
        await bump_catalog(tx)

    async def read(
        self, query: Callable[Concatenate[Reader, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `query` finds with a reader of its own: for a question of one query."""
        async with self.reader() as reader:
            return await query(reader, *args, **kwargs)

    def listen(self, callback: Callback) -> None:
        """Calls `callback` with the catalogue's revision, once soon and then after each change, until closed.

        Call it at start-up, outside any transaction. Changes in a burst may share a call. A callback that
        raises is called again.
        """
        self._watches.add(asyncio.create_task(watch(self._location, callback), name="catalogue watch"))


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


def _backend(
    location: SqliteLocation | PostgresLocation, context: TortoiseContext, readers: int, read_timeout: float
) -> Backend:
    writer = context.connections.get(alias_of(location))
    if isinstance(location, SqliteLocation):
        return SqliteBackend(location, cast(SqliteWriter, writer), readers, read_timeout)
    return PostgresBackend(location, cast(AsyncpgDBClient, writer), readers, read_timeout)
