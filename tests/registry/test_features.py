from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidFeatures, InvalidManifest
from registry.features import LARGEST_INTEGER, LARGEST_NUMBER, Feature, FeatureSchema, FeatureType

AGE = Feature(name="age", type=FeatureType.INTEGER, minimum=0, maximum=120, unit="years")
HEIGHT = Feature(name="height", type=FeatureType.NUMBER, minimum=0.5, maximum=2.5)
COUNTRY = Feature(name="country", type=FeatureType.CATEGORY, categories=("Austria", "Chile", "Kenya"))
NOTE = Feature(name="note", type=FeatureType.CATEGORY, required=False)
SMOKER = Feature(name="smoker", type=FeatureType.BOOLEAN)
FREE = Feature(name="free", type=FeatureType.NUMBER, nullable=False)
SCHEMA = FeatureSchema((AGE, HEIGHT, COUNTRY, NOTE, SMOKER, FREE))
ROW: dict[str, Any] = {
    "age": 37,
    "height": 1.8,
    "country": "Chile",
    "note": "",
    "smoker": True,
    "free": 5,
}


def problems(row: Any, *, from_form: bool = False) -> tuple[str, ...]:
    with pytest.raises(InvalidFeatures) as caught:
        SCHEMA.validate(row, from_form=from_form)
    return caught.value.problems


def test_valid_row_gives_native_values_in_declared_order() -> None:
    values = SCHEMA.validate(dict(reversed(ROW.items())))
    assert values == (37, 1.8, "Chile", "", True, 5.0)
    assert [type(value) for value in values] == [int, float, str, str, bool, float]


def test_null_is_missing() -> None:
    assert SCHEMA.validate({**ROW, "age": None, "country": None, "smoker": None}) == (
        None,
        1.8,
        None,
        "",
        None,
        5.0,
    )


def test_null_is_refused_where_a_feature_is_not_nullable() -> None:
    assert problems({**ROW, "free": None}) == ("free must not be missing; a number",)


def test_absent_optional_feature_is_missing() -> None:
    row = {name: value for name, value in ROW.items() if name != "note"}
    assert SCHEMA.validate(row)[3] is None


def test_every_absent_feature_is_named() -> None:
    assert [problem.split(" ")[0] for problem in problems({})] == [
        "age",
        "height",
        "country",
        "smoker",
        "free",
    ]
    assert problems({})[0] == "age is absent; send it, or null when it is not known"


def test_unknown_feature_comes_with_the_nearest_name() -> None:
    assert problems({**ROW, "Contry": 1}) == (
        "Contry is no feature of this endpoint; did you mean 'country'?",
    )
    assert problems({**ROW, "zzz": 1}) == ("zzz is no feature of this endpoint; leave it out",)


def test_thousands_of_unknown_features_are_counted_not_listed() -> None:
    found = problems({**ROW, **{f"unknown {number}": 1 for number in range(5000)}})
    assert len(found) == 21
    assert found[-1] == "4980 more features are unknown to this endpoint; leave them out"


def test_label_beside_the_features_is_ignored() -> None:
    assert SCHEMA.validate({**ROW, "label": "x"}) == SCHEMA.validate(ROW)


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("37", "text '37'"),
        (True, "true"),
        (37.5, "37.5"),
        (-1, "-1"),
        (121, "121"),
        (math.nan, "a number that is not finite"),
        (math.inf, "a number that is not finite"),
        (10**400, "a number of very many digits"),
        ([37], "a list"),
        ({"a": 1}, "an object"),
        ("x" * 100, "text '" + "x" * 59 + "…'"),
    ],
)
def test_wrong_integer_is_named_with_range_and_unit(value: Any, got: str) -> None:
    assert problems({**ROW, "age": value}) == (f"age must be a whole number from 0 to 120 years, got {got}",)


@pytest.mark.parametrize("value", ["1.8", True, math.nan, math.inf, -math.inf, 0.4, 2.6, 10**400, []])
def test_wrong_number_is_refused(value: Any) -> None:
    assert len(problems({**ROW, "height": value})) == 1
    assert problems({**ROW, "height": value})[0].startswith("height must be a number from 0.5 to 2.5, got ")


@pytest.mark.parametrize("value", [LARGEST_NUMBER * 1.001, 1e300, 10**400])
def test_number_beyond_a_32_bit_float_is_refused(value: Any) -> None:
    assert len(problems({**ROW, "free": value})) == 1


def test_whole_float_is_an_integer() -> None:
    assert SCHEMA.validate({**ROW, "age": 37.0})[0] == 37
    assert type(SCHEMA.validate({**ROW, "age": 37.0})[0]) is int


@pytest.mark.parametrize(
    ("value", "native"), [(True, True), (False, False), (1, True), (0, False), (1.0, True)]
)
def test_boolean_takes_truth_values_and_one_and_zero(value: Any, native: bool) -> None:
    assert SCHEMA.validate({**ROW, "smoker": value})[4] is native


