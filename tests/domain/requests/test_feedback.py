from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidFeedback
from domain.requests.feedback import is_correct, normalised, number_of, residual
from domain.words import JSONValue, Kind


@pytest.mark.parametrize("empty", [None, "", "   ", "\n"])
@pytest.mark.parametrize("kind", list(Kind))
def test_null_and_empty_clear_the_feedback(empty: str | None, kind: Kind) -> None:
    assert normalised(empty, kind) is None


def test_text_is_trimmed_and_composed() -> None:
    assert normalised(" cafe\u0301 ", Kind.CLASSIFIER) == "caf\u00e9"


@pytest.mark.parametrize(("number", "text"), [(1, "1"), (1.0, "1"), (0.5, "0.5"), (25000, "25000")])
def test_numbers_become_text_as_people_write_them(number: float, text: str) -> None:
    assert normalised(number, Kind.REGRESSOR) == text


@pytest.mark.parametrize("bad", [True, [], {}, ["x"]])
def test_neither_text_nor_number_is_refused(bad: JSONValue) -> None:
    with pytest.raises(InvalidFeedback, match="text or a number"):
        normalised(bad, Kind.CLASSIFIER)


@pytest.mark.parametrize("bad", ["abc", "nan", "inf", "-Infinity", "1e999", "1_000", "0x10"])
def test_regressor_takes_finite_numbers_only(bad: str) -> None:
    with pytest.raises(InvalidFeedback, match="finite number"):
        normalised(bad, Kind.REGRESSOR)
    assert normalised(bad, Kind.CLASSIFIER) == bad


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_floats_that_are_not_finite_are_refused_for_a_regressor(bad: float) -> None:
    with pytest.raises(InvalidFeedback):
        normalised(bad, Kind.REGRESSOR)


def test_too_long_feedback_is_refused() -> None:
    with pytest.raises(InvalidFeedback, match="10000 characters"):
        normalised("x" * 10_001, Kind.CLASSIFIER)


def test_null_character_is_refused() -> None:
    with pytest.raises(InvalidFeedback, match="null characters"):
        normalised("a\x00b", Kind.CLASSIFIER)


def test_comparison_minds_case_and_is_numeric_only_where_classes_are_numbers() -> None:
    assert is_correct(">50K", ">50K")
    assert not is_correct(">50K", ">50k")
    assert not is_correct("1", "1.0")
    assert is_correct("1", "1.0", numeric=True)
    assert not is_correct("1", "one", numeric=True)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_survives_as_feedback(number: float) -> None:
    text = normalised(number, Kind.REGRESSOR)
    assert text is not None
    assert number_of(text) == number
    assert residual(number, text) == 0
