"""What is kept can be read again by everybody, whatever was sent and whatever lies in the database."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.json_text import as_sent, kept_json, probabilities_in, sent_json, stored_json

HALF = chr(0xD800)
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**400, -(10**400)])
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3),
    max_leaves=10,
)


def nested(levels: int, value: Any = 1) -> Any:
    for _ in range(levels):
        value = [value]
    return value


def refuse(name: str) -> NoReturn:
    raise AssertionError(f"{name} is no JSON")


@given(ODD)
def test_whatever_is_kept_is_json_for_every_reader(value: Any) -> None:
    text = stored_json(value)
    assert orjson.loads(text) == json.loads(text, parse_constant=refuse)
    assert kept_json(text) == orjson.loads(text)


@given(st.text(st.characters(exclude_categories=()), max_size=40) | ODD.map(json.dumps))
def test_whatever_lies_in_the_database_can_be_written_as_json(text: str) -> None:
    orjson.dumps(kept_json(text))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 2**64 - 1, "b": -(2**63)}, '{"a":18446744073709551615,"b":-9223372036854775808}'),
        ({"a": 2**64}, '{"a":1.8446744073709552e+19}'),
        ([10**400, -(10**400)], '["Infinity","-Infinity"]'),
        ([math.inf, -math.inf, math.nan, None], '["Infinity","-Infinity","NaN",null]'),
        ([f"a{HALF}", {HALF: 1}], '["a\ufffd",{"\ufffd":1}]'),
        ("\0", '"\\u0000"'),
        (nested(64), "[" * 64 + "1" + "]" * 64),
        (nested(65), "[" * 64 + '"…"' + "]" * 64),
        (nested(900), "[" * 64 + '"…"' + "]" * 64),
    ],
)
def test_numbers_texts_and_depth_beyond_json_are_kept_in_a_readable_form(value: Any, text: str) -> None:
    assert stored_json(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[" * 64 + "]" * 64, nested(63, [])),
        ("[" * 254 + "]" * 254, "[" * 254 + "]" * 254),
        ("[" * 100_000, "[" * 100_000),
        ('{"a":"' + "[" * 99 + '"}', {"a": "[" * 99}),
        ('{"a":1e400,"b":NaN}', {"a": "Infinity", "b": "NaN"}),
        ("1" + "0" * 400, "Infinity"),
        ("1" + "0" * 5000, "1" + "0" * 5000),
        ('"\\ud800"', "\ufffd"),
        ("no json", "no json"),
        ("", ""),
    ],
)
def test_rows_that_are_there_already_are_read_as_far_as_they_can_be(text: str, value: Any) -> None:
    assert kept_json(text) == value


def test_numbers_that_no_float_holds_are_infinite_and_all_else_is_read_as_ever() -> None:
    assert sent_json(b'{"a": 1e400, "b": -1e400, "c": 18446744073709551616, "d": 7}') == {
        "a": math.inf,
        "b": -math.inf,
        "c": 2.0**64,
        "d": 7,
    }
    assert sent_json("1" + "0" * 5000) == math.inf


@pytest.mark.parametrize(
    "body",
    [b'[1e400, "\\ud800"]', b"[1e400, NaN]", b"[1e400", b'[1e400, "\xff"]', "[1e400]".encode("utf-16")],
)
def test_what_is_no_json_beside_such_a_number_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"line 1|UTF-8|valid"):
        sent_json(body)


def test_a_text_is_kept_as_it_came_where_everybody_can_read_it() -> None:
    assert as_sent('{ "a": 1.0 }', {"a": 1.0}) == '{ "a": 1.0 }'
    assert as_sent('{ "a": 1e400 }', {"a": math.inf}) == '{"a":"Infinity"}'


@pytest.mark.parametrize("text", ["x", "[]", "{}", '{"probabilities": 1}', "[" * 2000])
def test_a_stored_answer_that_says_nothing_has_no_probabilities(text: str) -> None:
    assert probabilities_in(text) is None


def test_text_that_opens_very_many_lists_stays_a_text() -> None:
    few, many = "[" + "[]," * 998 + "0,{}]", "[" + "[]," * 999 + "0,{}]"
    assert kept_json(few) == [*[[]] * 998, 0, {}]
    assert kept_json(many) == many