@pytest.mark.parametrize("value", [2, "true", 0.5, [], math.nan])
def test_anything_else_is_no_boolean(value: Any) -> None:
    assert problems({**ROW, "smoker": value})[0].startswith("smoker must be true or false (or 1 or 0), got ")


def test_category_is_matched_exactly_and_not_trimmed() -> None:
    expected = "country must be one of 'Austria', 'Chile', 'Kenya', got text 'chile'; did you mean 'Chile'?"
    assert problems({**ROW, "country": "chile"}) == (expected,)
    assert len(problems({**ROW, "country": " Chile"})) == 1
    assert len(problems({**ROW, "country": 1})) == 1
    assert len(problems({**ROW, "country": ["Chile"]})) == 1


def test_long_list_of_categories_is_shown_shortly() -> None:
    many = Feature(name="many", type=FeatureType.CATEGORY, categories=tuple(str(i) for i in range(50)))
    with pytest.raises(InvalidFeatures, match=r"one of '0', .*'7' and 42 more, got text 'x'$"):
        FeatureSchema([many]).validate({"many": "x"})


@pytest.mark.parametrize("text", ["a\0b", "a\ud800"])
def test_free_text_is_what_every_database_can_hold(text: str) -> None:
    assert problems({**ROW, "note": text})[0].startswith(
        "note must not hold the NUL character (U+0000)" if "\0" in text else "note must be valid Unicode"
    )


def test_an_indexed_text_and_its_schema_have_the_length_of_the_index() -> None:
    free = Feature(name="town", type=FeatureType.CATEGORY, indexed=True, nullable=False)
    assert free.json_schema() == {"type": "string", "maxLength": 256}
    schema = FeatureSchema((free,))
    assert schema.validate({"town": "x" * 256}) == ("x" * 256,)
    with pytest.raises(InvalidFeatures, match="town must be a text of at most 256 characters"):
        schema.validate({"town": "x" * 257})


def test_an_indexed_feature_that_no_index_can_hold_is_refused_by_name() -> None:
    for name, categories in (("n" * 129, None), ("n", ("a", "b" * 257)), ("n", ("a\0",))):
        with pytest.raises(InvalidManifest, match=r"feature 'n+': .*leave out 'indexed'"):
            Feature(name=name, type=FeatureType.CATEGORY, categories=categories, indexed=True)
    Feature(name="n" * 129, type=FeatureType.CATEGORY, categories=("b" * 257,))


def test_free_text_is_at_most_a_thousand_characters() -> None:
    assert SCHEMA.validate({**ROW, "note": "x" * 1000})[3] == "x" * 1000
    assert problems({**ROW, "note": "x" * 1001})[0].startswith(
        "note must be a text of at most 1000 characters"
    )


def test_every_problem_is_named_in_the_declared_order() -> None:
    row = {**ROW, "oops": 1, "country": "x", "age": "y"}
    assert [problem.split(" ")[0] for problem in problems(row)] == ["age", "country", "oops"]


def test_path_is_the_first_offending_feature() -> None:
    with pytest.raises(InvalidFeatures) as caught:
        SCHEMA.validate({**ROW, "country": "x"})
    assert caught.value.path == ("country",)


@pytest.mark.parametrize(
    ("row", "got"),
    [
        (5, "5"),
        (None, "null"),
        ([], "a list"),
        ("x" * 10_000_000, "text '" + "x" * 59 + "…'"),
        (True, "true"),
    ],
)
def test_row_that_is_no_object_is_refused(row: Any, got: str) -> None:
    assert problems(row) == (f"a row must be an object of named features, got {got}",)


FORM: dict[str, Any] = {
    "age": " 37 ",
    "height": "1.8e0",
    "country": " Chile ",
    "note": "",
    "smoker": "True",
    "free": "-.5",
}


def test_form_texts_are_parsed_and_stripped() -> None:
    assert SCHEMA.validate(FORM, from_form=True) == (37, 1.8, "Chile", None, True, -0.5)


@pytest.mark.parametrize("text", ["", "  ", "nan", "NaN", " NAN "])
def test_empty_and_nan_in_a_form_are_missing(text: str) -> None:
    row = {**FORM, "age": text, "height": text, "country": text, "smoker": text}
    assert SCHEMA.validate(row, from_form=True) == (None, None, None, None, None, -0.5)


def test_form_row_is_missing_where_it_must_not_be() -> None:
    assert problems({**FORM, "free": ""}, from_form=True) == ("free must not be missing; a number",)


@pytest.mark.parametrize("text", ["1_0", "0x1F", "inf", "1e", "--1", "١٢", "1,5", "9" * 5000, "3 7", "1e999"])
def test_sloppy_number_in_a_form_is_refused(text: str) -> None:
    assert len(problems({**FORM, "age": text}, from_form=True)) == 1
    assert len(problems({**FORM, "height": text}, from_form=True)) == 1


