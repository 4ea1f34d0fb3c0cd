"""One run of a plan: what it was given, what still has to come, and what resolvers have given already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, cast

from graphql import GraphQLResolveInfo
from graphql.execution.middleware import MiddlewareManager
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable

from graph.compiled.arguments import MixedArguments, arguments_of
from graph.compiled.policy import Unexpected
from graph.compiled.private_parts import (
    GraphQLResolveInfoHelpers,
    ResolveInfo,
    VariableValues,
    gather_with_cancel,
)
from graph.compiled.selections import Operation, PlannedField

Data = dict[str, Any]
KeptAnswers = dict[tuple[int, object], Any]
"""Rows with their answers, by the number of the selection and the row's id; and answers alone, by the number of a field
(less than nothing) and the value on which they depend."""
Complete = Callable[[Any, "Run"], object]


class Pending(NamedTuple):
    """A value that has to be awaited: that of the field `number` of `row`, for the place `key` in `target`."""

    number: int
    row: object
    value: Awaitable[object]
    target: Data
    key: str

    def close(self) -> None:
        """Give up what has not begun."""
        close = getattr(self.value, "close", None)
        if close is not None:
            close()


class Given(NamedTuple):
    """What a run is given: the caller's context, the root's value, the variables as they are read, and extensions."""

    context: object
    root: object
    variables: VariableValues
    extensions: Any = None


class Awaited(NamedTuple):
    """What a resolver gave that has to be awaited."""

    value: Awaitable[object]


class Noted(NamedTuple):
    """What a resolver gave for a row, or raised where it `failed`; one that was awaited is awaited again."""

    row: object
    value: Any
    failed: bool
    awaited: bool

    def now(self) -> object:
        """The same again."""
        if self.failed:
            raise self.value
        return self.value


class NotedLater:
    """The same, to be awaited, so that errors come in the order in which they would have come.

    No coroutine, since the reference executor may leave it where it is when something else fails.
    """

    def __init__(self, noted: Noted) -> None:
        self._noted = noted

    def __await__(self) -> Generator[None, None, object]:
        """Give or raise it at once."""
        return self._noted.now()
        yield


class LaterList(NamedTuple):
    """A list that gives other work its turn while it is put together; `complete` makes each item's answer."""

    items: AsyncIterable[object]
    complete: Complete

    def into(self, target: Data, key: str, run: Run) -> Pending:
        """The same with its place."""
        return Pending(-1, None, run.walk(self), target, key)


@dataclass(slots=True)
class Program:
    """What a run looks up in its plan, by the numbers of fields; `completers` make answers of awaited values.

    `constants` are arguments in which no variable has a say; `named` are those of fields whose arguments are variables,
    and `mixed` those of fields of which some are. `kept` is what resolvers keep with their fields.
    """

    operation: Operation
    fields: Sequence[PlannedField]
    at_root: frozenset[int]
    info_class: Callable[..., Any]
    completers: dict[int, Complete] = field(default_factory=dict)
    constants: dict[int, dict[str, Any]] = field(default_factory=dict)
    named: dict[int, Mapping[str, str]] = field(default_factory=dict)
    mixed: dict[int, MixedArguments] = field(default_factory=dict)
    kept: dict[int, dict[Any, Any]] = field(default_factory=dict)


class UnknownPath:
    """In the place of the path of a field below the root, which a compiled run does not keep."""

    def __getattr__(self, name: str) -> NoReturn:
        raise Unexpected("a resolver asks for its path")


class RawInfo:
    """In the place of graphql-core's info, for resolvers that hardly ask for more than the context.

    `kept` is for what they work out of the document alone, for as long as the plan is kept: a few things.
    """

    __slots__ = ("_number", "_run", "context", "kept")

    def __init__(self, run: Run, number: int) -> None:
        self.context = run.given.context
        self.kept = run.program.kept.setdefault(number, {})
        self._run = run
        self._number = number

    def __getattr__(self, name: str) -> object:
        return getattr(self._run.raw(self._number), name)


