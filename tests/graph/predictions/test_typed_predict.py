from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNonNull,
    OperationDefinitionNode,
    build_schema,
    is_required_input_field,
    parse,
)
from graphql.execution.values import get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from domain.callers import Scope
from domain.errors import InvalidManifest
from domain.words import JSONValue
from graph.catalog.typed_features import TypedEndpoint, typed_endpoints
from graph.compiled.variables import Unread, reader_of
from graph.operation.limits import GraphLimits
from graph.predictions.typed_rows import row_reader
from graph.schema import Schema, print_schema
from orm.connection.database import Database
from registry.endpoints import EndpointSpec
from registry.features import Feature, FeatureType
from tests.graph.conftest import Door
from tests.graph.odd_world import ODD, ODD_NAMES, ODD_ROW, endpoint, odd_registry
from tests.serving.world import Dice, services_on

ANSWER = """{
  request { requestId outcome label value probability message input subject algorithm { name } }
  userErrors { code message path }
}"""
GENERIC = f"mutation ($input: PredictInput!) {{ predict(input: $input) {ANSWER} }}"
TYPED = f"mutation ($input: PredictOddNames2Input!) {{ predictOddNames2(input: $input) {ANSWER} }}"
FEATURES = """mutation ($features: OddNames2Features!) {
  predictOddNames2(input: {features: $features}) { query { requests { totalCount } } }
}"""
COUNT = "{ requests { totalCount } }"
ODD_INPUT = {
    "hoursPerWeek": 40,
    "_2ndFloorM2": 12.5,
    "label": "AT_MOST_50K",
    "grosse": "groß",
    "class": True,
    "bmi": 2**40,
    "private": 1,
}


@pytest.fixture
async def door(sqlite_url: str, dice: Dice) -> AsyncIterator[Door]:
    """The edge over services with odd names; it shadows the plain one."""
    services = services_on(await Database.open(sqlite_url), odd_registry(), dice)
    await services.start()
    yield Door(services)
    await services.stop()


async def typed(door: Door, features: dict[str, Any], **more: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await door.data(TYPED, input={"features": features, **more}))[
        "predictOddNames2"
    ]
    return payload


async def generic(door: Door, features: dict[str, Any], **more: Any) -> dict[str, Any]:
    asked = {"endpoint": ODD.name, "features": features, **more}
    payload: dict[str, Any] = (await door.data(GENERIC, input=asked))["predict"]
    return payload


async def test_the_typed_mutation_answers_and_logs_as_the_generic_one_does(door: Door) -> None:
    one, other = await typed(door, ODD_INPUT, subject="me"), await generic(door, ODD_ROW, subject="me")
    assert one["request"].pop("requestId") != other["request"].pop("requestId")
    assert one == other
    assert one["request"]["label"] == "high"
    assert json.dumps(one["request"]["input"]) == json.dumps(ODD_ROW)


async def test_a_retry_by_the_other_mutation_gets_the_first_answer(door: Door) -> None:
    first = await typed(door, ODD_INPUT, idempotencyKey="k")
    assert await generic(door, ODD_ROW, idempotencyKey="k") == first
    other = await typed(door, {**ODD_INPUT, "class": False}, idempotencyKey="k")
    assert (other["request"], [(one["code"], one["path"]) for one in other["userErrors"]]) == (
        None,
        [("IDEMPOTENCY_CONFLICT", ["input", "idempotencyKey"])],
    )
    assert await door.data(COUNT) == {"requests": {"totalCount": 1}}


async def test_conditions_choose_as_in_predict(door: Door) -> None:
    payload = await typed(door, ODD_INPUT, conditions={"algorithm": "at thirty"})
    assert payload["request"]["algorithm"] == {"name": "at thirty"}
    none = await typed(door, ODD_INPUT, conditions={"status": "TESTING"})
    assert [error["code"] for error in none["userErrors"]] == ["ALGORITHM_NOT_AVAILABLE"]
    assert none["request"]["outcome"] == "ERROR"


