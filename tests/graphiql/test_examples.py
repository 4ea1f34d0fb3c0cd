from __future__ import annotations

import json
from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from domain.words import JSONValue
from graph.catalog.typed_features import typed_endpoints
from graph.http.graphiql.examples import ExampleEndpoint, example_tabs
from graph.http.graphiql.page import ExampleTab
from registry.endpoints import load_endpoint

ROOT = Path(__file__).parents[2]


SPECS = {
    name: load_endpoint(ROOT / "artifacts" / name)
    for name in ("income_classifier", "premium_insurance", "wine_cultivar")
}
NAMES = typed_endpoints(SPECS)


def shipped_endpoint(name: str, algorithms: tuple[int, ...], *, typed: bool = True) -> ExampleEndpoint:
    spec = SPECS[name]
    own = NAMES[name] if typed else None
    return ExampleEndpoint(name, spec.example, spec.classes or (), algorithms, own)


SHIPPED = [
    shipped_endpoint("income_classifier", (2, 1)),
    shipped_endpoint("premium_insurance", (4, 5)),
    shipped_endpoint("wine_cultivar", (8, 9)),
]


UNTYPED = [shipped_endpoint(name, (), typed=False) for name in SPECS]


QUESTIONS = ("Accuracy per week", "Wrong answers", "Export", "Live")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "graph/schema.graphql").read_text(encoding="utf-8"))


def operation_of(tab: ExampleTab) -> OperationDefinitionNode:
    [operation] = parse(tab.query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


def name_of(tab: ExampleTab) -> str:
    """Operations are named, since GraphiQL titles its tabs with these names."""
    name = operation_of(tab).name
    assert name is not None
    return name.value


def variables_of(tab: ExampleTab) -> dict[str, JSONValue]:
    variables: dict[str, JSONValue] = json.loads(tab.variables or "{}")
    return variables


@pytest.mark.parametrize(
    "tab", [*example_tabs(SHIPPED), *example_tabs(UNTYPED)[:3]], ids=lambda tab: tab.title
)
def test_example_is_valid_against_the_printed_schema(tab: ExampleTab, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(tab.query)) == []
    definitions = operation_of(tab).variable_definitions or ()
    coerced = get_variable_values(schema, definitions, variables_of(tab))
    assert not isinstance(coerced, list), coerced
    assert {definition.variable.name.value for definition in definitions} == set(variables_of(tab))


def test_examples_tell_the_whole_story_in_order() -> None:
    assert [(tab.title, name_of(tab)) for tab in example_tabs(SHIPPED)] == [
        ("Predict: income_classifier", "PredictIncomeClassifier"),
        ("Predict: premium_insurance", "PredictPremiumInsurance"),
        ("Predict: wine_cultivar", "PredictWineCultivar"),
        ("Give the ground truth", "GiveFeedback"),
        ("History of requests", "History"),
        ("Confusion matrix: income_classifier", "ConfusionMatrixIncomeClassifier"),
        ("Confusion matrix: wine_cultivar", "ConfusionMatrixWineCultivar"),
        ("Accuracy per week", "AccuracyPerWeek"),
        ("Wrong answers", "WrongAnswers"),
        ("Export", "Export"),
        ("Live", "RequestLogged"),
        ("Endpoints and algorithms", "Endpoints"),
        ("Start an A/B test: income_classifier", "StartABTest"),
        ("Results of A/B tests", "ABTestResults"),
    ]


def test_prediction_sends_the_declared_example_in_its_order() -> None:
    tab = example_tabs(SHIPPED)[0]
    features = variables_of(tab)["features"]
    assert isinstance(features, dict)
    assert list(features) == [one.name for one in NAMES["income_classifier"].features]
    assert (features["education"], features["hoursPerWeek"]) == ("HS_GRAD", 68)
    assert "predictIncomeClassifier(input: { features: $features })" in tab.query


def test_without_a_mutation_of_its_own_an_endpoint_is_asked_by_the_generic_one() -> None:
    tab = example_tabs(UNTYPED)[0]
    features = variables_of(tab)["features"]
    assert isinstance(features, dict)
    assert list(features.items()) == list(UNTYPED[0].features.items())
    assert 'predict(input: { endpoint: "income_classifier", features: $features })' in tab.query


def test_classifier_is_asked_for_a_label_and_regressor_for_a_value() -> None:
    income, premium, _ = (tab.query.split() for tab in example_tabs(SHIPPED)[:3])
    assert ("label" in income, "probability" in income, "value" in income) == (True, True, False)
    assert ("label" in premium, "probability" in premium, "value" in premium) == (False, False, True)


def test_probability_of_each_class_is_asked_for_where_there_are_more_than_two() -> None:
    income, _, wine = (tab.query for tab in example_tabs(SHIPPED)[:3])
    assert "probabilities { label probability }" in wine
    assert "probabilities" not in income


def test_feedback_of_a_classifier_is_one_of_its_classes_and_of_a_regressor_a_number() -> None:
    assert variables_of(example_tabs(SHIPPED)[3])["feedback"] == "<=50K"
    assert variables_of(example_tabs(SHIPPED[1:2])[1])["feedback"] == 100.0


def test_test_of_two_algorithms_names_them_by_id() -> None:
    [tab] = [tab for tab in example_tabs(SHIPPED) if tab.title.startswith("Start")]
    assert variables_of(tab) == {"algorithms": ["2", "1"]}


def test_server_without_two_comparable_algorithms_offers_no_test() -> None:
    only = ExampleEndpoint("iris flowers", {"a": 1}, ("setosa",), (1,))
    assert [tab.title for tab in example_tabs([only])] == [
        "Predict: iris flowers",
        "Give the ground truth",
        "History of requests",
        "Confusion matrix: iris flowers",
        *QUESTIONS,
        "Endpoints and algorithms",
        "Results of A/B tests",
    ]


def test_server_without_endpoints_still_offers_to_look_around() -> None:
    assert [tab.title for tab in example_tabs([])] == [
        "History of requests",
        *QUESTIONS,
        "Endpoints and algorithms",
        "Results of A/B tests",
    ]


def test_many_endpoints_do_not_open_a_tab_each() -> None:
    many = [ExampleEndpoint(f"e{number}", {"x": 1}) for number in range(20)]
    assert [tab.title for tab in example_tabs(many) if tab.title.startswith("Predict")] == [
        "Predict: e0",
        "Predict: e1",
        "Predict: e2",
        "Predict: e3",
    ]


def test_every_classifier_has_a_confusion_matrix_and_a_regressor_none() -> None:
    titles = [tab.title for tab in example_tabs(SHIPPED[::-1])]
    assert [title for title in titles if title.startswith("Confusion")] == [
        "Confusion matrix: wine_cultivar",
        "Confusion matrix: income_classifier",
    ]
    assert not [tab for tab in example_tabs(SHIPPED[1:2]) if tab.title.startswith("Confusion")]
