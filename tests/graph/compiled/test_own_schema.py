"""Compiled execution of a schema that has nothing to do with Arbiter: it could be lifted out."""

from __future__ import annotations

import ast
import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, cast

import pytest
import strawberry
from graphql import ExecutionResult, execute, get_operation_ast, parse, print_ast, validate
from graphql.execution.middleware import MiddlewareManager
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import FieldExtension

import graph.compiled
from graph.compiled.executor import CompiledExecution, Sent
from graph.compiled.policy import Policy
from graph.compiled.private_parts import ReferenceExecutor


@strawberry.enum
class Colour(Enum):
    RED = "r"
    BLUE = "b"


class Locked(FieldExtension):
    """Needs the right `secrets`."""

    def resolve(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        if "secrets" not in info.context.rights:
            raise PermissionError("no secrets for you")
        return next_(source, info, **arguments)


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Person(Named):
    colour: Colour | None = None

    @strawberry.field
    async def friends(self, info: strawberry.Info, first: int = 2) -> list[Person]:
        info.context.calls.append(f"friends of {self.name}")
        await asyncio.sleep(0)
        return [Person(name=f"{self.name}{number}") for number in range(first)]


@strawberry.type
class Town(Named):
    people: int

    @strawberry.field
    def whereabouts(self, info: strawberry.Info) -> str:
        return ".".join(map(str, info.path.as_list()))


@strawberry.input
class Wish:
    what: str
    tags: list[str] = strawberry.field(default_factory=list)


@strawberry.input
class Nested:
    name: str = "nobody"
    colours: list[Colour] | None = None
    inner: Nested | None = None
    left_out: int | None = strawberry.UNSET
    asked: int | None


class Twice:
    """An asynchronous list that can be walked again."""

    def __aiter__(self) -> AsyncIterator[int]:
        return self._items()

    async def _items(self) -> AsyncIterator[int]:
        for number in range(3):
            yield number


@strawberry.type
class Query:
    @strawberry.field
    def plain(self) -> str:
        return "text"

    @strawberry.field
    def nothing(self) -> str | None:
        return None

    @strawberry.field
    def missing(self) -> str:
        return None  # type: ignore[return-value]

    @strawberry.field
    def broken(self, info: strawberry.Info) -> str | None:
        info.context.calls.append("broken")
        raise ValueError("broken")

    @strawberry.field
    def number(self) -> float | None:
        return math.nan

    @strawberry.field
    def large(self) -> int | None:
        return 2**40

    @strawberry.field
    def returned(self) -> str | None:
        return ValueError("returned")  # type: ignore[return-value]

    @strawberry.field
    def matrix(self) -> list[list[int | None]]:
        return [[1, None], [], [3]]

    @strawberry.field
    def generated(self) -> list[int]:
        return (number for number in range(3))  # type: ignore[return-value]

    @strawberry.field
    def again(self) -> list[int]:
        return Twice()  # type: ignore[return-value]

    @strawberry.field
    def tuples(self) -> list[str]:
        return ("a", "b")  # type: ignore[return-value]

    @strawberry.field
    def things(self) -> list[Named]:
        return [Person(name="a", colour=Colour.RED), Town(name="b", people=3)]

    @strawberry.field
    def person(self) -> Person:
        return Person(name="p", colour=Colour.BLUE)

    @strawberry.field(extensions=[Locked()])  # type: ignore[untyped-decorator]
    def secret(self) -> str | None:
        return "hush"

    @strawberry.field
    def where(self, info: strawberry.Info) -> list[str]:
        return [str(one) for one in info.path.as_list()]

    @strawberry.field
    def told(
        self, nested: Nested, more: list[Nested | None] | None = None, colour: Colour = Colour.RED
    ) -> str:
        return f"{nested} {more} {colour}"

    @strawberry.field
    def grown(self, items: list[int]) -> list[int]:
        items.append(len(items))
        return items

    @strawberry.field
    async def slow(self, wish: Wish) -> str:
        await asyncio.sleep(0)
        return f"{wish.what} {wish.tags}"

    @strawberry.field
    def promised(self) -> str:
        async def later() -> str:
            return "kept"

        return later()  # type: ignore[return-value]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def store(self, info: strawberry.Info, what: str, fails: bool = False) -> str:
        info.context.calls.append(what)
        await asyncio.sleep(0)
        if fails:
            raise ValueError(f"{what} failed after its effect")
        return None if what == "nothing" else what  # type: ignore[return-value]


@dataclass
class Caller:
    rights: frozenset[str] = frozenset()
    calls: list[str] = field(default_factory=list)


SCHEMA = strawberry.Schema(Query, Mutation, types=[Person, Town])
CORE = SCHEMA._schema
POLICY = Policy(
    rights=lambda one: ("secrets",) if isinstance(one, Locked) else None,
    may=lambda context, rights: rights <= context.rights,
)


def reference(text: str, context: Caller, variables: Any, replay: MiddlewareManager | None) -> Any:
    return execute(
        CORE,
        parse(text),
        context_value=context,
        variable_values=variables,
        middleware=replay,
        is_awaitable=cast(Any, optimized_is_awaitable),
        executor_class=ReferenceExecutor,
    )


async def both(
    text: str, variables: Any = None, rights: Sequence[str] = ()
) -> tuple[ExecutionResult, ExecutionResult, Caller, str]:
    """The reference's result, the compiled one, the compiled one's caller, and how it ran."""
    document = parse(text)
    assert validate(CORE, document) == []
    node = get_operation_ast(document)
    assert node is not None
    compiled = CompiledExecution(POLICY, sights=1)
    first, second = Caller(frozenset(rights)), Caller(frozenset(rights))
    wanted = reference(text, first, variables, None)
    wanted = wanted if isinstance(wanted, ExecutionResult) else await wanted

    def otherwise(replay: MiddlewareManager | None) -> Any:
        # The nodes of the same document, as in a server.
        return execute(
            CORE,
            document,
            context_value=second,
            variable_values=variables,
            middleware=replay,
            is_awaitable=cast(Any, optimized_is_awaitable),
            executor_class=ReferenceExecutor,
        )

    found = compiled.run(CORE, document, node, Sent(variables, second), otherwise)
    found = found if isinstance(found, ExecutionResult) else await found
    assert sorted(first.calls) == sorted(second.calls)
    (ran,) = compiled.counts
    return wanted, found, second, ran


def shown(result: ExecutionResult) -> Any:
    errors = sorted((str(error.path), error.message) for error in result.errors or ())
    return result.data, list(result.data or ()), errors


@pytest.mark.parametrize(
    ("text", "ran"),
    [
        ("{ plain nothing }", "compiled"),
        ("{ z: plain a: plain __typename }", "compiled"),
        ("{ missing }", "errors"),
        ("{ plain broken }", "errors"),
        ("{ number }", "errors"),
        ("{ large }", "errors"),
        ("{ returned }", "errors"),
        ("{ matrix }", "compiled"),
        ("{ generated }", "given_up"),
        ("{ again }", "compiled"),
        ("{ tuples }", "compiled"),
        ("{ promised }", "compiled"),
        ("{ where }", "compiled"),
        (
            "{ things { __typename name ... on Person { colour friends { name } } ... on Town { people } } }",
            "compiled",
        ),
        ("{ person { colour friends(first: 3) { name friends { n: name } } } }", "compiled"),
        ('{ slow(wish: {what: "x", tags: ["y"]}) other: slow(wish: {what: "z"}) }', "compiled"),
        ('query ($w: Wish! = {what: "d"}) { slow(wish: $w) }', "compiled"),
        ("query ($n: Int) { person { friends(first: $n) { name } } }", "errors"),
        (
            "query ($on: Boolean = false) { plain @include(if: $on) nothing @skip(if: true) tuples }",
            "compiled",
        ),
        ("{ told(nested: {asked: 1}) }", "compiled"),
        (
            '{ told(nested: {name: "a", colours: [RED, BLUE], leftOut: 3, inner: {inner: {asked: 2}}}) }',
            "compiled",
        ),
        ("{ told(nested: {leftOut: null}, more: [null, {colours: []}], colour: BLUE) }", "compiled"),
        ('query ($w: [Nested] = [{name: "v"}]) { told(nested: {}, more: $w) }', "compiled"),
        ("query ($n: Int) { told(nested: {asked: $n, leftOut: $n}) }", "compiled"),
        ("{ grown(items: [7]) again: grown(items: [7]) }", "compiled"),
        ("{ secret }", "rights"),
        ("{ __schema { queryType { name } } }", "introspection"),
        ('mutation { a: store(what: "a") b: store(what: "b") }', "compiled"),
    ],
)
async def test_both_executors_answer_alike(text: str, ran: str) -> None:
    variables = {"n": None} if "$n" in text else None
    wanted, found, _, how = await both(text, variables)
    assert shown(found) == shown(wanted)
    assert how == ran


async def test_who_holds_the_rights_has_the_same_operation_compiled() -> None:
    wanted, found, _, ran = await both("{ secret }", rights=["secrets"])
    assert (found.data, ran) == (wanted.data, "compiled") == ({"secret": "hush"}, "compiled")


async def test_a_mutation_that_fails_after_its_effect_runs_once_and_those_after_it_as_they_would() -> None:
    text = 'mutation { a: store(what: "a") b: store(what: "b", fails: true) c: store(what: "c") }'
    wanted, found, caller, ran = await both(text)
    assert shown(found) == shown(wanted)
    assert (found.data, ran) == (None, "errors")
    assert caller.calls == ["a", "b"]


async def test_a_mutation_whose_answer_does_not_fit_runs_once() -> None:
    wanted, found, caller, ran = await both('mutation { store(what: "nothing") }')
    assert shown(found) == shown(wanted)
    assert (caller.calls, ran) == (["nothing"], "errors")


async def test_resolvers_that_have_run_are_not_called_again_for_the_error_of_another() -> None:
    wanted, found, caller, ran = await both("{ person { friends { friends { name } } } broken }")
    assert shown(found) == shown(wanted)
    assert ran == "errors"
    assert sorted(caller.calls) == ["broken", "friends of p", "friends of p0", "friends of p1"]


async def test_an_alias_is_only_a_text_in_what_is_written() -> None:
    wanted, found, _, ran = await both("{ run: plain row: plain answer: nothing s0: plain __class__: plain }")
    assert (found.data, ran) == (wanted.data, "compiled")


async def test_a_plan_that_gives_up_again_and_again_is_dropped() -> None:
    document = parse("{ generated }")
    node = get_operation_ast(document)
    assert node is not None
    compiled = CompiledExecution(POLICY, sights=1)
    replays = []

    def otherwise(replay: MiddlewareManager | None) -> Any:
        replays.append(replay is not None)
        return reference(print_ast(document), Caller(), None, replay)

    for _ in range(5):
        found = compiled.run(CORE, document, node, Sent(None, Caller()), otherwise)
        assert (found if isinstance(found, ExecutionResult) else await found).data == {"generated": [0, 1, 2]}
    assert replays == [True, True, True, False, False]


def test_the_room_knows_nothing_of_the_project() -> None:
    (folder,) = graph.compiled.__path__
    names = set()
    for path in Path(folder).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
            elif isinstance(node, ast.Import):
                names |= {one.name for one in node.names}
    own = {
        name
        for name in names
        if name.partition(".")[0] in {"arbiter", "graph", "rest", "serving", "orm", "domain"}
    }
    assert {name for name in own if not name.startswith("graph.compiled.")} == set()


async def test_a_selection_that_is_too_wide_runs_on_the_reference() -> None:
    wide = " ".join(f"a{number}: plain" for number in range(61))
    wanted, found, _, ran = await both(f"{{ {wide} }}")
    assert (found.data, ran) == (wanted.data, "size")
    assert (await both(f"{{ {wide[:-11]} }}"))[3] == "compiled"


async def test_a_resolver_below_the_root_that_asks_for_its_path_is_answered_by_the_reference() -> None:
    wanted, found, _, ran = await both("{ things { ... on Town { whereabouts } } }")
    assert (found.data, ran) == (wanted.data, "given_up")
    assert found.data == {"things": [{}, {"whereabouts": "things.1.whereabouts"}]}


async def test_what_a_resolver_changes_in_its_arguments_is_as_sent_at_the_next_call() -> None:
    document = parse("{ grown(items: [7]) }")
    node = get_operation_ast(document)
    assert node is not None
    compiled = CompiledExecution(POLICY, sights=1)
    for _ in range(3):
        found = compiled.run(
            CORE, document, node, Sent(None, Caller()), lambda _replay: pytest.fail("compiled")
        )
        assert isinstance(found, ExecutionResult)
        assert found.data == {"grown": [7, 1]}
