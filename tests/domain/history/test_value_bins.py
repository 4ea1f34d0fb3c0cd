"""Bins of values: every value has one, many at once get the same, and a changed declaration has another key."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from domain.history.value_bins import MOST_EVEN_BINS, Column, edges_of, flags, numbers, texts

FLOATS = st.floats(-1e30, 1e30)
BOUNDS = st.one_of(st.none(), FLOATS)


def holds(column: Column, place: str, value: float) -> bool:
    bin_ = column.bins[place]
    low = -math.inf if bin_.low is None else bin_.low
    high = math.inf if bin_.high is None else bin_.high
    return low <= value < high or value == high


@given(BOUNDS, BOUNDS, st.lists(FLOATS, min_size=1, max_size=20))
def test_a_number_lies_in_its_bin(one: float | None, other: float | None, values: list[float]) -> None:
    low, high = sorted([one, other]) if one is not None and other is not None else (one, other)
    column = numbers("x", low, high)
    kept = [
        min(max(value, -math.inf if low is None else low), math.inf if high is None else high)
        for value in values
    ]
    assert all(holds(column, column.place(value), value) for value in kept)
    assert list(column.places(kept)) == [column.place(value) for value in kept]
    assert list(column.places([*kept, None]))[-1] == column.place(None)
    assert column.bins[column.place(None)].missing


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6), st.data())
def test_a_whole_number_lies_in_its_bin(low: int, span: int, data: st.DataObject) -> None:
    column = numbers("n", low, low + span, whole=True)
    values = data.draw(st.lists(st.integers(low, low + span), min_size=1, max_size=20))
    assert all(holds(column, column.place(value), value) for value in values)
    assert list(column.places(values)) == [column.place(value) for value in values]
    edges = edges_of(low, low + span, whole=True)
    assert edges == sorted(set(edges))
    assert all(edge == int(edge) for edge in edges)


@given(FLOATS, FLOATS)
def test_an_even_range_has_at_most_twenty_bins(one: float, other: float) -> None:
    low, high = sorted([one, other])
    edges = edges_of(low, high)
    assert edges == sorted(set(edges))
    if low > 0 and high / max(low, 1) <= 1000:
        assert len(edges) < MOST_EVEN_BINS


def test_every_value_of_a_small_range_of_whole_numbers_has_a_bin() -> None:
    column = numbers("n", 1, 16, whole=True)
    assert len({column.place(value) for value in range(1, 17)}) == 16


def test_other_texts_and_missing_ones_have_a_bin_each() -> None:
    column = texts("colour", [f"c{n}" for n in range(300)])
    assert list(column.places(["c0", "c199", "c200", "else", None])) == ["0", "199", "*", "*", "-"]
    assert column.bins["*"].text is None


def test_truth_values_are_one_however_they_are_written() -> None:
    assert list(flags("f").places([True, 1, 1.0, False, 0, None])) == ["1", "1", "1", "0", "0", "-"]


def test_a_key_changes_with_the_bins_and_only_with_them() -> None:
    keys = [
        texts("a", ["x", "y"]), texts("a", ["y", "x"]), texts("a", ["x"]), texts("b", ["x", "y"]),
        numbers("a", 0, 10), numbers("a", 0, 11), numbers("a"), numbers("a", whole=True), flags("a"),
    ]  # fmt: skip
    assert len({column.key for column in keys}) == len(keys)
    assert texts("a", ["x", "y"]).key == keys[0].key == "a:" + keys[0].key[2:]
