"""Connections: pages of a list that is walked by key, so that new rows never shift a page."""

from __future__ import annotations

import asyncio
import base64
import binascii
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial, wraps
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, cast

import orjson
import strawberry

from domain.callers import Scope
from domain.errors import InvalidCursor, InvalidPage
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.field_cost import DEFAULT_PAGE, LARGEST_PAGE, FieldCost
from graph.vocabulary.fields import resolved
from graph.vocabulary.ids import LARGEST_ID, in_base64
from graph.vocabulary.permissions import Declaration
from orm.connection.database import Database

LARGEST_COUNT = 10_000
COUNT = FieldCost(5)
MOST_ORDERS = 100
"""Orders of all connections: there are fewer."""

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Paging(NamedTuple):
    """What a connection's arguments say about the page: so many from one end, or from a cursor on."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


_ARGUMENTS: Mapping[str, object] = {
    "first": Annotated[
        int | None,
        strawberry.argument(
            description="How many to list from the start, or behind `after`: 0 to 100, by default 20."
        ),
    ],
    "after": Annotated[
        str | None,
        strawberry.argument(
            description="List what comes behind this cursor, which an edge of this connection gave."
        ),
    ],
    "last": Annotated[
        int | None,
        strawberry.argument(
            description="How many to list from the end, or before `before`: 0 to 100. Not with `first`."
        ),
    ],
    "before": Annotated[
        str | None,
        strawberry.argument(
            description="List what comes before this cursor, which an edge of this connection gave."
        ),
    ],
}


def paged(*, needs: Declaration) -> Callable[[F], F]:
    """Makes a method a field that lists a connection: clients say by four arguments which page they want.

    The method declares none of the four; it takes them together, in its parameter `paging`. This is the only way to
    give a field such arguments, so that no list can be walked in one direction only.
    """
    return lambda method: resolved(needs=needs)(_with_paging(method))


def _with_paging(method: F) -> F:
    @wraps(method)
    def resolve(
        *source: object,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        **others: object,
    ) -> object:
        return method(*source, paging=Paging(first, after, last, before), **others)

    signature = inspect.signature(method)
    others = [one for name, one in signature.parameters.items() if name != "paging"]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _ARGUMENTS.items()
    ]
    resolve.__signature__ = signature.replace(parameters=[*others, *added])  # type: ignore[attr-defined]
    return cast("F", resolve)


class Place(NamedTuple):
    """Where a row stands in an order: its value there (None where the order is by id alone), and its id."""

    value: str | None
    id: int


@dataclass(frozen=True, slots=True)
class Window:
    """Which page is asked for: at most `limit` rows, from the end when `backwards`."""

    order: str
    limit: int
    backwards: bool = False
    after: Place | None = None
    before: Place | None = None

    def cursor(self, place: Place) -> str:
        """The opaque text that names `place` in this window's order."""
        return _cursor(orjson.dumps([self.order, *place]))

    def cursors(self, rows: Iterable[Any], place: Callable[[Any], Place] | None) -> list[str]:
        """The cursors of `rows`, of which `place` says where they stand; without it that is by id alone."""
        if place is not None:
            return [self.cursor(place(row)) for row in rows]
        # Digits, names and the bracket give none of the two letters in which base64 for addresses differs.
        return in_base64(_beginning(self.order), [row.id for row in rows], "]", padded=False)


def _cursor(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@lru_cache(maxsize=MOST_ORDERS)
def _beginning(order: str) -> str:
    """How the cursors of an order by id alone begin."""
    return f"{orjson.dumps([order, None])[:-1].decode()},"


def window(order: str, page: Paging) -> Window:
    """The page that a connection's arguments ask for. `order` names the connection and its order.

    Raises InvalidPage for sizes outside 0..100 and for `first` with `last`, InvalidCursor for a cursor that
    another connection, or another order of this one, has made.
    """
    first, after, last, before = page
    if first is not None and last is not None:
        raise InvalidPage("send either first or last, not both", path=("first",))
    size = last if last is not None else DEFAULT_PAGE if first is None else first
    if not 0 <= size <= LARGEST_PAGE:
        name = "first" if last is None else "last"
        raise InvalidPage(f"{name} must be between 0 and {LARGEST_PAGE}, got {size}", path=(name,))
    return Window(
        order=order,
        limit=size,
        backwards=last is not None,
        after=_place(order, after, "after"),
        before=_place(order, before, "before"),
    )


def _place(order: str, cursor: str | None, argument: str) -> Place | None:
    if cursor is None:
        return None
    try:
        found = orjson.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
    except (binascii.Error, ValueError):
        found = None
    match found:
        case [str() as made_by, None | str() as value, int() as row_id] if (
            made_by == order and 0 <= row_id <= LARGEST_ID
        ):
            return Place(value, row_id)
        case [str(), _, _]:
            reason = "is of another connection or another order; take one from an edge of this one"
        case _:
            reason = "is no cursor; take one from an edge of this connection"
    raise InvalidCursor(f"{argument} {reason}", path=(argument,))


@graphql_type
class PageInfo:
    """Where a page lies in its list.

    Relay's page information; both flags are exact.
    """

    has_next_page: bool = strawberry.field(description="Whether there is more behind this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first edge; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last edge; null on an empty page."
    )


@graphql_type
class Edge(Generic[T]):
    """One place in a list: an object and the cursor that names its place."""

    cursor: str = strawberry.field(description="Names this place; opaque. Pass it as `after` or `before`.")
    node: T = strawberry.field(description="The object at this place.")


class Total(NamedTuple):
    """How many rows a list has as far as they are counted, and whether there are more."""

    number: int
    capped: bool

    @classmethod
    def of(cls, counted: int) -> Total:
        """The total where counting stops at LARGEST_COUNT + 1."""
        return cls(min(counted, LARGEST_COUNT), counted > LARGEST_COUNT)


@dataclass(slots=True)
class LazyTotal:
    """Counts once, when first asked."""

    count: Callable[[], Awaitable[Total]]
    found: Total | None = None
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self) -> Total:
        """How many there are."""
        async with self.counting:  # both fields that ask are resolved at once
            if self.found is None:
                self.found = await self.count()
        return self.found


