from __future__ import annotations

import math
import types
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from domain.errors import AlgorithmFailed, InvalidAlgorithm
from domain.requests.request import Answer
from domain.words import Kind, Status
from registry.algorithm import Algorithm, Classifier, Regressor, check_answers
from registry.endpoints import EndpointSpec

KEYWORDS: dict[str, Any] = {"endpoint": "umbrella", "name": "ten lines", "version": "0.0.1", "owner": "Ada"}


class TenLines(
    Classifier, endpoint="umbrella", name="ten lines", version="0.0.1", owner="Ada", status="production"
):
    """Says what the sky says.

    At length.
    """

    artifact = "ten_lines-0.0.1"


def define(base: type[Algorithm] = Classifier, **keywords: Any) -> type[Algorithm]:
    return types.new_class(
        "Defined", (base,), keywords, lambda body: body.update(__doc__="Defined in a test.")
    )


def test_class_keywords_are_its_description() -> None:
    assert (TenLines.endpoint, TenLines.name, TenLines.version, TenLines.owner) == (
        "umbrella",
        "ten lines",
        "0.0.1",
        "Ada",
    )
    assert (TenLines.kind, TenLines.status) == (Kind.CLASSIFIER, Status.PRODUCTION)
    assert TenLines.description == "Says what the sky says.\n\nAt length."
    assert TenLines.code().startswith("class TenLines(")
    assert TenLines.code().rstrip().endswith('artifact = "ten_lines-0.0.1"')


def test_first_status_is_testing_unless_told_otherwise() -> None:
    assert define(**KEYWORDS).status is Status.TESTING
    assert define(**KEYWORDS, status=None).status is None


def test_class_without_keywords_is_an_abstract_base() -> None:
    base = define(Regressor)
    assert base.name == ""
    assert define(base, **KEYWORDS).kind is Kind.REGRESSOR


def test_subclass_takes_over_what_it_does_not_say() -> None:
    newer = define(TenLines, version="0.0.2")
    assert (newer.name, newer.version, newer.owner, newer.artifact) == (
        "ten lines",
        "0.0.2",
        "Ada",
        "ten_lines-0.0.1",
    )


@pytest.mark.parametrize("keyword", list(KEYWORDS))
def test_absent_class_keyword_is_named(keyword: str) -> None:
    keywords = {name: value for name, value in KEYWORDS.items() if name != keyword}
    with pytest.raises(InvalidAlgorithm, match=f'Defined: give the class keyword {keyword}="…"'):
        define(**keywords)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("endpoint", "no/slash"),
        ("endpoint", "1st"),
        ("version", "../1"),
        ("version", "1 0"),
        ("version", "1" * 129),
        ("name", "  "),
        ("name", 5),
        ("name", "n" * 129),
        ("status", "ab_testing"),
        ("status", "Production"),
    ],
)
def test_wrong_class_keyword_is_refused_with_its_name(keyword: str, value: object) -> None:
    with pytest.raises(InvalidAlgorithm, match=keyword):
        define(**KEYWORDS | {keyword: value})


def test_algorithm_itself_is_not_to_be_subclassed() -> None:
    with pytest.raises(InvalidAlgorithm, match="subclass Classifier or Regressor"):
        define(Algorithm, **KEYWORDS)


def test_class_without_artifact_must_override_load(spec: EndpointSpec) -> None:
    with pytest.raises(InvalidAlgorithm, match="name its artifact"):
        define(**KEYWORDS)(spec).load(None)


def test_prediction_before_loading_fails(spec: EndpointSpec) -> None:
    with pytest.raises(AlgorithmFailed, match="before it was loaded"):
        TenLines(spec).predict([(0.5, 1, "west", True)])


def test_good_answers_pass(spec: EndpointSpec) -> None:
    check_answers(spec, [Answer(label="yes", probability=0.7), Answer(label="no")], 2)


def test_numbers_of_other_types_become_floats(spec: EndpointSpec) -> None:
    half: Any = np.float32(0.5)
    given = Answer(label=np.str_("yes"), probability=half, probabilities={np.str_("yes"): 1, "no": 0})
    [answer] = check_answers(spec, [given], 1)
    assert answer == Answer(label="yes", probability=0.5, probabilities={"yes": 1.0, "no": 0.0})
    assert (type(answer.label), type(answer.probability)) == (str, float)
    assert [(type(name), type(share)) for name, share in (answer.probabilities or {}).items()] == [
        (str, float)
    ] * 2


@pytest.mark.parametrize("value", [7, np.int64(7), np.uint8(7), np.float32(7), np.float64(7), Fraction(7)])
def test_value_of_another_type_becomes_a_float(spec: EndpointSpec, value: Any) -> None:
    regression = replace(spec, kind=Kind.REGRESSOR, classes=None)
    [answer] = check_answers(regression, [Answer(value=value)], 1)
    assert (answer, type(answer.value)) == (Answer(value=7.0), float)


def test_plain_answers_pass_as_they_are(spec: EndpointSpec) -> None:
    given = [Answer(label="yes", probability=0.5, probabilities={"no": 0.5, "yes": 0.5})]
    assert check_answers(spec, given, 1)[0] is given[0]


@pytest.mark.parametrize("value", [True, np.bool_(True), math.nan, -math.inf, "7", None, 10**400, 7j, [7]])
def test_value_that_is_no_finite_number_is_named(spec: EndpointSpec, value: Any) -> None:
    regression = replace(spec, kind=Kind.REGRESSOR, classes=None)
    with pytest.raises(AlgorithmFailed, match="does not allow: value must be a finite number, not Answer"):
        check_answers(regression, [Answer(value=value)], 1)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(label=1), "label must be one of no, yes"),  # type: ignore[arg-type]
        (Answer(label="yes", probability=True), "a probability must be a number from 0 to 1"),
        (Answer(label="yes", probabilities={"yes": math.nan}), "a probability must be a number from 0 to 1"),
        (Answer(label="yes", probabilities={"other": 1.0}), "probabilities may name only no, yes"),
        (Answer(label="yes", probabilities=[0.5, 0.5]), "probabilities must be a mapping"),  # type: ignore[arg-type]
        (Answer(label="yes", value=1.0), "a classifier gives no value"),
    ],
)
def test_wrong_part_of_an_answer_is_named(spec: EndpointSpec, answer: Answer, reason: str) -> None:
    with pytest.raises(AlgorithmFailed, match=reason):
        check_answers(spec, [answer], 1)


def test_regressor_that_gives_a_label_is_refused(spec: EndpointSpec) -> None:
    regression = replace(spec, kind=Kind.REGRESSOR, classes=None)
    with pytest.raises(AlgorithmFailed, match="a regressor gives a value only"):
        check_answers(regression, [Answer(value=1.0, label="yes")], 1)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(),
        Answer(label="maybe"),
        Answer(label="yes", probability=1.1),
        Answer(label="yes", probability=math.nan),
        Answer(value=1.0),
        "yes",
    ],
)
def test_nonsense_is_no_answer(spec: EndpointSpec, answer: Any) -> None:
    with pytest.raises(AlgorithmFailed, match="that umbrella does not allow"):
        check_answers(spec, [answer], 1)


def test_wrong_number_of_answers_is_refused(spec: EndpointSpec) -> None:
    with pytest.raises(AlgorithmFailed, match="gave 1 answers for 2 rows"):
        check_answers(spec, [Answer(label="yes")], 2)