async def test_an_optional_feature_is_left_out_and_null_is_missing(door: Door) -> None:
    without = {name: value for name, value in ODD_INPUT.items() if name != "_2ndFloorM2"}
    request = (await typed(door, {**without, "hoursPerWeek": None, "label": None}))["request"]
    assert request["outcome"] == "OK"
    assert list(request["input"].items()) == [
        ("hours-per-week", None),
        ("Label", None),
        ("größe", "groß"),
        ("class", True),
        ("BMI", 2**40),
        ("private", 1),
    ]


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        (
            {"hoursPerWeek": 169},
            "hoursPerWeek",
            "hoursPerWeek must be a whole number from 0 to 168 hours, got 169",
        ),
        ({"private": 10}, "private", "private must be a number of at most 9.5, got 10"),
        ({"bmi": 1.5}, "bmi", "bmi must be a whole number, got 1.5"),
        ({"bmi": 2**60}, "bmi", "bmi must be a whole number, got 1.152921504606847e+18"),
        (
            {"label": ...},
            "label",
            "label is absent; send it, or null when it is not known",
        ),
    ],
)
async def test_what_is_wrong_is_told_by_the_names_of_the_input_and_logged_by_those_of_the_features(
    door: Door, change: dict[str, Any], path: str, message: str
) -> None:
    features = {name: value for name, value in {**ODD_INPUT, **change}.items() if value is not ...}
    payload = await typed(door, features)
    assert payload["userErrors"] == [
        {"code": "INVALID_FEATURES", "message": message, "path": ["input", "features", path]}
    ]
    logged = message
    for feature, name in ODD_NAMES.items():
        logged = logged.replace(f"{name} ", f"{feature} ")
    assert (payload["request"]["outcome"], payload["request"]["message"]) == ("ERROR", logged)


async def test_a_long_text_is_refused_by_its_input_name(door: Door) -> None:
    (error,) = (await typed(door, {**ODD_INPUT, "grosse": "x" * 1001}))["userErrors"]
    assert error["path"] == ["input", "features", "grosse"]
    assert error["message"].startswith("grosse must be a text of at most 256 characters, got text 'xxx")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"label": "<=50K"}, "Value '<=50K' does not exist in 'OddNames2Label' enum"),
        ({"class": None}, "Expected value of non-null type 'Boolean!' not to be None"),
        ({"hoursPerWeek": 1.5}, "Int cannot represent non-integer value: 1.5"),
        ({"hours": 1}, "'hours'"),
    ],
)
async def test_what_the_types_exclude_is_refused_before_it_is_logged(
    door: Door, change: dict[str, Any], says: str
) -> None:
    error = await door.error(TYPED, input={"features": {**ODD_INPUT, **change}})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert says in error["message"]
    assert await door.data(COUNT) == {"requests": {"totalCount": 0}}


async def test_who_may_not_predict_is_refused_and_nothing_is_logged(door: Door) -> None:
    error = await door.seen_by(Scope.READ).error(TYPED, input={"features": ODD_INPUT})
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert await door.data(COUNT) == {"requests": {"totalCount": 0}}


async def test_the_query_of_the_payload_starts_at_the_root(door: Door) -> None:
    data = await door.data(FEATURES, features=ODD_INPUT)
    assert data == {"predictOddNames2": {"query": {"requests": {"totalCount": 1}}}}


async def test_an_endpoint_names_its_mutation_and_its_features_their_fields(door: Door) -> None:
    data = await door.data("{ endpoints { nodes { name predictField features { name inputName } } } }")
    found = {one["name"]: one for one in data["endpoints"]["nodes"]}
    assert {name: one["predictField"] for name, one in found.items()} == {
        "odd-names_2": "predictOddNames2",
        "heights": "predictHeights",
        "broken": "predictBroken",
    }
    assert {one["name"]: one["inputName"] for one in found["odd-names_2"]["features"]} == ODD_NAMES


async def test_an_endpoint_whose_algorithms_are_broken_still_has_its_mutation(door: Door) -> None:
    data = await door.data(
        "mutation { predictBroken(input: {features: {x: 1, colour: RED}}) { userErrors { code } } }"
    )
    assert data == {"predictBroken": {"userErrors": [{"code": "ALGORITHM_NOT_AVAILABLE"}]}}


async def test_switched_off_there_is_only_the_generic_mutation(door: Door) -> None:
    plain = Door(door.services, typed_predictions=False)
    messages = [error["message"] for error in (await plain.post(FEATURES, features=ODD_INPUT))["errors"]]
    assert messages == [
        "Unknown type 'OddNames2Features'.",
        "Cannot query field 'predictOddNames2' on type 'Mutation'.",
    ]
    assert (await generic(plain, ODD_ROW))["userErrors"] == []
    data = await plain.data('{ endpoint(name: "odd-names_2") { predictField features { inputName } } }')
    assert data["endpoint"] == {"predictField": None, "features": [{"inputName": None}] * len(ODD_NAMES)}


