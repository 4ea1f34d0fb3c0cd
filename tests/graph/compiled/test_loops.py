"""Lists of plain objects are answered in one loop, with what some fields show of all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
import strawberry
from graphql import ExecutionResult, execute, get_operation_ast, parse, validate
from graphql.execution.middleware import MiddlewareManager
from strawberry.execution import optimized_is_awaitable

from graph.compiled.executor import CompiledExecution, Sent
from graph.compiled.policy import Policy
from graph.compiled.private_parts import ReferenceExecutor


@strawberry.type
class Town:
    name: str
    people: int | None = None


@strawberry.type
class Stop:
    number: int
    town: Town
    next_town: Town | None = None
    tags: list[str] = strawberry.field(default_factory=list)
    label: str = ""


@strawberry.type
class Line:
    stops: list[Stop]

    @strawberry.field
    def some(self, first: int | None = 2, last: int | None = None, word: str = "x") -> list[str]:
        return [f"{first} {last} {word}"]


ROWS = [
    Stop(number=1, town=Town(name="a", people=3), next_town=Town(name="b"), tags=["t"], label="one"),
    Stop(number=2, town=Town(name="b"), label="two"),
]
LINES = {
    "whole": ROWS,
    "empty": [],
    "tuple": tuple(ROWS),
    "no town": [ROWS[0], Stop(number=3, town=cast(Town, None), label="three")],
    "nobody": [ROWS[0], cast(Stop, None)],
    "large": [ROWS[0], Stop(number=2**40, town=Town(name="c"), label="four")],
}


@strawberry.type
class Query:
    @strawberry.field
    def line(self, name: str) -> Line:
        return Line(stops=cast("list[Stop]", LINES[name]))


CORE = strawberry.Schema(Query)._schema
ASKED: list[int] = []
"""Of how many rows each call of `labels` was."""


def labels(rows: Sequence[Any]) -> list[str]:
    ASKED.append(len(rows))
    return [row.label for row in rows]


POLICY = Policy(
    of_many=lambda field: labels if field.python_name == "label" else None, by_class=lambda _type: True
)


async def both(text: str, variables: dict[str, Any]) -> tuple[ExecutionResult, ExecutionResult, str]:
    """The reference's result, the compiled one, and how it ran."""
    document = parse(text)
    assert validate(CORE, document) == []
    node = get_operation_ast(document)
    assert node is not None
    ASKED.clear()
    compiled = CompiledExecution(POLICY, sights=1)

    def reference(replay: MiddlewareManager | None) -> Any:
        return execute(
            CORE,
            document,
            variable_values=variables,
            middleware=replay,
            is_awaitable=cast(Any, optimized_is_awaitable),
            executor_class=ReferenceExecutor,
        )

    found = compiled.run(CORE, document, node, Sent(variables), reference)
    found = found if isinstance(found, ExecutionResult) else await found
    (ran,) = compiled.counts
    return reference(None), found, ran


def shown(result: ExecutionResult) -> Any:
    return repr(result.data), sorted((str(error.path), error.message) for error in result.errors or ())


SELECTIONS = {
    "flat": ("{ number label again: label __typename }", [2, 2]),
    "held": ("{ town { name people } label x: town { __typename p: people } }", [2]),
    "may be absent": ("{ nextTown { name } number }", []),
    "a list in it": ("{ tags label }", []),
}


@pytest.mark.parametrize("selection", SELECTIONS)
async def test_a_loop_answers_as_the_reference_does(selection: str) -> None:
    fields, asked = SELECTIONS[selection]
    wanted, found, ran = await both(
        f"query ($n: String!) {{ line(name: $n) {{ stops {fields} }} }}", {"n": "whole"}
    )
    assert (shown(found), ran) == (shown(wanted), "compiled")
    assert asked == ASKED


@pytest.mark.parametrize(
    ("name", "ran"),
    [
        ("empty", "compiled"),
        ("tuple", "compiled"),
        ("no town", "errors"),
        ("nobody", "errors"),
        ("large", "errors"),
    ],
)
async def test_what_does_not_fit_into_a_loop_is_answered_as_the_reference_does(name: str, ran: str) -> None:
    text = "query ($n: String!) { line(name: $n) { stops { number town { __typename } label } } }"
    wanted, found, how = await both(text, {"n": name})
    assert (shown(found), how) == (shown(wanted), ran)


@pytest.mark.parametrize("sent", [{}, {"f": None}, {"f": 7}, {"f": 7, "l": 8}, {"l": None}])
async def test_variables_that_may_be_left_out_beside_constants_are_as_the_reference_reads_them(
    sent: dict[str, Any],
) -> None:
    text = """query ($n: String!, $f: Int, $l: Int = 5) { line(name: $n) {
        a: some(first: $f) b: some(first: $f, last: $l, word: "y") c: some(last: $l) d: some(last: 1) } }"""
    wanted, found, ran = await both(text, sent | {"n": "empty"})
    assert (shown(found), ran) == (shown(wanted), "compiled")
