from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.callers import Principal, Scope, Viewer
from domain.history.filters import FeatureCondition, RequestFilter
from domain.history.privacy import HIDDEN_MESSAGE, MASKED, is_shown_as_stored, mask_for, restrict
from domain.requests.new_request import NewRequest
from domain.requests.request import Request
from domain.words import Outcome

READ = Principal("ann", frozenset({Scope.READ}))
PRIVATE = Principal("boss", frozenset({Scope.READ, Scope.READ_PRIVATE}))
PUBLIC = {1: frozenset({"town"}), 2: None}


def logged(input: str, endpoint_id: int = 1, **fields: Any) -> Request:
    new = NewRequest(endpoint_id=endpoint_id, input=input, full_response='{"label": "yes"}', latency=0.1)
    return replace(new.as_request(), **fields)


def seen(request: Request, principal: Principal = READ) -> Request:
    return mask_for(Viewer(principal, PUBLIC), request)


def test_values_that_are_not_public_become_null_and_are_named() -> None:
    found = seen(logged('{"ssn": "078", "town": "Köln", "x": [1]}'))
    assert found.input == '{"ssn": null, "town": "Köln", "x": null}'
    assert found.masked_features == ("ssn", "x")


def test_a_missing_value_is_told_from_a_hidden_one() -> None:
    found = seen(logged('{"ssn": null, "town": null}'))
    assert (found.input, found.masked_features) == ('{"ssn": null, "town": null}', ("ssn",))


@pytest.mark.parametrize("text", ['"078"', "[1]", "078-05", "null", "1" * 5000])
def test_what_is_no_object_is_hidden_as_a_whole(text: str) -> None:
    found = seen(logged(text))
    assert (found.input, found.masked_features) == ("null", ("*",))


def test_of_two_equal_keys_neither_value_is_shown() -> None:
    assert "078" not in seen(logged('{"ssn": "078", "ssn": "1"}')).input


def test_nothing_is_touched_where_nothing_is_private_or_the_scope_is_held() -> None:
    request = logged('{"ssn" : "078"}')
    assert seen(request, PRIVATE) is request
    open_to_all = replace(request, endpoint_id=2)
    assert seen(open_to_all) is open_to_all
    only_public = logged('{"town" : "Ulm"}')
    assert seen(only_public) is only_public


def test_without_a_declaration_everything_is_private() -> None:
    request = logged('{"town": "Ulm"}', endpoint_id=3)
    assert seen(request).masked_features == ("town",)
    assert mask_for(Viewer(READ), logged('{"town": "Ulm"}')).masked_features == ("town",)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("078-05", "ssn must be one of 'a', got text '078-05'"),
        ("it's", "ssn must be one of 'a', got text \"it's\""),
        ("x" * 90, f"ssn must be one of 'a', got text '{'x' * 59}…'"),
        ("a\nb", "ssn must be one of 'a', got text 'a\\nb'"),
        (3141.5, "ssn must be a number, got 3141.5"),
        (True, "ssn must be a number, got true"),
    ],
)
def test_a_message_that_quotes_a_value_from_before_it_was_private_is_hidden(
    value: object, message: str
) -> None:
    request = logged(
        json.dumps({"ssn": value, "town": "Ulm"}),
        outcome=Outcome.ERROR,
        message=message,
        full_response=json.dumps({"message": message}),
    )
    assert seen(request).message == HIDDEN_MESSAGE
    assert seen(request).full_response == "{}"
    assert seen(request, PRIVATE) is request


def test_a_message_about_something_else_is_shown() -> None:
    message = "town must be one of 'Köln', got text 'Ulm'"
    request = logged('{"ssn": "078", "town": "Ulm"}', outcome=Outcome.ERROR, message=message)
    assert seen(request).message == message


def test_a_message_without_its_input_is_hidden() -> None:
    assert seen(logged("", outcome=Outcome.ERROR, message="m")).message == HIDDEN_MESSAGE
    assert seen(logged("")).message is None


@given(st.dictionaries(st.text(max_size=5), st.recursive(st.text(), st.lists), max_size=5))
def test_only_public_keys_keep_their_values(row: dict[str, Any]) -> None:
    found = seen(logged(json.dumps(row)))
    shown = json.loads(found.input)
    assert list(shown) == list(row)
    assert set(found.masked_features) == set(row) - {"town"}
    assert {name: value for name, value in shown.items() if value is not None} == {
        name: value for name, value in row.items() if name == "town"
    }


def test_conditions_on_features_are_held_to_where_they_are_public() -> None:
    private = RequestFilter(features=(FeatureCondition("ssn"),))
    where = RequestFilter(subject="s", or_=(private,), not_=(private,))
    held = replace(private, and_=(RequestFilter(endpoint_ids=(2,)),))
    assert restrict(Viewer(READ, PUBLIC), where) == replace(where, or_=(held,), not_=(held,))
    assert restrict(Viewer(READ, PUBLIC), None) is None
    assert restrict(Viewer(PRIVATE, PUBLIC), where) is where
    town = RequestFilter(features=(FeatureCondition("town"),))
    assert restrict(Viewer(READ, PUBLIC), town) == replace(town, and_=(RequestFilter(endpoint_ids=(1, 2)),))


def test_row_that_opens_very_many_lists_is_hidden_as_a_whole() -> None:
    found = seen(logged('{"town": [' + "[]," * 1_000 + "0]}"))
    assert (found.input, found.masked_features) == ("null", ("*",))


def test_masking_changes_nothing_but_what_is_named_as_masked() -> None:
    whole = logged('{"ssn": "078"}', outcome=Outcome.ERROR, message="got 078")
    found = seen(whole)
    changed = {one.name for one in fields(Request) if getattr(found, one.name) != getattr(whole, one.name)}
    assert changed == MASKED | {"masked_features"}


def test_columns_are_shown_as_stored_where_none_is_masked_or_the_scope_is_held() -> None:
    reader, private = Viewer(READ, PUBLIC), Viewer(PRIVATE, PUBLIC)
    others = frozenset(one.name for one in fields(Request)) - MASKED
    assert is_shown_as_stored(reader, others)
    assert [is_shown_as_stored(reader, others | {name}) for name in MASKED] == [False] * 3
    assert is_shown_as_stored(private, others | MASKED)