class Run:
    """The state of one run. `memo` holds what each resolver gave, by the node that asked and by the row."""

    __slots__ = ("arguments_of", "given", "infos", "kept", "memo", "pending", "program", "raws")

    def __init__(self, program: Program, given: Given, kept: KeptAnswers) -> None:
        self.program = program
        self.kept = kept
        self.given = given
        self.pending: list[Pending] = []
        self.infos: list[Any] = [None] * len(program.fields)
        self.raws: dict[int, GraphQLResolveInfo[Any]] = {}
        self.arguments_of: dict[int, dict[str, Any]] = {}
        self.memo: dict[tuple[int, int], Noted] = {}

    # What generated functions ask for.

    def info(self, number: int) -> Any:  # noqa: ANN401  as the schema's configuration says
        """What Strawberry's resolvers get as `info`; the same for all rows, since only their path differs."""
        program = self.program
        found = self.infos[number] = program.info_class(
            _raw_info=RawInfo(self, number), _field=program.fields[number].declaration
        )
        return found

    def raw(self, number: int) -> GraphQLResolveInfo[Any]:
        """What graphql-core's resolvers get as `info`. The path is known of fields of the root."""
        known = self.raws.get(number)
        if known is not None:
            return known
        planned, operation = self.program.fields[number], self.program.operation
        at_root = number in self.program.at_root
        path: Any = Path(None, planned.key, planned.parent.name) if at_root else UnknownPath()
        context, root, variables, extensions = self.given
        info: Any = ResolveInfo(
            planned.name,
            planned.nodes,
            planned.definition.type,
            planned.parent,
            path,
            operation.schema,
            dict(operation.fragments),
            root,
            operation.node,
            variables.coerced,
            context,
            optimized_is_awaitable,
            None,
            GraphQLResolveInfoHelpers(_gathered, _tracked),
            extensions,
        )
        self.raws[number] = info
        return cast("GraphQLResolveInfo[Any]", info)

    def arguments(self, number: int) -> dict[str, Any]:
        """A field's arguments: constant, or worked out once a run."""
        found = self.program.constants.get(number)
        if found is None:
            found = self.arguments_of.get(number)
        if found is None:
            found = self.arguments_of[number] = self._read_arguments(number)
        return found

    def _read_arguments(self, number: int) -> dict[str, Any]:
        named, variables = self.program.named.get(number), self.given.variables
        if named is not None:
            given = {name: variables.coerced.get(variable) for name, variable in named.items()}
            if None not in given.values():
                return given
        mixed = self.program.mixed.get(number)
        if mixed is not None:
            return mixed.read(variables.coerced)
        return arguments_of(self.program.fields[number], variables)

    def converted(self, number: int) -> dict[str, Any]:
        """A field's arguments as its resolver takes them: new ones at each call, since it may change them."""
        info = self.infos[number] or self.info(number)
        field = self.program.fields[number]
        converters, defaults = field.converters, field.null_defaults
        given: dict[str, Any] = {}
        for name, value in self.arguments(number).items():
            parameter, convert = converters[name]
            wanted = defaults.get(name) if value is None else value
            given[parameter] = wanted if convert is None else convert(wanted, info)
        return given

    def note(
        self, number: int, row: object, value: object, *, failed: bool = False, awaited: bool = False
    ) -> None:
        """Keep what a resolver gave or raised, in case that the reference executor has to answer."""
        if not (failed and isinstance(value, Unexpected)):
            noted = Noted(row, value, failed, awaited)
            self.memo[id(self.program.fields[number].nodes[0]), id(row)] = noted

    # Running.

    def step(self, complete: Complete, value: object) -> tuple[Any, list[Pending]]:
        """What can be answered of a value at once, and what has to be awaited for the rest."""
        mine: list[Pending] = []
        self.pending = mine
        try:
            return complete(value, self), mine
        except BaseException:
            for one in mine:
                one.close()
            raise

    async def settle(self, pending: Sequence[Pending]) -> None:
        """Await everything, also where something fails: the reference executor then has all of it."""
        if len(pending) == 1:
            await self._settle_one(pending[0])
            return
        found = await asyncio.gather(*[self._settle_one(one) for one in pending], return_exceptions=True)
        for one in found:
            if one is not None:
                raise one

    async def _settle_one(self, pending: Pending) -> None:
        number, row, awaitable, target, key = pending
        if number < 0:
            target[key] = await awaitable
            return
        try:
            value = await awaitable
        except Exception as error:
            self.note(number, row, error, failed=True, awaited=True)
            raise
        self.note(number, row, value, awaited=True)
        found, more = self.step(self.program.completers[number], value)
        if found.__class__ is LaterList:
            more.append(found.into(target, key, self))
        else:
            target[key] = found
        if more:
            await self.settle(more)

    async def walk(self, later: LaterList) -> list[object]:
        """The answers of a list's items, with turns for others between them."""
        answers: list[object] = []
        more: list[Pending] = []
        async for item in later.items:
            answer, pending = self.step(later.complete, item)
            answers.append(answer)
            more += pending
        if more:
            await self.settle(more)
        return answers

    def end(self) -> None:
        """Let go of what only this run needs; what resolvers have kept of their `info` goes on answering.

        Each `info` leads back to its run: with it the run, and all rows that were noted in it, would stay until the
        garbage collector comes, which walked through a hundred objects a page (docs/performance.md).
        """
        self.infos.clear()
        self.memo.clear()

    def replaying(self) -> MiddlewareManager:
        """graphql-core's middleware: what a resolver gave before, in the place of calling it again."""
        memo = self.memo

        def replay(
            resolve: Callable[..., Any], source: object, info: GraphQLResolveInfo[Any], **arguments: object
        ) -> object:
            found = memo.get((id(info.field_nodes[0]), id(source)))
            if found is None:
                return resolve(source, info, **arguments)
            return NotedLater(found) if found.awaited else found.now()

        # A function, since graphql-core passes over methods.
        return MiddlewareManager(replay)


def _gathered(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)


def _tracked(values: Sequence[Any]) -> None:
    awaitables = [value for value in values if optimized_is_awaitable(value)]
    if awaitables:
        asyncio.gather(*awaitables, return_exceptions=True)