def printed_fields(type_: str) -> dict[str, tuple[str, str | None]]:
    found = build_schema(print_schema({ODD.name: ODD})).type_map[type_]
    assert isinstance(found, GraphQLInputObjectType)
    return {name: (str(one.type), one.description) for name, one in found.fields.items()}


def test_the_types_say_what_each_feature_may_be() -> None:
    assert printed_fields("OddNames2Features") == {
        "hoursPerWeek": (
            "Int",
            "Hours worked in a usual week. A whole number from 0 to 168, in hours. "
            "Must be sent; null when it is not known. Logged as `hours-per-week`.",
        ),
        "_2ndFloorM2": (
            "Float",
            "A number of at least 0. Left out when it is not known. Logged as `2nd floor (m²)`.",
        ),
        "label": (
            "OddNames2Label",
            "What it was called before. Must be sent; null when it is not known. Logged as `Label`.",
        ),
        "grosse": (
            "String",
            "Any text? Any text of at most 256 characters. Must be sent; null when it is not known. "
            "Logged as `größe`.",
        ),
        "class": ("Boolean!", "A feature."),
        "bmi": ("Float", "A whole number. Must be sent; null when it is not known. Logged as `BMI`."),
        "private": ("Float!", "A number of at most 9.5."),
    }


def test_the_input_takes_beside_the_features_what_predict_takes() -> None:
    generic, own = printed_fields("PredictInput"), printed_fields("PredictOddNames2Input")
    assert list(own) == ["features", "conditions", "subject", "idempotencyKey", "externalId"]
    assert own.pop("features") == ("OddNames2Features!", "The features, each by its own field.")
    assert own == {name: one for name, one in generic.items() if name in own}


def test_the_values_of_an_enum_are_readable_and_tell_the_exact_text() -> None:
    enum = build_schema(print_schema({ODD.name: ODD})).type_map["OddNames2Label"]
    assert isinstance(enum, GraphQLEnumType)
    assert {name: value.description for name, value in enum.values.items()} == {
        "AT_MOST_50K": 'The text "<=50K".',
        "ABOVE_50K": 'The text ">50K".',
        "_1ST_4TH": 'The text "1st-4th".',
        "HS_GRAD": 'The text "HS-grad".',
        "TRUE": 'The text "true".',
        "FALSE": 'The text "false".',
        "NULL": 'The text "null".',
        "X": 'The text "__x".',
        "EMPTY": 'The text "".',
        "QUESTION_MARK": 'The text "?".',
        "SAY_E": 'The text "say \\"é\\"".',
    }
    assert enum.description == "What `Label` of `odd-names_2` may be. What it was called before."


# No text of an endpoint or of a row holds U+0000, which PostgreSQL cannot store.
TEXTS = partial(st.text, st.characters(exclude_characters="\x00", codec="utf-8"))


def values_of(feature: Feature) -> st.SearchStrategy[JSONValue]:
    """What `feature` allows, as JavaScript would send it."""
    low, high = feature.bounds
    valid: st.SearchStrategy[Any]
    if feature.type is FeatureType.INTEGER:
        valid = st.integers(int(low), int(high))
    elif feature.type is FeatureType.NUMBER:
        valid = st.floats(low, high).map(lambda number: int(number) if number.is_integer() else number)
    elif feature.type is FeatureType.BOOLEAN:
        valid = st.booleans()
    else:
        valid = st.sampled_from(feature.categories) if feature.categories else TEXTS(max_size=20)
    return valid | st.none() if feature.nullable else valid


ROWS = st.fixed_dictionaries(
    {feature.name: values_of(feature) for feature in ODD.features.features if feature.required},
    optional={feature.name: values_of(feature) for feature in ODD.features.features if not feature.required},
)
SCHEMA = Schema(GraphLimits(), specs={ODD.name: ODD})
TYPED_ODD = SCHEMA.typed[ODD.name]


def as_the_resolver_gets_it(features: dict[str, JSONValue]) -> dict[str, JSONValue]:
    """The row that GraphQL makes of the variables."""
    operation = cast(OperationDefinitionNode, parse(FEATURES).definitions[0])
    found = get_variable_values(SCHEMA._schema, operation.variable_definitions or (), {"features": features})
    assert not isinstance(found, list), found
    return TYPED_ODD.row(found.coerced["features"])


