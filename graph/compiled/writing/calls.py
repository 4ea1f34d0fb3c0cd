"""What the functions of a plan call beside each other: they admit, keep, note and read what rows give."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any, cast

from graphql import GraphQLAbstractType
from strawberry.execution import optimized_is_awaitable

from graph.compiled.policy import Unexpected
from graph.compiled.private_parts import is_iterable
from graph.compiled.run import Awaited, Complete, LaterList, Run
from graph.compiled.selections import PlannedSelection
from graph.compiled.writing.leaves import require_value

MOST_CLASSES = 100
MOST_ANSWERS = 1_000
"""Of one plan: a catalogue has fewer entries."""


def runtime_type(type_: GraphQLAbstractType, value: object, run: Run, number: int) -> object:
    """The name of the type that shows a value of an interface or a union."""
    resolve = type_.resolve_type
    if resolve is None:
        raise Unexpected(f"{type_.name} does not tell its types")
    return resolve(value, run.raw(number), type_)


def admitting(selection: PlannedSelection, of: int, admitted: set[type]) -> Callable[[Any, Run], None]:
    """Lets a row pass that its type shows, and its class into `admitted`."""
    is_type_of = selection.type.is_type_of

    def admit(row: object, run: Run) -> None:
        require_value(row)
        if is_type_of is not None and is_type_of(row, run.raw(of)) is not True:
            raise Unexpected(f"a value that is no {selection.type.name}")
        if len(admitted) < MOST_CLASSES:
            admitted.add(row.__class__)

    return admit


def keeping(number: int, make: Complete) -> Complete:
    """Makes a row's answer once, for as long as answers are kept."""

    def find(row: object, run: Run) -> object:
        key = (number, id(row))
        found = run.kept.get(key)
        if found is not None:
            return found[1]
        answer = make(row, run)
        if len(run.kept) < MOST_ANSWERS:
            # With the row, so that its id is its own.
            run.kept[key] = (row, answer)
        return answer

    return find


def keeping_by(number: int, make: Complete) -> Callable[[object, Run, object], object]:
    """The same of an answer that is known by a value of the row."""

    def keep(row: object, run: Run, value: object) -> object:
        answer = make(row, run)
        if answer is not None and len(run.kept) < MOST_ANSWERS:
            run.kept[number, value] = answer
        return answer

    return keep


def noting(number: int, call: Complete) -> Complete:
    """Calls a resolver, and notes what it gives or raises for the reference executor."""

    def resolve(row: object, run: Run) -> object:
        try:
            value = call(row, run)
        except Exception as error:
            run.note(number, row, error, failed=True)
            raise
        if optimized_is_awaitable(value):
            return Awaited(cast("Awaitable[object]", value))
        run.note(number, row, value)
        return value

    return resolve


def reading(complete: Complete, *, outermost: bool) -> Complete:
    """Reads what stands in the place of a list; what can be walked only once is left to the reference executor."""

    def read(value: object, run: Run) -> object:
        if isinstance(value, AsyncIterable) and outermost and not hasattr(value, "__anext__"):
            return LaterList(value, complete)
        if not is_iterable(value) or hasattr(value, "__next__"):
            raise Unexpected("no list in the place of one")
        return [complete(item, run) for item in value]

    return read
