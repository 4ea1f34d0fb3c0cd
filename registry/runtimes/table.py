"""Rows as a table of columns, each of its own type: what a model of scikit-learn takes for a data frame.

pandas is no part of a server. A fitted model needs of a data frame only that columns can be selected by number and that
numbers, texts and codes stand in columns of their own type.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from registry.artifacts import Column, Word
from registry.endpoints import class_name
from registry.features import FeatureSchema, FeatureValue, Row

_Cell: TypeAlias = Callable[[FeatureValue], object]


class Table:
    """Columns of equal length with the little of a data frame's interface that fitted models ask for.

    >>> table = Table([np.array([1.0, 2.0]), np.array(["a", "b"], dtype=object)], 2)
    >>> table.shape, table.iloc[:, 1].tolist(), table.take([0], axis=1).tolist()
    ((2, 2), ['a', 'b'], [[1.0], [2.0]])
    """

    ndim = 2

    def __init__(self, columns: Sequence[NDArray[Any]], length: int) -> None:
        self.columns_in_order = tuple(columns)
        self.shape = (length, len(columns))

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: object = None, copy: bool | None = None) -> NDArray[Any]:
        joined: NDArray[Any] = np.empty(self.shape, dtype=np.result_type(*self.columns_in_order))
        for position, column in enumerate(self.columns_in_order):
            joined[:, position] = column
        return joined if dtype is None else joined.astype(dtype)  # type: ignore[call-overload]

    @property
    def iloc(self) -> _ByPosition:
        """Selection of columns by number, as `table.iloc[:, positions]`."""
        return _ByPosition(self)

    def take(self, positions: Sequence[int], axis: int) -> NDArray[Any] | Table:
        """Some columns, as one array where all are of one type."""
        assert axis == 1  # noqa: S101 (no fitted model selects rows)
        return table_of([self.columns_in_order[position] for position in positions], len(self))


class _ByPosition:
    def __init__(self, table: Table) -> None:
        self._table = table

    def __getitem__(self, key: tuple[slice, Any]) -> NDArray[Any] | Table:
        selected = np.arange(self._table.shape[1])[key[1]]
        if np.ndim(selected) == 0:
            return self._table.columns_in_order[int(selected)]
        return self._table.take(selected.tolist(), axis=1)


def table_of(columns: Sequence[NDArray[Any]], length: int) -> NDArray[Any] | Table:
    """Columns as one array where all are of one type, which is what every model takes fastest; else as a table."""
    if len({column.dtype for column in columns}) != 1:
        return Table(columns, length)
    return np.stack(columns, axis=1)


class TableEncoder:
    """Encodes rows of an endpoint as the table that a model was fitted on."""

    def __init__(self, features: FeatureSchema, columns: Sequence[Column]) -> None:
        self._plan = tuple(
            (features.names.index(column.feature), _cell(column), _dtype(column)) for column in columns
        )

    def table(self, rows: Sequence[Row]) -> NDArray[Any] | Table:
        """The rows (at least one), column by column."""
        return table_of(self._columns(rows), len(rows))

    def texts(self, rows: Sequence[Row]) -> NDArray[Any]:
        """The only column of the rows (at least one): what a model takes that was fitted on a list of texts."""
        (column,) = self._columns(rows)
        return column

    def _columns(self, rows: Sequence[Row]) -> list[NDArray[Any]]:
        values = tuple(zip(*rows, strict=True))
        columns = []
        for position, cell, dtype in self._plan:
            column: NDArray[Any] = np.empty(len(rows), dtype=dtype)
            column[:] = [cell(value) for value in values[position]]
            columns.append(column)
        return columns


def _dtype(column: Column) -> type[np.float64] | type[np.object_]:
    if column.codes is not None:
        return np.float64
    if column.words is not None:
        textual = any(isinstance(word, str) for word in (*column.words.values(), column.other_word))
        return np.object_ if textual else np.float64
    return np.object_ if column.type.is_worded else np.float64


def _cell(column: Column) -> _Cell:
    """How one value is written in the words of the model; `fill` is a declared value and is translated as one."""
    missing: object = None if column.none else math.nan
    translate = _translation(column)
    if column.fill is not None:
        missing = translate(column.fill)
    return lambda value: missing if value is None else translate(value)


def _translation(column: Column) -> _Cell:
    if column.codes is not None:
        codes: Mapping[FeatureValue, float] = {text: float(code) for code, text in enumerate(column.codes)}
        return lambda value: codes.get(value, math.nan)
    if column.words is not None:
        words, other = column.words, column.other_word
        return lambda value: words.get(class_name(value), other)
    if column.type.is_worded:
        return _as_it_is
    return float  # type: ignore[return-value]


def _as_it_is(value: FeatureValue) -> Word | None:
    return value
