"""Running subscriptions: each is executed once for all who ask for the same, and nobody waits for a slow one.

Who may end whom, since three parties hold on to each other:

- A reader belongs to one client, whose transport closes it: when the client goes, `complete`s, or is cut off. That
  never ends the execution, unless it was the last reader.
- An execution belongs to no client, but to a task of its own. Its last reader cancels it. When it ends by itself, its
  readers end once they have taken what waits; when it fails, they end at once.
- The follower of the database, below the resolver, may end with an error that concerns all: the server stops, or this
  process reads too slowly. It ends every reader at once through `GraphQLFeed.cut`, since a reader's client may not
  take what is queued for it.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Collection, Hashable
from contextlib import aclosing
from typing import NamedTuple

from graphql import (
    FieldNode,
    GraphQLError,
    OperationType,
    get_operation_ast,
)
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType as Kind

from domain.callers import Principal, Scope, asked_by, caller_of
from domain.errors import ArbiterError, SchemaReplaced, SlowConsumer, TooManySubscriptions
from domain.input.credentials import HEADER
from domain.pacing import PAUSE_FACTOR
from graph.http.answers import encode, response_of
from graph.http.parameters import GraphQLRequest
from graph.operation.admission import admit
from graph.operation.context import Charge, Context
from graph.operation.documents.cache import CheckedDocument
from graph.operation.executable_schema import ExecutableSchema
from graph.operation.feed import GraphQLFeed
from graph.operation.limits import GraphLimits
from graph.vocabulary.errors import BAD_REQUEST, present
from graph.vocabulary.private_parts import PreExecutionError
from serving.json_text import stored_json
from serving.live.follower import Follower
from serving.services import Services

log = logging.getLogger("arbiter.graph")

SUBSCRIPTIONS = frozenset({Kind.SUBSCRIPTION})

SHARED = frozenset({"requestLogged", "algorithmStatusChanged"})
"""Fields whose next event is the same for all who ask alike; a test's first event is for the one who subscribes."""

OWN = "after"
"""An argument by which one client's events differ from those of others."""

SLICE_SECONDS = 0.0015
LONGEST_EVENT = 0.005
TOGETHER = 100


class Event(NamedTuple):
    """One result as JSON; the id of its event; whether the operation was refused before it began."""

    payload: bytes
    id: str | None = None
    refused: bool = False


class Pacer:
    """Spreads the work on events over time, so that it leaves most of the event loop to everything else."""

    def __init__(self) -> None:
        self._free_at = 0.0

    def note(self, since: float) -> None:
        """Note work that was done `since` (`time.perf_counter()`) until now, on the event loop."""
        now = time.perf_counter()
        self._free_at = max(self._free_at, now) + PAUSE_FACTOR * min(now - since, LONGEST_EVENT)

    async def pause(self) -> None:
        """Wait until what was done has been made up for; a little may be owed."""
        owed = self._free_at - time.perf_counter()
        if owed > PAUSE_FACTOR * SLICE_SECONDS:
            await asyncio.sleep(owed)


