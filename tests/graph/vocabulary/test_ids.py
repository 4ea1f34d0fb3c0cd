"""Ids and cursors of many rows are written as one by one."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from graph.vocabulary.ids import ENDPOINT, LARGEST_ID, REQUEST, decode, global_id, global_ids
from graph.vocabulary.pagination import Paging, Place, window

IDS = st.lists(st.integers(0, LARGEST_ID) | st.integers(10**15, 10**15 + 99))


@given(IDS)
def test_global_ids_of_many_are_those_of_each(ids: list[int]) -> None:
    for type_name in (ENDPOINT, REQUEST):
        found = global_ids(type_name, ids)
        assert found == [global_id(type_name, one) for one in ids]
        assert [decode(one) for one in found] == [(type_name, one) for one in ids]


@given(IDS, st.sampled_from(["requests.CREATED_AT_DESC", "requests.CREATED_AT_ASC", "abTests", "x", "yy"]))
def test_cursors_of_many_are_those_of_each(ids: list[int], order: str) -> None:
    page = window(order, Paging())
    rows = [SimpleNamespace(id=one) for one in ids]
    assert page.cursors(rows, None) == [page.cursor(Place(None, one)) for one in ids]
