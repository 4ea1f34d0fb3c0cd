"""What a plan does, in words for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graph.compiled.plan import Plan
from graph.compiled.selections import PlannedField, Way


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One field of a plan: its path in the answer, what it is in the schema, and how its value comes about."""

    path: str
    field: str
    comes_from: str
    rights: tuple[str, ...]


def steps_of(plan: Plan) -> list[PlannedStep]:
    """The fields of a plan in the order of the answer; those of an interface once for each type."""
    return [step for root in plan.roots for field in root.fields for step in _steps(field, "")]


def _steps(field: PlannedField, above: str) -> Iterator[PlannedStep]:
    path = f"{above}{field.key}"
    rights = tuple(sorted(map(str, field.rights)))
    yield PlannedStep(path, f"{field.parent.name}.{field.name}", _source_of(field), rights)
    for type_, below in field.below.items():
        kind = f"<{type_}>." if len(field.below) > 1 else "."
        for one in below.fields:
            yield from _steps(one, f"{path}{kind}")


def _source_of(field: PlannedField) -> str:
    if field.way is Way.DIRECT and not field.noted:
        return "the row, or what is in memory"
    return field.way.value
