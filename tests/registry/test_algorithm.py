from __future__ import annotations

import math
import types
from typing import Any

import pytest

from domain.errors import AlgorithmFailed, InvalidAlgorithm
from domain.types import Answer, Kind, Status
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
