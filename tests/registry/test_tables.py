"""Rows as the table of columns that a fitted model takes, without pandas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from registry.artifacts import Column
from registry.endpoints import EndpointSpec
from registry.features import FeatureType
from registry.runtimes.table import Table, TableEncoder

CLOUDS = Column("clouds", "clouds", FeatureType.NUMBER)
HOUR = Column("hour", "hour", FeatureType.INTEGER, fill=12)
WIND = Column("wind-from", "wind-from", FeatureType.CATEGORY)
HOLIDAY = Column("holiday", "holiday", FeatureType.BOOLEAN)
ROW = (0.25, 7, "west", True)
EMPTY = (None, None, None, None)


def mixed() -> Table:
    return Table([np.array([1.0, 2.0]), np.array(["a", None], dtype=object), np.array([3.0, 4.0])], 2)


def test_numbers_alone_are_one_array_of_64_bits(spec: EndpointSpec) -> None:
    table = TableEncoder(spec.features, [HOLIDAY, CLOUDS, HOUR]).table([ROW, EMPTY])
    assert isinstance(table, np.ndarray)
    assert table.dtype == np.float64
    np.testing.assert_array_equal(table, [[1.0, 0.25, 7.0], [math.nan, math.nan, 12.0]])


def test_texts_beside_numbers_are_columns_of_their_own_type(spec: EndpointSpec) -> None:
    table = TableEncoder(spec.features, [WIND, CLOUDS]).table([ROW])
    assert isinstance(table, Table)
    assert (table.shape, table.ndim, len(table)) == ((1, 2), 2, 1)
    assert [column.dtype.kind for column in table.columns_in_order] == ["O", "f"]
    assert np.asarray(table).tolist() == [["west", 0.25]]


@pytest.mark.parametrize(("none", "expected"), [(True, None), (False, math.nan)])
def test_missing_text_is_what_the_model_was_fitted_on(spec: EndpointSpec, none: bool, expected: Any) -> None:
    column = Column("wind-from", "wind-from", FeatureType.CATEGORY, none=none)
    [[cell]] = np.asarray(TableEncoder(spec.features, [column]).table([EMPTY])).tolist()
    assert cell is expected or (cell != cell and expected is not None)  # noqa: PLR0124


def test_words_of_the_model_stand_for_declared_values(spec: EndpointSpec) -> None:
    words = {"north": 1.0, "west": 4.0}
    wind = Column("wind-from", "wind-from", FeatureType.CATEGORY, fill="north", words=words, other_word=5.0)
    holiday = Column("holiday", "holiday", FeatureType.BOOLEAN, words={"false": "no", "true": "yes"})
    encoder = TableEncoder(spec.features, [wind, holiday])
    table = encoder.table([ROW, (0.5, 1, "south", False), (0.5, 1, None, False)])
    assert np.asarray(table).tolist() == [[4.0, "yes"], [5.0, "no"], [1.0, "no"]]


def test_codes_are_positions_and_an_unknown_category_is_missing(spec: EndpointSpec) -> None:
    column = Column("wind-from", "wind-from", FeatureType.CATEGORY, codes=("north", "west"))
    table = TableEncoder(spec.features, [column]).table([ROW, (0.5, 1, "south", False), EMPTY])
    np.testing.assert_array_equal(np.asarray(table), [[1.0], [math.nan], [math.nan]])


def test_selected_columns_of_one_type_are_an_array() -> None:
    numbers = mixed().take([2, 0], axis=1)
    assert isinstance(numbers, np.ndarray)
    assert numbers.tolist() == [[3.0, 1.0], [4.0, 2.0]]
    assert np.asarray(mixed().iloc[:, 1]).tolist() == ["a", None]
    assert isinstance(mixed().iloc[:, 0:2], Table)
    assert np.asarray(mixed().iloc[:, np.array([True, False, True])]).tolist() == [[1.0, 3.0], [2.0, 4.0]]
