"""From rows to what a model takes: fills stand in for missing values, categories become numbers where declared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from registry.artifacts import Column
from registry.features import FeatureSchema, FeatureValue, Row

UNKNOWN_CODE = -1.0
"""The number of a category that the model's encoder does not list."""

Cell: TypeAlias = float | int | str
_CellEncoder: TypeAlias = Callable[[FeatureValue], Cell]


class RowEncoder:
    """Encodes rows of an endpoint for the columns of one model.

    >>> from registry.features import Feature, FeatureType
    >>> sex = Feature(name="sex", type=FeatureType.CATEGORY, categories=("Female", "Male"))
    >>> column = Column("sex", "sex", FeatureType.CATEGORY, fill="Male", codes=("Female", "Male"))
    >>> RowEncoder(FeatureSchema([sex]), [column]).matrix([("Female",), (None,)]).tolist()
    [[0.0], [1.0]]
    """

    def __init__(self, features: FeatureSchema, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self._plan = tuple((features.names.index(column.feature), _encoder(column)) for column in columns)

    def cells(self, rows: Sequence[Row]) -> list[list[Cell]]:
        """The rows as lists of numbers and texts in the model's order; a missing number without a fill is NaN."""
        plan = self._plan
        return [[encode(row[position]) for position, encode in plan] for row in rows]

    def matrix(
        self, rows: Sequence[Row], dtype: type[np.float32] | type[np.float64] = np.float32
    ) -> NDArray[Any]:
        """The rows as one matrix of shape (n, columns)."""
        return np.array(self.cells(rows), dtype=dtype).reshape(len(rows), len(self._plan))

    def inputs(self, rows: Sequence[Row]) -> dict[str, NDArray[Any]]:
        """The rows as one array of shape (n, 1) for each input, texts as objects and numbers as 32-bit floats."""
        encoded = zip(self.columns, zip(*self.cells(rows), strict=True), strict=True)
        return {
            column.input: np.array(cells, dtype=_dtype(column)).reshape(-1, 1) for column, cells in encoded
        }


def _dtype(column: Column) -> type[np.float32] | type[np.object_]:
    return np.object_ if column.type.is_worded and column.codes is None else np.float32


def _encoder(column: Column) -> _CellEncoder:
    fill = column.fill
    if column.codes is not None:
        table: dict[FeatureValue, float] = {text: float(code) for code, text in enumerate(column.codes)}
        code = math.nan if fill is None else table.get(fill, UNKNOWN_CODE)
        return lambda value: code if value is None else table.get(value, UNKNOWN_CODE)
    if column.type.is_worded:
        text = "" if fill is None else str(fill)
        # A boolean that a model takes as a category was 1 or 0 in the data it was trained on.
        return lambda value: text if value is None else str(int(value) if isinstance(value, bool) else value)
    number = math.nan if fill is None else float(fill)
    # Booleans are numbers to every model: 1 and 0.
    return lambda value: number if value is None else float(value)