def test_whole_number_with_a_fraction_of_zero_is_an_integer_in_a_form() -> None:
    assert SCHEMA.validate({**FORM, "age": "37.0"}, from_form=True)[0] == 37


@pytest.mark.parametrize(
    ("fields", "cure"),
    [
        ({"name": "label"}, "reserved"),
        ({"name": ""}, "needs a name"),
        ({"type": FeatureType.CATEGORY, "minimum": 1}, "minimum and a maximum"),
        ({"categories": ("a",)}, "only a category"),
        ({"type": FeatureType.CATEGORY, "categories": ()}, "is empty"),
        ({"type": FeatureType.CATEGORY, "categories": ("a", "a")}, "twice"),
        ({"minimum": 2, "maximum": 1}, "above"),
        ({"minimum": math.nan}, "above"),
        ({"required": False, "nullable": False}, "must be nullable"),
    ],
)
def test_contradictory_feature_is_refused(fields: dict[str, Any], cure: str) -> None:
    with pytest.raises(InvalidManifest, match=cure):
        Feature(**{"name": "x", "type": FeatureType.NUMBER, **fields})


def test_schema_without_features_or_with_one_twice_is_refused() -> None:
    with pytest.raises(InvalidManifest, match="at least one"):
        FeatureSchema([])
    with pytest.raises(InvalidManifest, match="'age' is declared twice"):
        FeatureSchema([AGE, AGE])


def test_json_schema_says_what_validate_wants() -> None:
    assert SCHEMA.json_schema() == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "age": {"type": ["integer", "null"], "minimum": 0, "maximum": 120, "x-unit": "years"},
            "height": {"type": ["number", "null"], "minimum": 0.5, "maximum": 2.5},
            "country": {"enum": ["Austria", "Chile", "Kenya", None]},
            "note": {"type": ["string", "null"], "maxLength": 1000},
            "smoker": {"enum": [False, True, 0, 1, None]},
            "free": {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER},
        },
        "required": ["age", "height", "country", "smoker", "free"],
        "additionalProperties": False,
    }


NUMBERS = st.floats(min_value=0.5, max_value=2.5)
ROWS = st.fixed_dictionaries(
    {
        "age": st.none() | st.integers(0, 120),
        "height": st.none() | NUMBERS,
        "country": st.none() | st.sampled_from(COUNTRY.categories or ()),
        "note": st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=1000),
        "smoker": st.none() | st.booleans(),
        "free": st.floats(min_value=-LARGEST_NUMBER, max_value=LARGEST_NUMBER),
    }
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(ROWS, st.randoms())
def test_valid_rows_come_back_whatever_the_order_of_their_keys(row: dict[str, Any], draw: Any) -> None:
    keys = list(row)
    draw.shuffle(keys)
    assert SCHEMA.validate({key: row[key] for key in keys}) == tuple(row[name] for name in SCHEMA.names)


@given(ROWS)
def test_valid_rows_survive_json(row: dict[str, Any]) -> None:
    assert SCHEMA.validate(json.loads(json.dumps(row))) == SCHEMA.validate(row)


@given(JSON | st.dictionaries(st.sampled_from([*SCHEMA.names, "label", "other"]), JSON), st.booleans())
def test_anything_is_valid_or_raises_invalid_features(row: Any, from_form: bool) -> None:
    values, error = _validated(row, from_form)
    if error is not None:
        assert error.problems
        assert len(error.message) < 3000
    for feature, value in zip(SCHEMA.features, values, strict=error is None):
        _assert_native(feature, value)


def _validated(row: Any, from_form: bool) -> tuple[tuple[Any, ...], InvalidFeatures | None]:
    try:
        return SCHEMA.validate(row, from_form=from_form), None
    except InvalidFeatures as error:
        return (), error


def _assert_native(feature: Feature, value: Any) -> None:
    if value is None:
        assert feature.nullable
        return
    low, high = feature.bounds
    if feature.type is FeatureType.CATEGORY:
        assert type(value) is str
        assert feature.categories is None or value in feature.categories
    elif feature.type is FeatureType.BOOLEAN:
        assert type(value) is bool
    else:
        assert type(value) is (int if feature.type is FeatureType.INTEGER else float)
        assert low <= value <= high


@given(ROWS)
def test_form_of_a_row_means_the_row(row: dict[str, Any]) -> None:
    del row["note"]  # A form strips texts and takes "nan" for missing, so free text may come back changed.
    form: dict[str, Any] = {name: "" if value is None else str(value) for name, value in row.items()}
    assert SCHEMA.validate(form, from_form=True) == SCHEMA.validate(row)