class Execution:
    """One execution of a subscription, and those who read its events; all who ask with its `key` may share it."""

    def __init__(self, bound: int, context: Context, resume_after: str | None, key: Hashable | None) -> None:
        self.bound = bound
        self.key = key
        self.context = context
        self.schema: ExecutableSchema | None = None
        self.readers: set[Follower[Event]] = set()
        self.started = asyncio.Event()
        self.sent = 0
        self._together: list[Event] = []
        self._most = max(1, min(TOGETHER, bound // 4))
        self.streaming = GraphQLFeed(self.cut, key is not None, resume_after, self.started)
        self.task: asyncio.Task[None] | None = None
        context.streaming = self.streaming

    def cut(self, error: ArbiterError) -> None:
        """End every reader with `error`, at once."""
        for reader in list(self.readers):
            reader.end(error)

    async def send(self, event: Event) -> None:
        """Hand an event to every reader.

        What waits already is handed out together, since each hand-over wakes each reader once. An execution for one
        reader alone waits for it, and so reads less.
        """
        self.sent += len(self.readers)
        if self.key is None:
            for reader in list(self.readers):
                await reader.give(event)
            return
        self._together.append(event)
        follower = self.streaming.follower
        if len(self._together) >= self._most or follower is None or not follower.waiting:
            self.flush()
            await asyncio.sleep(0)  # the readers' turn: until then these events fill their queues

    def flush(self) -> None:
        """Hand out what was collected."""
        events, self._together = self._together, []
        for reader in list(self.readers):
            reader.offer(*events)

    async def run(
        self, schema: ExecutableSchema, text: str, parameters: GraphQLRequest, pacer: Pacer
    ) -> None:
        """Run the operation until it ends, and hand out its events."""
        stream = await schema.stream(
            text,
            variable_values=parameters.variables,
            context_value=self.context,
            operation_name=parameters.operation_name,
            allowed_operation_types=SUBSCRIPTIONS,
        )
        async with aclosing(stream):
            async for result in stream:
                if not isinstance(result, ExecutionResult):
                    raise TypeError("a subscription gave a result in parts")
                refused = isinstance(result, PreExecutionError)
                await self.send(
                    Event(encode(response_of(result, ran=not refused)), self.streaming.event_id, refused)
                )
                pacer.note(self.streaming.event_at)
                self.started.set()
                await pacer.pause()
        self.flush()


class Streams:
    """The running subscriptions of one edge."""

    def __init__(self, limits: GraphLimits) -> None:
        self._limits = limits
        self._shared: dict[Hashable, Execution] = {}
        self.pacer = Pacer()
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: set[Execution] = set()
        self._sent = 0
        self.readers = 0
        self.cut_off = 0

    async def open(
        self,
        schema: ExecutableSchema,
        services: Services,
        principal: Principal,
        parameters: GraphQLRequest,
        *,
        address: str = "",
        resume_after: str | None = None,
        how_to_send: str = HEADER,
        on_end: Callable[[ArbiterError], None] | None = None,
    ) -> Follower[Event]:
        """The events of a subscription; what is wrong with it comes as its only one.

        Returns once it is in its feed, so that whatever happens afterwards comes. The reader closes what it got.
        Every caller pays for its own, also where many share one; `address` tells those without a key apart, and
        `how_to_send` tells them how their transport takes one.
        """
        charge = Charge(address, is_paid=True)
        context = Context(services, principal, self._limits, charge, how_to_send=how_to_send)
        try:
            text = schema.documents.trusted.text(parameters.query, parameters.document_id)
            checked = await schema.checked(context, text)
            field_node = _root_field(checked, parameters.operation_name)
            self._check_room(services)
            admit(context, checked, parameters.operation_name, parameters.variables)
        except GraphQLError as error:
            return _only(Event(_errors(schema, principal, error), refused=True))
        # Who may not read is told how to send a key, which differs between transports; who resumes begins elsewhere.
        shared = _is_shared(field_node) and resume_after is None and principal.may(Scope.READ)
        key = (id(schema), _key(text, parameters, principal)) if shared else None
        execution = self._shared.get(key) if key is not None else None
        if execution is None:
            execution = Execution(services.live.bounds.queue, context, resume_after, key)
            execution.schema = schema
            self._running.add(execution)
            if key is not None:
                self._shared[key] = execution
            # Without the caller's context, and in a task that is not the caller's: whoever subscribed first has no
            # part in what is executed for others, and being cancelled must not cancel it for them.
            work = self._work(execution, schema, text, parameters)
            execution.task = asyncio.create_task(work, name="subscription", context=contextvars.Context())
            self._tasks.add(execution.task)
            execution.task.add_done_callback(self._tasks.discard)
        reader = self._reader(execution, on_end)
        try:
            await execution.started.wait()
        except BaseException:
            # The client went before the feed began: nobody else holds this reader yet, so nobody else closes it.
            await reader.aclose()
            raise
        return reader

    @property
    def sent(self) -> int:
        """How many events were handed to readers so far."""
        return self._sent + sum(execution.sent for execution in self._running)

    def end_others(self, schemas: Collection[ExecutableSchema]) -> None:
        """End the subscriptions that began under none of these schemas: each holds all of its own in memory."""
        for execution in list(self._running):
            if execution.schema not in schemas:
                execution.cut(
                    SchemaReplaced(
                        "the schema has changed several times since this subscription began: subscribe again"
                    )
                )

    def _check_room(self, services: Services) -> None:
        most = services.live.bounds.subscriptions
        if self.readers >= most:
            error = TooManySubscriptions(
                f"this server has {most} subscriptions, the most it takes: end some, or come back later"
            )
            raise GraphQLError(error.message, original_error=error)

    def _reader(self, execution: Execution, on_end: Callable[[ArbiterError], None] | None) -> Follower[Event]:
        def left(reader: Follower[Event]) -> None:
            execution.readers.discard(reader)
            self.readers -= 1
            if not execution.readers:
                # Before the task has ended: who asks for the same meanwhile begins a new one.
                self._unshare(execution)
                # An execution that cuts its readers runs here itself, and must not cancel itself on its way out.
                if execution.task is not None and execution.task is not asyncio.current_task():
                    execution.task.cancel()

        def ended(error: ArbiterError) -> None:
            self.cut_off += isinstance(error, SlowConsumer)
            if on_end is not None:
                on_end(error)

        reader: Follower[Event] = Follower(execution.bound, left, ended)
        execution.readers.add(reader)
        self.readers += 1
        return reader

    def _unshare(self, execution: Execution) -> None:
        # A later execution may have taken the key: only an entry of its own is removed.
        if self._shared.get(execution.key) is execution:
            del self._shared[execution.key]

    async def _work(
        self,
        execution: Execution,
        schema: ExecutableSchema,
        text: str,
        parameters: GraphQLRequest,
    ) -> None:
        context = execution.context
        try:
            with asked_by(caller_of(context.principal, context.charge.address)):
                await execution.run(schema, text, parameters, self.pacer)
        except Exception:
            log.exception("a subscription has failed")
            execution.cut(ArbiterError("Internal server error"))
        finally:
            self._unshare(execution)
            # One that was refused never reached its feed; its callers still wait for it in `open`.
            execution.started.set()
            for reader in list(execution.readers):
                reader.end()
            self._sent += execution.sent
            self._running.discard(execution)
            if execution.streaming.follower is not None:
                await execution.streaming.follower.aclose()


def _root_field(checked: CheckedDocument, operation_name: str | None) -> FieldNode | None:
    """The field that a subscription begins with; None where the document is wrong, as running it will say.

    Raises GraphQLError for what is no subscription.
    """
    operation = get_operation_ast(checked.document, operation_name)
    if checked.errors or operation is None:
        return None
    if operation.operation is not OperationType.SUBSCRIPTION:
        raise GraphQLError(
            "only subscriptions are taken this way: send queries and mutations by POST, with "
            "`Accept: application/json`",
            extensions={"code": BAD_REQUEST},
        )
    first = operation.selection_set.selections[0]
    return first if isinstance(first, FieldNode) else None


def _is_shared(node: FieldNode | None) -> bool:
    """Whether all who send this operation may have the same events; one whose field stands in a fragment is not."""
    return (
        node is not None
        and node.name.value in SHARED
        and all(argument.name.value != OWN for argument in node.arguments or ())
    )


def _key(text: str, parameters: GraphQLRequest, principal: Principal) -> Hashable:
    variables = stored_json(parameters.variables or {}, sorted_keys=True)
    return text, parameters.operation_name, variables, principal


def _errors(schema: ExecutableSchema, principal: Principal, error: GraphQLError) -> bytes:
    errors = [error]
    present(errors, suggestions=schema.is_shown_to(principal))
    return encode({"errors": [one.formatted for one in errors]})


def _only(event: Event) -> Follower[Event]:
    reader: Follower[Event] = Follower(1, lambda _reader: None)
    reader.offer(event)
    reader.end()
    return reader
