"""A plan: an operation's selections with the functions that answer them; and what it does, in words."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from graphql import DirectiveNode, OperationType, VariableNode, Visitor, visit

from graph.compiled.arguments import constant_arguments, mixed_arguments, plain_variables
from graph.compiled.policy import Policy
from graph.compiled.private_parts import VariableValues, info_class
from graph.compiled.run import Complete, Data, KeptAnswers, Pending, Program, Run
from graph.compiled.selections import MOST_FIELDS, Operation, PlannedField, Planner, Way
from graph.compiled.writing.writer import Writer


class Plan:
    """An operation for some values of the variables in its conditions.

    Raises NotCompiled where it cannot be made, as where it has more than `most` fields.

    `rights` are those that its fields need, `steps` the functions that answer the root: one after another. `given_up`
    counts how often it gave up what the reference executor then answered.
    """

    def __init__(
        self, operation: Operation, variables: VariableValues, policy: Policy, most: int = MOST_FIELDS
    ) -> None:
        planner = Planner(operation, variables, policy, most)
        self.roots = planner.root()
        fields = planner.fields
        self.rights: frozenset[Hashable] = frozenset().union(*(field.rights for field in fields))
        writer = Writer(policy)
        self.steps: list[Complete] = [writer.function_of(root) for root in self.roots]
        self.program = Program(
            operation,
            fields,
            frozenset(field.number for root in self.roots for field in root.fields),
            info_class(operation.schema),
            {field.number: writer.scope[f"k{field.number}"] for field in fields if field.noted},
        )
        for field in fields:
            if not field.definition.args:
                continue
            if (found := constant_arguments(field)) is not None:
                self.program.constants[field.number] = found
            elif (named := plain_variables(field)) is not None:
                self.program.named[field.number] = named
            elif (mixed := mixed_arguments(field)) is not None:
                self.program.mixed[field.number] = mixed
        self.given_up = 0
        self._is_mutation = operation.node.operation is OperationType.MUTATION
        self._epoch: object = None
        self._kept: KeptAnswers = {}

    def kept_in(self, epoch: object) -> KeptAnswers:
        """The answers that are kept for a run that begins now. A mutation begins without any: it may end the epoch."""
        if self._is_mutation:
            return {}
        if epoch is not self._epoch:
            self._epoch, self._kept = epoch, {}
        return self._kept

    def start(self, run: Run) -> tuple[Data, Sequence[Pending]]:
        """The first step: the answer, and what has to be awaited before it is whole."""
        return run.step(self.steps[0], run.given.root) if self.steps else ({}, ())

    def is_whole(self, pending: Sequence[Pending]) -> bool:
        """Whether nothing is left to be done after the first step."""
        return not pending and len(self.steps) <= 1

    async def finish(self, run: Run, data: Data, pending: Sequence[Pending]) -> Data:
        """The whole answer: what is pending, then the steps after the first one."""
        if pending:
            await run.settle(pending)
        for step in self.steps[1:]:
            run.kept = {}
            part, pending = run.step(step, run.given.root)
            if pending:
                await run.settle(pending)
            data.update(part)
        return data


def switches_of(operation: Operation) -> tuple[str, ...]:
    """The variables in the conditions of an operation and of its document's fragments."""
    found: dict[str, None] = {}

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: object) -> None:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    found[argument.value.name.value] = None

    for node in (operation.node, *operation.fragments.values()):
        visit(node, Conditions())
    return tuple(found)


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