@given(ROWS)
def test_every_valid_row_comes_through_the_types_as_it_was(row: dict[str, JSONValue]) -> None:
    came = as_the_resolver_gets_it(TYPED_ODD.variables(row))
    assert came == row
    assert list(came) == [name for name in ODD.features.names if name in row]
    assert ODD.features.validate(cast(JSONValue, came)) == ODD.features.validate(cast(JSONValue, row))


FEATURES_TYPE = cast("GraphQLInputObjectType", SCHEMA._schema.type_map[TYPED_ODD.features_type])
STRAIGHT = row_reader(TYPED_ODD, FEATURES_TYPE)
READ = reader_of(GraphQLNonNull(FEATURES_TYPE))
SENT = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**33), 2**33),
    st.floats(),
    st.sampled_from(["AT_MOST_50K", "groß", "", "40"]),
    st.just([]),
    st.just({}),
)


def read_or_none(read: Callable[[object], JSONValue], sent: object) -> JSONValue:
    """What is read, in JSON; None where others must read it."""
    try:
        return json.dumps(read(sent))
    except Unread:
        return None


@given(
    ROWS,
    st.dictionaries(st.sampled_from([*ODD_INPUT, "wrong"]), SENT),
    st.sets(st.sampled_from(sorted(ODD_INPUT))),
)
def test_features_as_they_came_give_the_row_that_the_types_give(
    row: dict[str, JSONValue], wrong: dict[str, object], left_out: set[str]
) -> None:
    sent: dict[str, object] = {**TYPED_ODD.variables(row), **wrong}
    sent = {name: value for name, value in sent.items() if name not in left_out}
    assert read_or_none(STRAIGHT, sent) == read_or_none(lambda one: TYPED_ODD.row(READ(one)), sent)


@pytest.mark.parametrize("sent", [None, [], "x", 1])
def test_what_is_no_object_is_left_to_others(sent: object) -> None:
    assert read_or_none(STRAIGHT, sent) is None


CATEGORIES = st.lists(TEXTS(max_size=8), min_size=1, max_size=6, unique=True)


@given(CATEGORIES, st.lists(TEXTS(min_size=1, max_size=8), min_size=1, max_size=4, unique=True))
def test_any_declaration_gives_a_schema_or_an_error_that_names_endpoint_both_and_the_cure(
    categories: list[str], names: list[str]
) -> None:
    declared = [name for name in names if name.strip() and name not in ("label", "truth")] or ["x"]
    features: list[JSONValue] = [
        {"name": one, "type": "category", "categories": list(categories)} for one in declared
    ]
    spec = endpoint("any", features, dict.fromkeys(declared, categories[0]))
    typed, refusal = typed_or_refused(spec)
    if typed is None:
        assert refusal.startswith("endpoint 'any'")
        assert " would both be called " in refusal
        assert refusal.endswith(CURE)
    else:
        assert len({one.name for one in typed.features}) == len(declared)
        assert [len(set(one.values.values())) for one in typed.features] == [len(categories)] * len(declared)


ODD_TEXTS = [
    "\x01\x1b[0m",
    "line\u2028end",
    '''"""block"""''',
    "back\\slash",
    "男",
    "𝔘",
    "\ud7ff",
    "a\nb",
    "mro",
    "_a_",
    "🙂",
]


def test_a_schema_of_odd_texts_is_printed_and_read_again() -> None:
    declared: list[JSONValue] = [
        {"name": text, "type": "category", "categories": list(ODD_TEXTS), "description": text}
        for text in ODD_TEXTS
    ]
    spec = endpoint("any", declared, dict.fromkeys(ODD_TEXTS, "男"))
    found = build_schema(print_schema({"any": spec})).type_map
    features = cast(GraphQLInputObjectType, found["AnyFeatures"]).fields
    values = cast(GraphQLEnumType, found["AnyU7537"]).values
    typed = typed_endpoints({"any": spec})["any"]
    assert list(features) == [one.name for one in typed.features]
    assert list(values) == list(typed.features[0].values.values())
    assert values["U7537"].description == 'The text "男".'


def typed_or_refused(spec: EndpointSpec) -> tuple[TypedEndpoint | None, str]:
    try:
        return typed_endpoints({spec.name: spec})[spec.name], ""
    except InvalidManifest as error:
        return None, error.message


