from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.history.filter_text import from_plain, to_plain
from domain.history.filters import FeatureCondition, Range, RequestFilter
from domain.words import Arm, Fault, Outcome

MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
TEXTS = st.none() | st.text(max_size=9)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
RANGES = st.builds(Range, NUMBERS, NUMBERS)


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.lists(values, max_size=3).map(tuple)


LEAVES = st.builds(
    RequestFilter,
    ids=some(st.integers(0, 2**53)),
    endpoint_ids=some(st.integers(1, 9)),
    arms=some(st.sampled_from(Arm)),
    outcome=st.none() | st.sampled_from(Outcome),
    fault=st.none() | st.sampled_from(Fault),
    subject=TEXTS,
    labels=some(st.text(max_size=9)),
    value=st.none() | RANGES,
    with_feedback=st.none() | st.booleans(),
    message_contains=TEXTS,
    created_from=st.none() | MOMENTS,
    features=some(st.builds(FeatureCondition, st.text(), some(st.text()), st.none() | RANGES)),
)
TREES = st.recursive(
    LEAVES,
    lambda below: st.builds(
        RequestFilter,
        subject=TEXTS,
        and_=st.lists(below, max_size=2).map(tuple),
        or_=st.lists(below, max_size=2).map(tuple),
        not_=st.lists(below, max_size=1).map(tuple),
    ),
    max_leaves=5,
)


@given(TREES)
def test_every_filter_comes_back_as_it_was(where: RequestFilter) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(where)))) == where


def test_what_is_not_asked_is_not_written() -> None:
    assert to_plain(RequestFilter()) == {}
    assert to_plain(RequestFilter(labels=())) == {"labels": []}


@pytest.mark.parametrize("value", [{"unheard_of": 1}, {"ids": 1}, [], {"arms": ["nobody"]}, {"value": 3}])
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"no filter|nobody"):
        from_plain(value)
