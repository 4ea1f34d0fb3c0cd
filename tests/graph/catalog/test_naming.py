from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.catalog.naming import field_name, type_name, value_name, words_of

NAME = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*")
FORBIDDEN_VALUES = {"true", "false", "null"}


@given(st.text())
def test_any_text_gets_valid_names(text: str) -> None:
    assert NAME.fullmatch(field_name(text))
    assert NAME.fullmatch(value_name(text))
    assert value_name(text) not in FORBIDDEN_VALUES
    assert NAME.fullmatch(f"Endpoint{type_name(text)}")
    assert value_name(text) == value_name(text).upper()


@given(st.text())
def test_any_text_has_words_of_ascii_letters_and_digits(text: str) -> None:
    words = words_of(text)
    assert words
    assert [word for word in words if not re.fullmatch("[A-Za-z0-9]+", word)] == []


@given(st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8}){0,3}", fullmatch=True))
def test_names_in_lower_case_with_dashes_come_back_from_camel_case(name: str) -> None:
    camel = field_name(name)
    assert re.sub("[A-Z]", lambda found: f"-{found.group().lower()}", camel) == name


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("hours-per-week", "hoursPerWeek", "HOURS_PER_WEEK"),
        ("Age", "age", "AGE"),
        ("PremiumPrice", "premiumPrice", "PREMIUM_PRICE"),
        ("BloodPressureProblems", "bloodPressureProblems", "BLOOD_PRESSURE_PROBLEMS"),
        ("sepal length (cm)", "sepalLengthCm", "SEPAL_LENGTH_CM"),
        ("BsmtFinSF1", "bsmtFinSF1", "BSMT_FINSF1"),
        ("1stFlrSF", "_1stFlrSF", "_1ST_FLRSF"),
        ("HS-grad", "hsGrad", "HS_GRAD"),
        ("<=50K", "atMost50k", "AT_MOST_50K"),
        (">50K", "above50k", "ABOVE_50K"),
        ("≥ 3", "atLeast3", "AT_LEAST_3"),
        ("-1", "minus1", "MINUS_1"),
        ("18-25", "_18_25", "_18_25"),
        ("O-", "oMinus", "O_MINUS"),
        ("O+", "oPlus", "O_PLUS"),
        ("0.5", "_0Point5", "_0_POINT_5"),
        ("don't know", "dontKnow", "DONT_KNOW"),
        ("Outlying-US(Guam-USVI-etc)", "outlyingUsGuamUsviEtc", "OUTLYING_US_GUAM_USVI_ETC"),
        ("São Tomé", "saoTome", "SAO_TOME"),
        ("Straße", "strasse", "STRASSE"),
        ("身高", "u8eabU9ad8", "U8EAB_U9AD8"),
        ("true", "true", "TRUE"),
        ("__x", "x", "X"),
        ("?", "questionMark", "QUESTION_MARK"),
        (" ", "space", "SPACE"),
        ("", "empty", "EMPTY"),
    ],
)
def test_names_are_readable(text: str, field: str, value: str) -> None:
    assert (field_name(text), value_name(text)) == (field, value)


def test_two_numbers_side_by_side_stay_two() -> None:
    assert [field_name(text) for text in ("v1_2", "v12", "v_12")] == ["v1_2", "v12", "v12"]