@graphql_type
class Connection(Generic[T]):
    """A page of a list, in a fixed order.

    The list as a whole is counted only if that is asked for.
    """

    total: strawberry.Private[LazyTotal]
    edges: list[Edge[T]] = strawberry.field(description="The objects of this page with their cursors.")
    nodes: list[T] = strawberry.field(description="The objects of this page, for those who need no cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")

    @resolved(needs=Scope.READ, cost=COUNT)
    async def total_count(self) -> int:
        """How many objects the whole list has, whatever the page; counting stops at 10,000."""
        return (await self.total.get()).number

    @resolved(needs=Scope.READ, cost=COUNT)
    async def total_count_is_capped(self) -> bool:
        """Whether the list is longer than `totalCount` says, since counting stopped."""
        return (await self.total.get()).capped


class _Edge(NamedTuple):
    """An Edge as it is made of rows: a tenth of the time that the class takes."""

    cursor: str
    node: object


_edge = partial(tuple.__new__, _Edge)


def connect(
    rows: Sequence[T],
    page: Window,
    *,
    place: Callable[[T], Place] | None = None,
    count: Callable[[], Awaitable[Total]],
    with_edges: bool = True,
) -> Connection[T]:
    """The connection of `rows`: in the list's order, with one more than `page.limit` if there is more.

    The surplus row is the last one, or the first when the page is read backwards. `place` where the order is not by id
    alone; `with_edges` unless nobody looks at them.
    """
    surplus = len(rows) > page.limit
    if surplus:
        rows = rows[1:] if page.backwards else rows[: page.limit]
    ends = (rows[0], rows[-1]) if rows and not with_edges else ()
    cursors = page.cursors(rows if with_edges else ends, place)
    edges = list(map(_edge, zip(cursors, rows, strict=True))) if with_edges else []
    info = PageInfo(
        has_next_page=page.before is not None if page.backwards else surplus,
        has_previous_page=surplus if page.backwards else page.after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
    # They have the attributes of the class, which is for the schema.
    shown = cast("list[Edge[T]]", edges)
    return Connection(total=LazyTotal(count), edges=shown, nodes=list(rows), page_info=info)


async def connect_table(
    context: Any,  # noqa: ANN401  the operation's, which stands above this room
    page: Window,
    rows: Callable[..., Awaitable[Sequence[T]]],
    count: Callable[..., Awaitable[int]],
) -> Connection[T]:
    """A page of a table that is walked by id: `rows` is the query for it, `count` that for the whole list."""
    context.spend(page.limit)
    database: Database = context.services.database
    found = await database.read(
        rows,
        limit=page.limit + 1,
        after=page.after.id if page.after else None,
        before=page.before.id if page.before else None,
        backward=page.backwards,
    )

    async def total() -> Total:
        return Total.of(await database.read(count))

    return connect(found, page, count=total)


def connect_all(
    info: strawberry.Info[Any, Any],
    order: str,
    rows: Sequence[T],
    paging: Paging,
    *,
    newest_first: bool = False,
) -> Connection[T]:
    """A page of a list that is in memory as a whole and stands in ascending order of its ids."""
    page = window(order, paging)
    info.context.spend(page.limit)
    after, before = page.after, page.before
    if newest_first:
        rows = rows[::-1]
        after, before = before, after
    low = after.id if after else -1
    high = before.id if before else LARGEST_ID + 1
    between = [row for row in rows if low < cast("Any", row).id < high]
    some = between[-(page.limit + 1) :] if page.backwards else between[: page.limit + 1]

    async def count() -> Total:
        return Total.of(len(rows))

    return connect(some, page, count=count)