CURE = "rename one, or switch typed predictions off (ARBITER_TYPED_PREDICTIONS=false)"


def of_categories(*categories: str, name: str = "e") -> EndpointSpec:
    return endpoint(
        name,
        [{"name": "some-name", "type": "category", "categories": list(categories)}],
        {"some-name": categories[0]},
    )


def with_features(*names: str) -> EndpointSpec:
    return endpoint("e", [{"name": name, "type": "number"} for name in names], dict.fromkeys(names, 1.0))


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (
            [of_categories("Yes", "no", "yes")],
            "endpoint 'e', feature 'some-name': categories 'Yes' and 'yes' would both be called YES in GraphQL: ",
        ),
        (
            [with_features("hours-per-week", "hours_per_week")],
            "endpoint 'e': features 'hours-per-week' and 'hours_per_week' would both be called hoursPerWeek "
            "in GraphQL: ",
        ),
        (
            [of_categories("a", name="income_classifier"), of_categories("a", name="income-classifier")],
            "the mutation of endpoint 'income_classifier' and the mutation of endpoint 'income-classifier' would "
            "both be called predictIncomeClassifier in GraphQL: ",
        ),
        (
            [of_categories("a", name="batch")],
            "the mutation of endpoint 'batch' and the mutation predictBatch, which the API has already, would both "
            "be called predictBatch in GraphQL: ",
        ),
        (
            [endpoint("feature", [{"name": "type", "type": "category", "categories": ["a"]}], {"type": "a"})],
            "the categories of feature 'type' of endpoint 'feature' and the type FeatureType, which the API has "
            "already, would both be called FeatureType in GraphQL: ",
        ),
        (
            [
                endpoint(
                    "e", [{"name": "features", "type": "category", "categories": ["a"]}], {"features": "a"}
                )
            ],
            "the categories of feature 'features' of endpoint 'e' and the features of endpoint 'e' would both be "
            "called EFeatures in GraphQL: ",
        ),
    ],
)
def test_a_clash_of_names_refuses_to_start_and_names_both_and_the_cure(
    specs: list[EndpointSpec], message: str
) -> None:
    with pytest.raises(InvalidManifest) as raised:
        Schema(GraphLimits(), specs={spec.name: spec for spec in specs})
    assert raised.value.message == message + CURE


def test_the_order_of_the_registry_changes_nothing() -> None:
    specs = odd_registry().endpoints
    assert print_schema(specs) == print_schema(dict(reversed(list(specs.items()))))


CATEGORY_VALUES = """query ($name: String!) {
  endpoint(name: $name) { features { name inputName categories categoryValues { name text } } }
}"""


async def categories(door: Door) -> dict[str, Any]:
    found = (await door.data(CATEGORY_VALUES, name=ODD.name))["endpoint"]["features"]
    return {feature["name"]: feature for feature in found}


async def test_each_category_tells_the_value_that_the_typed_mutation_takes_for_it(door: Door) -> None:
    found = await categories(door)
    label = found.pop("Label")
    assert [value["text"] for value in label["categoryValues"]] == label["categories"]
    schema = build_schema(print_schema({ODD.name: ODD}))
    enum = schema.type_map["OddNames2Label"]
    assert isinstance(enum, GraphQLEnumType)
    assert [value["name"] for value in label["categoryValues"]] == list(enum.values)
    for value in label["categoryValues"]:
        request = (await typed(door, {**ODD_INPUT, label["inputName"]: value["name"]}))["request"]
        assert request["input"]["Label"] == value["text"]
    # "größe" is a category too, but may be any text.
    assert [feature["categoryValues"] for feature in found.values()] == [None] * 6


async def test_categories_have_no_names_where_typed_predictions_are_switched_off(door: Door) -> None:
    label = (await categories(replace(door, typed_predictions=False)))["Label"]
    assert label["inputName"] is None
    assert label["categoryValues"] == [{"name": None, "text": text} for text in label["categories"]]


def test_a_feature_that_is_not_nullable_cannot_be_forgotten_and_any_other_can() -> None:
    made = build_schema(print_schema({ODD.name: ODD})).type_map["OddNames2Features"]
    assert isinstance(made, GraphQLInputObjectType)
    required = {name for name, field in made.fields.items() if is_required_input_field(field)}
    assert required == {"class", "private"}