@given(st.integers())
def test_integers_are_held_to_what_json_clients_can_carry(value: int) -> None:
    schema = FeatureSchema([Feature(name="n", type=FeatureType.INTEGER)])
    if abs(value) <= LARGEST_INTEGER:
        assert schema.validate({"n": value}) == (value,)
    else:
        with pytest.raises(InvalidFeatures):
            schema.validate({"n": value})


FLAG = FeatureSchema([Feature(name="flag", type=FeatureType.BOOLEAN)])
SIZES = FeatureSchema(
    [Feature(name="size", type=FeatureType.CATEGORY, categories=("1", "2", "x", "nan", "3.00"))]
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, True) for text in ("1", "1.0", "1.00", "+1", "1e0", " 1.0 ", "true", "True", "TRUE")],
        *[(text, False) for text in ("0", "0.0", "-0.0", "false", "FALSE")],
        *[(text, None) for text in ("", "nan")],
    ],
)
def test_a_boolean_in_a_form_may_be_written_as_a_number(text: str, value: bool | None) -> None:
    (found,) = FLAG.validate({"flag": text}, from_form=True)
    assert found is value


@pytest.mark.parametrize("text", ["2", "0.5", "1.01", "yes", "t", "1e999", "0x1", "1_0", "١", "inf"])
def test_a_boolean_in_a_form_is_no_other_number_or_word(text: str) -> None:
    with pytest.raises(InvalidFeatures, match="flag must be true or false"):
        FLAG.validate({"flag": text}, from_form=True)


@pytest.mark.parametrize(
    ("text", "category"),
    [("1", "1"), ("1.0", "1"), ("2.000", "2"), ("3.00", "3.00"), ("nan", "nan"), ("", None)],
)
def test_a_category_that_is_a_number_may_be_written_with_a_fraction_of_zero_in_a_form(
    text: str, category: str | None
) -> None:
    assert SIZES.validate({"size": text}, from_form=True) == (category,)


@pytest.mark.parametrize("text", ["1.5", "3.0", "3", "+1.0", "01.0", "1.", "1e0", "x.0", "NaN "])
def test_a_category_is_read_in_no_other_way(text: str) -> None:
    if text == "NaN ":
        assert SIZES.validate({"size": text}, from_form=True) == (None,)
        return
    with pytest.raises(InvalidFeatures, match="size must be"):
        SIZES.validate({"size": text}, from_form=True)


def test_an_empty_text_in_a_form_is_missing_even_where_a_category_is_empty() -> None:
    empty = FeatureSchema([Feature(name="size", type=FeatureType.CATEGORY, categories=("", "x"))])
    assert empty.validate({"size": ""}, from_form=True) == (None,)
    assert empty.validate({"size": ""}) == ("",)


def test_as_json_a_category_is_exactly_its_text() -> None:
    for numeric_texts in (False, True):
        with pytest.raises(InvalidFeatures):
            SIZES.validate({"size": "1.0"}, numeric_texts=numeric_texts)


TEXTUAL = FeatureSchema(
    [
        Feature(name="age", type=FeatureType.INTEGER, minimum=0, maximum=120),
        Feature(name="height", type=FeatureType.NUMBER),
        Feature(name="flag", type=FeatureType.BOOLEAN),
        Feature(name="name", type=FeatureType.CATEGORY),
    ]
)


@pytest.mark.parametrize(
    ("age", "height", "flag"),
    [("37", "1.5", "1"), ("37.0", "15e-1", "1.0"), ("+37", " 1.50 ", True), (37, "1.5", 1)],
)
def test_numeric_texts_are_taken_for_their_numbers_where_the_edge_says_so(
    age: Any, height: Any, flag: Any
) -> None:
    given = {"age": age, "height": height, "flag": flag, "name": "37"}
    assert TEXTUAL.validate(given, numeric_texts=True) == (37, 1.5, True, "37")
    with pytest.raises(InvalidFeatures):
        TEXTUAL.validate(given)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e999",
        "1_0",
        "0x10",
        "٣٧",
        "37,5",
        "old",
        "1" * 101,
        "--1",
        "true",
    ],
)
def test_other_texts_are_no_numbers(text: str) -> None:
    good: dict[str, Any] = {"age": 37, "height": 1.5, "flag": True, "name": "n"}
    for name in ("age", "height", "flag"):
        with pytest.raises(InvalidFeatures, match=f"{name} must"):
            TEXTUAL.validate({**good, name: text}, numeric_texts=True)


def test_integer_text_with_a_fraction_or_out_of_range_is_refused() -> None:
    good: dict[str, Any] = {"age": 37, "height": 1.5, "flag": True, "name": "n"}
    for text in ("37.5", "121", "-1", "9" * 100):
        with pytest.raises(InvalidFeatures, match="age must be a whole number"):
            TEXTUAL.validate({**good, "age": text}, numeric_texts=True)
