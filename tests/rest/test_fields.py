"""Fields: the words of Django REST framework for what may not be sent."""

from __future__ import annotations

import pytest

from domain.words import JSONValue
from rest.errors import HttpError
from rest.fields import Field, Fields, KeyField, TextField
from rest.request_body import RequestBody

FIELDS = Fields(
    (
        Field("id", "ID", "integer"),
        TextField("title", "Title", required=True, max_length=5),
        TextField("note", "Note", nullable=True),
        KeyField("parent", "Parent", required=True),
    )
)


def refused(value: JSONValue, *, partial: bool = False) -> object:
    with pytest.raises(HttpError) as refusal:
        FIELDS.read(RequestBody(value), partial=partial)
    assert refusal.value.status == 400
    return refusal.value.body


def test_values_are_trimmed_and_read_only_fields_ignored() -> None:
    sent = RequestBody({"id": 9, "title": " abc ", "note": "", "parent": "7", "more": 1})
    assert FIELDS.read(sent) == {"title": "abc", "note": "", "parent": 7}


def test_every_offending_field_is_named_at_once() -> None:
    assert refused({"note": True}) == {
        "title": ["This field is required."],
        "note": ["Not a valid string."],
        "parent": ["This field is required."],
    }


def test_partial_change_requires_nothing() -> None:
    assert FIELDS.read(RequestBody({}), partial=True) == {}
    assert refused({"title": ""}, partial=True) == {"title": ["This field may not be blank."]}


@pytest.mark.parametrize(
    ("title", "words"),
    [
        (None, "This field may not be null."),
        ("  ", "This field may not be blank."),
        (False, "Not a valid string."),
        ([], "Not a valid string."),
        ({}, "Not a valid string."),
        ("abcdef", "Ensure this field has no more than 5 characters."),
        ("a\0b", "Null characters are not allowed."),
    ],
)
def test_words_for_texts(title: JSONValue, words: str) -> None:
    assert refused({"title": title, "parent": 1}) == {"title": [words]}


def test_numbers_are_taken_as_their_text() -> None:
    assert FIELDS.read(RequestBody({"title": 12, "parent": 3.0})) == {"title": "12", "parent": 3}


@pytest.mark.parametrize(
    ("parent", "words"),
    [
        (None, "This field may not be null."),
        ("", "This field may not be null."),
        ("abc", "Incorrect type. Expected pk value, received str."),
        ("٣", "Incorrect type. Expected pk value, received str."),
        (1.5, "Incorrect type. Expected pk value, received float."),
        (True, "Incorrect type. Expected pk value, received bool."),
        ([1], "Incorrect type. Expected pk value, received list."),
        (0, 'Invalid pk "0" - object does not exist.'),
        (-1, 'Invalid pk "-1" - object does not exist.'),
        (10**12, 'Invalid pk "1000000000000" - object does not exist.'),
    ],
)
def test_words_for_keys(parent: JSONValue, words: str) -> None:
    assert refused({"title": "t", "parent": parent}) == {"parent": [words]}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "No data provided"),
        (["x"], "Invalid data. Expected a dictionary, but got list."),
        (5, "Invalid data. Expected a dictionary, but got int."),
        ("x", "Invalid data. Expected a dictionary, but got str."),
    ],
)
def test_words_for_a_body_that_is_no_object(value: JSONValue, words: str) -> None:
    assert refused(value) == {"non_field_errors": [words]}


def test_metadata_says_what_may_be_written() -> None:
    assert FIELDS.metadata() == {
        "id": {"type": "integer", "required": False, "read_only": True, "label": "ID"},
        "title": {"type": "string", "required": True, "read_only": False, "label": "Title", "max_length": 5},
        "note": {"type": "string", "required": False, "read_only": False, "label": "Note"},
        "parent": {"type": "field", "required": True, "read_only": False, "label": "Parent"},
    }
