"""Features of type text: their declaration, their check, and what a form's cell means for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidFeatures, InvalidManifest
from registry.endpoints import load_endpoint
from registry.features import LONGEST_LENGTH, Feature, FeatureSchema, FeatureType
from tests.registry.conftest import write_endpoint

REVIEW = Feature(name="review", type=FeatureType.TEXT, length=40)
SCHEMA = FeatureSchema([REVIEW])
TEXTS = [
    "",
    " ",
    "nan",
    "None",
    " kept  as it is\n",
    'say "a,b"\r\n\tand more',
    "naïve café 日本語 👍🏽",
    "e\u0301",
    "é" * 40,
]


def problem(value: Any, feature: Feature = REVIEW, *, from_form: bool = False) -> str:
    with pytest.raises(InvalidFeatures) as caught:
        FeatureSchema([feature]).validate({"review": value}, from_form=from_form)
    return caught.value.problems[0]


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_taken_as_it_is(text: str) -> None:
    assert SCHEMA.validate({"review": text}) == (text,)
    assert SCHEMA.validate({"review": text}, numeric_texts=True) == (text,)


@pytest.mark.parametrize("text", [text for text in TEXTS if text])
def test_cell_of_a_form_is_the_text_as_it_is(text: str) -> None:
    assert SCHEMA.validate({"review": text}, from_form=True) == (text,)


def test_empty_cell_of_a_form_is_a_missing_text_or_an_empty_one_where_none_may_be_missing() -> None:
    assert SCHEMA.validate({"review": ""}, from_form=True) == (None,)
    never = FeatureSchema([replace(REVIEW, nullable=False)])
    assert never.validate({"review": ""}, from_form=True) == ("",)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("é" * 41, "review must have at most 40 characters, not 41; got text '" + "é" * 40 + "'"),
        ("a\0b", "review must not hold the NUL character (U+0000); got text 'a\0b'"),
        ("a\ud800", "review must be valid Unicode; it holds half of a surrogate pair; got text"),
        (5, "review must be a text of at most 40 characters, got 5"),
        (True, "review must be a text of at most 40 characters, got true"),
        (["a"], "review must be a text of at most 40 characters, got a list"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(value: Any, said: str) -> None:
    assert problem(value).startswith(said[:60])


def test_text_that_may_not_be_missing_is_asked_for() -> None:
    said = "review must not be missing; a text of at most 40 characters"
    assert problem(None, replace(REVIEW, nullable=False)) == said


def test_private_text_is_not_repeated() -> None:
    secret = "my secret " * 10
    assert problem(secret, replace(REVIEW, private=True)) == (
        "review must be a text of at most 40 characters; what came is private and not repeated here"
    )


def test_text_without_a_length_has_at_most_a_thousand_characters() -> None:
    plain = Feature(name="review", type=FeatureType.TEXT)
    assert FeatureSchema([plain]).validate({"review": "a" * 1000}) == ("a" * 1000,)
    assert problem("a" * 1001, plain).startswith("review must have at most 1000 characters, not 1001")


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"length": 0}, "'length' must be from 1 to 10,000 characters, not 0"),
        ({"length": 10_001}, "'length' must be from 1 to 10,000 characters, not 10001"),
        ({"indexed": True}, "a text is not indexed: .* leave out 'indexed', or declare a category"),
        ({"categories": ("a",)}, "only a category has categories"),
        ({"minimum": 1}, "only numbers and integers have a minimum"),
        ({"type": FeatureType.CATEGORY, "length": 5}, "only a text has a 'length'"),
        ({"type": FeatureType.NUMBER, "length": 5}, "only a text has a 'length'"),
    ],
)
def test_declaration_that_contradicts_itself_is_refused(declared: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidManifest, match=said):
        Feature(**{"name": "review", "type": FeatureType.TEXT} | declared)


def test_endpoint_json_declares_a_text_with_its_length(tmp_path: Path) -> None:
    declared = {"name": "review", "type": "text", "length": 200, "private": True}
    spec = load_endpoint(write_endpoint(tmp_path, features=[declared], example={"review": "good"}))
    feature = spec.features["review"]
    assert (feature.type, feature.length, feature.private) == (FeatureType.TEXT, 200, True)
    assert feature.json_schema() == {"type": ["string", "null"], "maxLength": 200}


@pytest.mark.parametrize("length", ["200", 1.5, True, -1])
def test_length_that_is_no_whole_number_is_refused(tmp_path: Path, length: Any) -> None:
    declared = {"name": "review", "type": "text", "length": length}
    with pytest.raises(InvalidManifest, match="length"):
        load_endpoint(write_endpoint(tmp_path, features=[declared], example={"review": "good"}))


def test_largest_row_holds_the_longest_text_with_each_character_escaped() -> None:
    longest = FeatureSchema([Feature(name="review", type=FeatureType.TEXT, length=LONGEST_LENGTH)])
    short = FeatureSchema([Feature(name="review", type=FeatureType.TEXT, length=1)])
    assert longest.largest_row - short.largest_row == 6 * (LONGEST_LENGTH - 1)


def test_texts_of_an_endpoint_have_a_bound_together() -> None:
    three = [Feature(name=name, type=FeatureType.TEXT, length=LONGEST_LENGTH) for name in "abc"]
    assert len(FeatureSchema(three)) == 3
    with pytest.raises(
        InvalidManifest, match=r"texts have 30,001 characters together, and 30,000 is the most"
    ):
        FeatureSchema([*three, Feature(name="d", type=FeatureType.TEXT, length=1)])
