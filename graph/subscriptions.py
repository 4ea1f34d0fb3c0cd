"""Subscriptions: what happens, told as it happens."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Annotated, Any, TypeVar

import strawberry

from domain.callers import Scope
from graph.history.filters import Where, filter_of
from graph.history.requests import columns_of
from graph.operation.context import Context, Info
from graph.operation.selection import selected
from graph.vocabulary import named
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.fields import subscription
from graph.vocabulary.ids import AB_TEST, REQUEST, number
from graph.vocabulary.links import ABTestType, RequestType, StatusType
from serving.live.follower import Follower
from serving.live.requests import RequestSubscription

R = TypeVar("R")


class FollowedRows(AsyncGenerator[R, None]):
    """The rows that a follower gets; each event is answered from a fresh look at the database."""

    def __init__(
        self,
        context: Context,
        follower: Follower[R],
        event_id: Callable[[R], str | None] = lambda _row: None,
    ) -> None:
        self._context = context
        self._follower = follower
        self._event_id = event_id
        if context.streaming is not None:
            context.streaming.begin(follower)

    async def asend(self, _value: None) -> R:
        """The next event."""
        row = await self._follower.asend(None)
        self._context.forget().listed = 0
        if self._context.streaming is not None:
            self._context.streaming.next_event(self._event_id(row))
        return row

    async def athrow(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> Any:  # noqa: ANN401  as the base class declares it
        """Leave the feed, and raise."""
        return await self._follower.athrow(typ, val, tb)

    async def aclose(self) -> None:
        """Leave the feed."""
        await self._follower.aclose()


@graphql_type
class Subscription:
    """What happens on this server and on all others that share its database, as it happens. A subscription has one of
    these fields. A subscriber who reads too slowly is cut off with the code SLOW_CONSUMER.
    """

    @subscription(needs=Scope.READ)
    async def request_logged(
        self,
        info: Info,
        *,
        where: Where = None,
        after: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description=(
                    "The last request that you know, by `id` or `requestId`: what came since comes first, so that "
                    "nothing is missed between two connections. Some that came shortly before may be repeated. "
                    "At most a day old."
                )
            ),
        ] = None,
    ) -> AsyncGenerator[RequestType, None]:
        """Each prediction once it is stored, failed ones too; none is left out. They come roughly in the order of
        their ids: one of another server may come after a newer one.
        """
        context = info.context
        wanted = filter_of(where, context.snapshot) if where else None
        resume = context.streaming.resume_after if context.streaming else None
        last = resume or after
        alone = context.streaming is None or not context.streaming.shared
        follower = await context.services.live.request_logged(
            RequestSubscription(wanted, context.viewer, columns_of(selected(info)), alone),
            None if last is None else number(REQUEST, last, path=("after",)),
            context.streaming.cut if context.streaming else None,
        )
        return FollowedRows(context, follower, lambda row: str(row.id))

    @subscription(needs=Scope.READ)
    async def ab_test_updated(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id, global or in digits.")],
    ) -> AsyncGenerator[ABTestType, None]:
        """The A/B test at once, and again whenever its state, its weights or its figures have changed. Figures are
        looked at once a second at most. It ends with the event that shows the test as ended.
        """
        context = info.context
        return FollowedRows(
            context,
            await context.services.live.ab_test_updated(
                context.principal,
                number(AB_TEST, id, path=("id",)),
                context.streaming.cut if context.streaming else None,
            ),
        )

    @subscription(needs=Scope.READ)
    async def algorithm_status_changed(
        self,
        info: Info,
        *,
        endpoint: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only of this endpoint's algorithms: its name or id."),
        ] = None,
        algorithm: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this algorithm: its id.")
        ] = None,
    ) -> AsyncGenerator[StatusType, None]:
        """Each status that an algorithm is given, by a person or by an A/B test; none is left out."""
        context = info.context
        of_endpoint = named.endpoint(context.snapshot, endpoint, "endpoint").id if endpoint else None
        of_algorithm = named.algorithm(context.snapshot, algorithm, "algorithm").id if algorithm else None

        def matches(row: StatusType) -> bool:
            if of_algorithm is not None and row.algorithm_id != of_algorithm:
                return False
            return (
                of_endpoint is None or context.snapshot.algorithm(row.algorithm_id).endpoint_id == of_endpoint
            )

        return FollowedRows(
            context,
            await context.services.live.status_changed(
                context.principal, matches, context.streaming.cut if context.streaming else None
            ),
        )
