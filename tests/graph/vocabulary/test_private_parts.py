"""A test for each part of Strawberry and graphql-core that nobody promises: its name says what an upgrade broke."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import (
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    NoUndefinedVariablesRule,
    get_introspection_query,
    parse,
    recommended_rules,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError

from graph.vocabulary.field_cost import KEY, FieldCost
from graph.vocabulary.fields import resolved
from graph.vocabulary.permissions import OpenToAll
from graph.vocabulary.private_parts import (
    ABORTED,
    TOO_DEEP_INTROSPECTION,
    DateTimeDefinition,
    PreExecutionError,
    SchemaRunBy,
    comparing_at_most,
    core_info,
    core_schema,
    declaration_of,
    definition_of,
    enum_definition_of,
    read_input,
    sent_operation_name,
)


class Colour(Enum):
    RED = "red"


strawberry.enum(Colour)
enum_definition_of(Colour).values[0].description = "As blood."
enum_definition_of(Colour).values[0].name = "CRIMSON"


@strawberry.input
class Pair:
    one: int
    two: int


definition_of(Pair).name = "Couple"
read_input(Pair, lambda values: sorted(values.items()))


@strawberry.type
class Query:
    @resolved(needs=OpenToAll(), cost=FieldCost(7))
    def pair(self, info: strawberry.Info, pair: Pair | None = None) -> str:
        return f"{pair} of {core_info(info).field_nodes[0].name.value}"

    colour: Colour = Colour.RED


class Names(SchemaExtension):
    """Notes under which name each operation was sent."""

    sent: list[str | None] = []  # noqa: RUF012  emptied by the test

    def on_execute(self) -> Iterator[None]:
        self.sent.append(sent_operation_name(self.execution_context))
        yield


SCHEMA = strawberry.Schema(Query, extensions=[Names])
CORE = core_schema(SCHEMA)


def schema_of_graphql_core() -> None:
    assert isinstance(CORE, GraphQLSchema)
    assert set(CORE.query_type.fields if CORE.query_type else ()) == {"pair", "colour"}


def info_of_graphql_core() -> None:
    assert SCHEMA.execute_sync("{ pair }").data == {"pair": "None of pair"}


def declaration_behind_a_field() -> None:
    assert CORE.query_type is not None
    declared = declaration_of(CORE.query_type.fields["pair"])
    assert declared is not None
    assert (dict(declared.metadata), [type(one) for one in declared.extensions]) == (
        {KEY: FieldCost(7)},
        [OpenToAll],
    )


def values_of_an_enum_get_names_and_descriptions() -> None:
    assert str(SCHEMA).count('enum Colour {\n  """As blood."""\n  CRIMSON\n}') == 1
    assert SCHEMA.execute_sync("{ colour }", root_value=Query()).data == {"colour": "CRIMSON"}


def an_input_is_read_without_its_class() -> None:
    found = SCHEMA.execute_sync("{ pair(pair: {two: 2, one: 1}) }").data
    assert found == {"pair": "[('one', 1), ('two', 2)] of pair"}


def a_type_gets_another_name() -> None:
    assert [field.python_name for field in definition_of(Pair).fields] == ["one", "two"]
    assert "Couple" in CORE.type_map


def operation_name_as_it_was_sent() -> None:
    Names.sent.clear()
    SCHEMA.execute_sync("query One { pair }")
    SCHEMA.execute_sync("query One { pair }", operation_name="One")
    assert Names.sent == [None, "One"]


def execution_can_be_replaced() -> None:
    called: list[dict[str, Any]] = []

    def run(schema: GraphQLSchema, document: object, **how: object) -> ExecutionResult:
        called.append({"schema": schema, "document": document, **how})
        return ExecutionResult({"pair": "replaced"})

    schema = SchemaRunBy(Query, run=run)
    assert schema.execute_sync("{ pair }", context_value="ours").data == {"pair": "replaced"}
    assert called[0]["schema"] is core_schema(schema)
    assert called[0]["context_value"] == "ours"
    assert {"executor_class", "variable_values", "operation_name"} <= called[0].keys()


def executor_runs_in_two_steps() -> None:
    executor = Executor.build(CORE, parse("{ colour }"), raw_variable_values={}, root_value=Query)
    assert isinstance(executor, Executor)
    result = executor.execute_operation()
    assert not executor.is_awaitable(result)
    assert isinstance(result, ExecutionResult)
    assert result.data == {"colour": "CRIMSON"}
    wrong = Executor.build(CORE, parse("query ($a: Int!) { colour }"), raw_variable_values={})
    assert isinstance(wrong, list)
    assert isinstance(wrong[0], GraphQLError)


def results_of_subscriptions_tell_refusals_apart() -> None:
    error = PreExecutionError(data=None, errors=[GraphQLError("no")])
    assert error.errors == [GraphQLError("no")]


def an_absent_operation_has_its_own_error() -> None:
    assert isinstance(CannotGetOperationTypeError(None), Exception)


def times_are_parsed_by_the_scalar_of_strawberry() -> None:
    assert DateTimeDefinition.parse_value is not None
    assert DateTimeDefinition.parse_value("2026-01-31T12:00:00Z") == datetime(2026, 1, 31, 12, tzinfo=UTC)


def an_input_object_makes_its_value_by_out_type() -> None:
    pair = CORE.type_map["Couple"]
    assert isinstance(pair, GraphQLInputObjectType)
    assert pair.out_type({"one": 1}) == {"one": 1}


def the_rule_on_merged_fields_has_a_bound_and_says_that_it_was_reached() -> None:
    document = parse("{ colour colour colour }")
    assert validate(CORE, document, [comparing_at_most(6)]) == []
    (error,) = validate(CORE, document, [comparing_at_most(5)])
    assert error.message == ABORTED


def the_bound_of_merged_fields_holds_for_fragments_that_operations_share() -> None:
    spread = parse("{ ...A } fragment A on Query { colour }")
    assert validate(CORE, spread, [comparing_at_most(2), NoUndefinedVariablesRule]) == []
    (error,) = validate(CORE, spread, [comparing_at_most(1), NoUndefinedVariablesRule])
    assert error.message == ABORTED


def a_rule_says_that_introspection_is_too_deep() -> None:
    deep = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    rules = dict.fromkeys([*specified_rules, *recommended_rules])
    assert TOO_DEEP_INTROSPECTION in [error.message for error in validate(CORE, parse(deep), tuple(rules))]
    assert validate(CORE, parse(get_introspection_query()), tuple(rules)) == []


def validation_can_hide_suggestions() -> None:
    (error,) = validate(CORE, parse("{ colou }"), hide_suggestions=True)
    assert error.message == "Cannot query field 'colou' on type 'Query'."


PARTS: list[Callable[[], None]] = [
    schema_of_graphql_core,
    info_of_graphql_core,
    declaration_behind_a_field,
    values_of_an_enum_get_names_and_descriptions,
    an_input_is_read_without_its_class,
    a_type_gets_another_name,
    operation_name_as_it_was_sent,
    execution_can_be_replaced,
    executor_runs_in_two_steps,
    results_of_subscriptions_tell_refusals_apart,
    an_absent_operation_has_its_own_error,
    times_are_parsed_by_the_scalar_of_strawberry,
    an_input_object_makes_its_value_by_out_type,
    the_rule_on_merged_fields_has_a_bound_and_says_that_it_was_reached,
    the_bound_of_merged_fields_holds_for_fragments_that_operations_share,
    a_rule_says_that_introspection_is_too_deep,
    validation_can_hide_suggestions,
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_part_that_nobody_promises_is_as_we_use_it(part: Callable[[], None]) -> None:
    part()
