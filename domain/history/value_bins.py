"""Bins of values: how the values of a feature, or the answers, are counted so that two periods can be compared.

Bins are fixed by the declaration alone, so that counts of any two days fit each other. A column of values has a key
that changes with its bins: what was counted in other bins is never taken for these.

Texts and truth values have a bin each. A declared range of numbers is cut at the multiples of 1, 2 or 5 times a power
of ten that make at most twenty bins of it. Where its ends are more than three powers of ten apart, and where one is
not declared, the edges are ten to each power of ten, as the preferred numbers R10 of ISO 3, on both sides of 0: what
is skewed shows there, and no range need be known.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | None"

MOST_EVEN_BINS = 20
WIDE = 1_000
"""A range of numbers whose largest is more than so many times its smallest (or 1) has bins that grow."""
MOST_TEXTS = 200
"""Texts beyond these share a bin."""
LOOKED_UP = 1_000
"""The bins of whole numbers are kept for a range of so many, since looking one up is four times as fast."""
SMALLEST_POWER, LARGEST_POWER = -6, 12
PREFERRED = (10, 12.5, 16, 20, 25, 31.5, 40, 50, 63, 80)
MISSING = "-"
OTHERS = "*"
_DIGEST = 8


@dataclass(frozen=True, slots=True)
class ValueBin:
    """One bin: a `text`, or the numbers from `low` on and below `high` (None: no end); `missing` for no value.

    A bin without any of them holds every text that has no bin of its own. The last bin of a declared range has its
    upper end too.
    """

    text: str | None = None
    low: float | None = None
    high: float | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """Values that are counted: `place` gives the short name of a value's bin, which `bins` explains in their order.

    `places` does the same for many values at once, several times as fast. `name` is that of a feature, unless it is one
    of the answers or of their probabilities.
    """

    name: str
    key: str
    bins: dict[str, ValueBin]
    place: Callable[[Value], str]
    places: Callable[[Sequence[Value]], Iterable[str]]
    is_feature: bool = True


def texts(name: str, values: Sequence[str]) -> Column:
    """A column of declared texts.

    >>> column = texts("colour", ["red", "blue"])
    >>> column.place("blue"), column.place(None), column.place("green")
    ('1', '-', '*')
    """
    places: dict[Value, str] = {value: str(place) for place, value in enumerate(values[:MOST_TEXTS])}
    bins = {place: ValueBin(text=str(value)) for value, place in places.items()}
    return _column(name, "texts", list(values[:MOST_TEXTS]), bins, places)


def flags(name: str) -> Column:
    """A column of truth values, which may come as 1 and 0.

    >>> flags("smoker").place(True), flags("smoker").place(0)
    ('1', '0')
    """
    bins = {"0": ValueBin(text="false"), "1": ValueBin(text="true")}
    return _column(name, "flags", [], bins, {False: "0", True: "1"})


class _Places(dict[Value, str]):
    """The bin of each value that is known beforehand; `other` tells that of any other one.

    Looking a value up runs nothing in Python, which is what many values at once are quick by.
    """

    def __init__(self, known: dict[Value, str], other: Callable[[Value], str]) -> None:
        super().__init__(known)
        self._other = other

    def __missing__(self, value: Value) -> str:
        return self._other(value)


def _column(
    name: str, kind: str, values: Sequence[object], bins: dict[str, ValueBin], places: dict[Value, str]
) -> Column:
    known = _Places({**places, None: MISSING}, lambda _: OTHERS)
    every = {**bins, OTHERS: ValueBin(), MISSING: ValueBin(missing=True)}
    return Column(name, _key(name, kind, values), every, known.__getitem__, partial(map, known.__getitem__))


def numbers(name: str, low: float | None = None, high: float | None = None, *, whole: bool = False) -> Column:
    """A column of numbers, by their declared range.

    >>> age = numbers("age", 0, 120, whole=True)
    >>> age.place(37), age.bins[age.place(37)], age.bins[age.place(120)]
    ('3', ValueBin(text=None, low=30, high=40, missing=False), ValueBin(text=None, low=110, high=120, missing=False))
    """
    edges = edges_of(low, high, whole=whole)
    names = [str(place) for place in range(len(edges) + 1)]
    bins = {
        place: ValueBin(low=a, high=b)
        for place, (a, b) in zip(names, pairwise([low, *edges, high]), strict=True)
    }
    at = partial(bisect_right, edges)

    def place(value: Value) -> str:
        return MISSING if value is None else names[at(value)]

    def places(values: Sequence[Value]) -> Iterable[str]:
        try:
            return list(map(names.__getitem__, map(at, values)))
        except TypeError:  # one is missing, which no edge can be compared with
            return map(place, values)

    every = {**bins, MISSING: ValueBin(missing=True)}
    key = _key(name, "numbers", [low, *edges, high])
    if not edges:
        return Column(name, key, every, place, partial(map, place))
    if whole and low is not None and high is not None and high - low <= LOOKED_UP:
        known = _Places({number: place(number) for number in range(int(low), int(high) + 1)}, place)
        return Column(name, key, every, known.__getitem__, partial(map, known.__getitem__))
    return Column(name, key, every, place, places)


def _key(name: str, kind: str, values: Sequence[object]) -> str:
    digest = hashlib.sha256(json.dumps([kind, values]).encode()).hexdigest()
    return f"{name}:{digest[:_DIGEST]}"


def edges_of(low: float | None, high: float | None, *, whole: bool = False) -> list[float]:
    """The numbers at which bins begin, the first bin's left out.

    >>> edges_of(1, 16, whole=True) == list(range(2, 17)), edges_of(0, 120), edges_of(0, 1)[:3]
    (True, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110], [0.05, 0.1, 0.15])
    >>> edges_of(0, 99999, whole=True)[:9]
    [1, 2, 3, 4, 5, 7, 8, 10, 13]
    """
    if low is not None and high is not None:
        apart = high / max(low, 1) if low >= 0 else -low / max(-high, 1) if high <= 0 else max(high, -low)
        if apart <= WIDE:
            return _even(low, high, whole=whole)
    return _growing(low, high, whole=whole)


def _even(low: float, high: float, *, whole: bool) -> list[float]:
    if whole and high - low < MOST_EVEN_BINS:
        return list(range(int(low) + 1, int(high) + 1))
    if high <= low:
        return []
    power = math.floor(math.log10((high - low) / MOST_EVEN_BINS))
    # Multiples are counted, not added up: 3 * 0.05 is not 0.15, but 15 / 100 is.
    cuts = ((step, scale) for scale in (power, power + 1) for step in (1, 2, 5))
    for step, scale in cuts:
        size = step * 10.0**scale
        first, last = math.floor(low / size) + 1, math.ceil(high / size) - 1
        if last - first + 2 <= MOST_EVEN_BINS and not (whole and scale < 0):
            return [_times(place * step, scale) for place in range(first, last + 1)]
    raise ValueError(f"no even bins from {low} to {high}")


def _times(number: float, power: int) -> float:
    found = number * 10**power if power >= 0 else number / 10**-power
    return int(found) if found == int(found) else found


def _growing(low: float | None, high: float | None, *, whole: bool) -> list[float]:
    powers = range(-1 if whole else SMALLEST_POWER - 1, LARGEST_POWER)
    sizes = [_times(number, power) for power in powers for number in PREFERRED]
    if whole:
        sizes = sorted({math.ceil(size) for size in sizes})
    edges = [*(-size for size in reversed(sizes)), 0, *sizes]
    return [edge for edge in edges if (low is None or edge > low) and (high is None or edge < high)]
