"""The rows that the gate asks of both models: of the data, with values taken out, made up, at edges and at steps."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from registry.endpoints import EndpointSpec
from registry.features import Feature, FeatureType, FeatureValue, Row

Ask: TypeAlias = Callable[[Sequence[Row]], NDArray[np.float64]]
"""What a model answers to rows: (n, classes) or (n,) numbers."""

_SHARE_OF_DATA = 0.6
_MARGIN = 0.1
_WITHOUT_DATA = 1e6
_KNOWN = 200
_TEXTS = 4
_PAIRS = 64
_STEPS = 40
_DECIMALS = 5
_NEARLY = 1e-6
"""How near the middle of two 32-bit neighbours a step lies that comes of rounding: .794 lies within .01 by chance."""
_NUMBERS = (FeatureType.NUMBER, FeatureType.INTEGER)
_STRANGE_TEXTS = (
    "", " ", "a text that training never saw", "nan", "None", "naïve café", "Straße", "ÉCOLE", "İstanbul", "日本語",
    "e\u0301te\u0301", "ﬁne ǅ Ⅷ", "１２３ 12.5", "don't re-do it_all", 'a "quoted", cell', "two\r\nlines\tand a tab",
    "\u00a0\u3000\u200b", "👍🏽👨‍👩‍👧", "שלום مرحبا", "\ufeffmark", "!?…",
)  # fmt: skip
"""Texts that an open category or a text may be: nothing, no known word, words of missing values, letters beyond ASCII,
letters with marks apart from them, digits, signs, line breaks, spaces of other kinds."""
_GLUES = (" ", " ", " ", "é", "-", "\n", "_", "ß", "\u0301")
"""What stands between words that are mixed: mostly a space, else what may or may not part them."""
_MOST_WORDS = 30


@dataclass(frozen=True, slots=True)
class _FeatureProfile:
    """What is known of a feature: the range to try, some of the values that the data holds, and their decimals.

    `places` is None where they have more than a person writes. `words` are those of a text's values.
    """

    low: float
    high: float
    values: tuple[FeatureValue, ...]
    places: int | None
    words: tuple[str, ...] = ()


def parity_rows(spec: EndpointSpec, data: Sequence[Row], count: int, seed: int = 0) -> list[Row]:
    """`count` rows or a few more: of the data, of the data with values taken out, and made up.

    Made-up rows hold every declared category (those that training never saw too), random numbers and both ends of
    each declared range, or where none is declared of what the data holds and a tenth more, and missing values
    wherever the endpoint allows them. Every valid row is one that a caller could send.
    """
    draw = random.Random(seed)  # noqa: S311 (test rows, no secrets)
    known = _profiles(spec, data, draw)
    taken = draw.sample(list(data), min(len(data), int(count * _SHARE_OF_DATA)))
    holed = [_with_gaps(row, spec, draw) for row in taken[: len(taken) // 3]]
    made = [_made_up_row(spec, data, known, draw) for _ in range(max(0, count - len(taken) - len(holed)))]
    return [*taken, *holed, *made, *_edges(spec, data, known, draw)]


def step_rows(spec: EndpointSpec, data: Sequence[Row], ask: Ask, seed: int = 0) -> list[Row]:
    """Rows on both sides of the steps of a model's answer, such as the thresholds of its trees.

    Between two values of a feature that the model answers differently, the place where the answer changes is halved
    down to neighbouring whole numbers, or 32-bit numbers. The rows are those beside it that the data could hold: whole
    numbers, and numbers of as many decimals as the data has. The 32-bit neighbours themselves are rows where the
    fitted model is one of 32 bits, as trees are; a model of 64 bits may change its answer between two of them, and no
    server of 32 bits can tell on which side a value lies that stands exactly there.
    """
    draw = random.Random(seed)  # noqa: S311 (test rows, no secrets)
    known = _profiles(spec, data, draw)
    pairs = _pairs(spec, data, known, draw)
    if not pairs:
        return []
    first = ask([pair.row(pair.low) for pair in pairs])
    other = ask([pair.row(pair.high) for pair in pairs])
    steep = [i for i in range(len(pairs)) if not np.array_equal(first[i], other[i], equal_nan=True)]
    pairs, first = [pairs[i] for i in steep], first[steep]
    for _ in range(_STEPS):
        # Open as long as any value lies between the two.
        open_pairs = [i for i, pair in enumerate(pairs) if pair.middle() not in (pair.low, pair.high)]
        if not open_pairs:
            break
        middles = ask([pairs[i].row(pairs[i].middle()) for i in open_pairs])
        for i, answer in zip(open_pairs, middles, strict=True):
            pairs[i] = pairs[i].halved(same=np.array_equal(answer, first[i], equal_nan=True))
    exact = _of_32_bits(pairs, first, ask)
    return [
        pair.row(value)
        for pair, single in zip(pairs, exact, strict=True)
        for value in pair.beside(known[pair.name], neighbours=single)
    ]


def _of_32_bits(pairs: Sequence[_Bracket], first: NDArray[np.float64], ask: Ask) -> list[bool]:
    """Whether the answer changes just where a number is rounded to one or the other of two 32-bit neighbours."""
    if not pairs:
        return []
    shares = (0.5 - _NEARLY, 0.5 + _NEARLY)
    below, above = (
        ask([pair.row(pair.low + share * (pair.high - pair.low)) for pair in pairs]) for share in shares
    )
    return [
        pair.whole
        or (np.array_equal(low, start, equal_nan=True) and not np.array_equal(high, start, equal_nan=True))
        for pair, start, low, high in zip(pairs, first, below, above, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Bracket:
    """A row, and two values of one of its numbers between which a model's answer changes."""

    usual: Row
    place: int
    name: str
    whole: bool
    low: float
    high: float

    def row(self, value: float) -> Row:
        return (
            *self.usual[: self.place],
            int(value) if self.whole else float(value),
            *self.usual[self.place + 1 :],
        )

    def middle(self) -> float:
        """The value half-way; one of the two where they are neighbours."""
        middle = (self.low + self.high) / 2
        return float(math.floor(middle)) if self.whole else float(np.float32(middle))

    def halved(self, *, same: bool) -> _Bracket:
        return replace(self, low=self.middle()) if same else replace(self, high=self.middle())

    def beside(self, known: _FeatureProfile, *, neighbours: bool) -> list[float]:
        """The two neighbours, if asked for, and the numbers beside them that the data could hold."""
        values = [self.low, self.high] if neighbours else []
        if known.places is not None:
            values += [round(self.low, known.places), round(self.high, known.places)]
        return [value for value in dict.fromkeys(values) if known.low <= value <= known.high]


def _pairs(
    spec: EndpointSpec, data: Sequence[Row], known: Mapping[str, _FeatureProfile], draw: random.Random
) -> list[_Bracket]:
    numbers = [(i, f) for i, f in enumerate(spec.features.features) if f.type in _NUMBERS]
    pairs = []
    for number in range(_PAIRS if data and numbers else 0):
        place, feature = numbers[number % len(numbers)]
        values = {_single(value) for value in known[feature.name].values if value is not None}
        if len(values) > 1:
            low, high = draw.sample(sorted(values), 2)
            pairs.append(
                _Bracket(
                    draw.choice(data), place, feature.name, feature.type is FeatureType.INTEGER, low, high
                )
            )
    return pairs


def _single(value: FeatureValue) -> float:
    """A number as the nearest of 32 bits: what a server and a tree both see of it."""
    return float(np.float32(float(value or 0)))


def _profiles(spec: EndpointSpec, data: Sequence[Row], draw: random.Random) -> dict[str, _FeatureProfile]:
    chosen = draw.sample(list(data), min(len(data), _KNOWN))
    found = {}
    for place, feature in enumerate(spec.features.features):
        values = tuple(dict.fromkeys(row[place] for row in chosen if row[place] is not None))
        low, high = 0.0, 1.0
        if feature.type in _NUMBERS:
            low, high = _range(feature, [float(row[place]) for row in data if row[place] is not None])  # type: ignore[arg-type]
        found[feature.name] = _FeatureProfile(
            low,
            high,
            values,
            _places(values) if feature.type in _NUMBERS else None,
            _words(values) if feature.type is FeatureType.TEXT else (),
        )
    return found


def _words(values: Sequence[FeatureValue]) -> tuple[str, ...]:
    """The words of texts, and texts cut in the middle: where no spaces are written, a text is one word."""
    texts = [str(value) for value in values]
    halves = [half for text in texts for half in (text[: len(text) // 2], text[len(text) // 2 :])]
    return tuple(dict.fromkeys([word for text in texts for word in text.split()] + halves))


def _places(values: Sequence[FeatureValue]) -> int | None:
    """How many decimals numbers have, or None for more than a person writes."""
    numbers = [float(value or 0) for value in values]
    return next((n for n in range(_DECIMALS) if all(round(value, n) == value for value in numbers)), None)


def _range(feature: Feature, values: Sequence[float]) -> tuple[float, float]:
    """The declared range; an end that is not declared is that of the data and a tenth beyond."""
    low, high = (min(values), max(values)) if values else (-_WITHOUT_DATA, _WITHOUT_DATA)
    margin = _MARGIN * ((high - low) or max(1.0, abs(low)))
    bottom, top = feature.bounds
    lowest = float(bottom) if feature.minimum is not None else max(low - margin, float(bottom))
    highest = float(top) if feature.maximum is not None else min(high + margin, float(top))
    return min(lowest, highest), max(lowest, highest)


def _with_gaps(row: Row, spec: EndpointSpec, draw: random.Random) -> Row:
    pairs = zip(row, spec.features.features, strict=True)
    return tuple(None if feature.nullable and draw.random() < 0.3 else value for value, feature in pairs)  # noqa: PLR2004


def _made_up_row(
    spec: EndpointSpec, data: Sequence[Row], known: Mapping[str, _FeatureProfile], draw: random.Random
) -> Row:
    usual = draw.choice(data) if data else (None,) * len(spec.features)
    return tuple(
        _value(feature, value, known[feature.name], draw)
        for feature, value in zip(spec.features.features, usual, strict=True)
    )


def _edges(
    spec: EndpointSpec, data: Sequence[Row], known: Mapping[str, _FeatureProfile], draw: random.Random
) -> list[Row]:
    """A usual row with each feature in turn at each of its edges, and a row with nothing known."""
    usual = data[0] if data else _made_up_row(spec, data, known, draw)
    rows = [
        tuple(
            None if feature.nullable else value
            for feature, value in zip(spec.features.features, usual, strict=True)
        )
    ]
    for position, feature in enumerate(spec.features.features):
        rows += [
            (*usual[:position], value, *usual[position + 1 :])
            for value in _edge_values(feature, known[feature.name])
        ]
    return rows


def _edge_values(feature: Feature, known: _FeatureProfile) -> tuple[FeatureValue, ...]:
    missing: tuple[FeatureValue, ...] = (None,) if feature.nullable else ()
    if feature.type is FeatureType.CATEGORY:
        return (*missing, *(feature.categories or _texts(feature, known)))
    if feature.type is FeatureType.TEXT:
        return (*missing, *_texts(feature, known), *_longest(feature, known))
    if feature.type is FeatureType.BOOLEAN:
        return (*missing, False, True)
    return (*missing, _native(feature, known.low), _native(feature, known.high))


def _texts(feature: Feature, known: _FeatureProfile) -> tuple[str, ...]:
    """Texts for an open category or a text: strange ones, those of the data in other spellings, words run together."""
    texts = [str(value) for value in known.values[:_TEXTS]]
    words = [word for text in texts for word in text.split()][: 2 * _TEXTS]
    spelled = [form for text in texts for form in (text.upper(), text.lower(), text.title(), f"{text}é")]
    joined = [f"{one}é{other}" for one, other in pairwise(words)]
    return tuple(text[: feature.longest_text] for text in dict.fromkeys([*_STRANGE_TEXTS, *spelled, *joined]))


def _longest(feature: Feature, known: _FeatureProfile) -> tuple[str, str]:
    """The longest texts: of words of the data, and of one letter."""
    words = " ".join(known.words[:_KNOWN]) or "word"
    length = feature.longest_text
    return (f"{words} " * (length // len(words) + 1))[:length], "é" * length


def _mixed(feature: Feature, known: _FeatureProfile, draw: random.Random) -> str:
    """Words of the data in another order, with other letters and signs between them."""
    words = draw.choices(known.words, k=draw.randint(1, _MOST_WORDS))
    return "".join(part for word in words for part in (word, draw.choice(_GLUES)))[: feature.longest_text]


def _value(
    feature: Feature, usual: FeatureValue, known: _FeatureProfile, draw: random.Random
) -> FeatureValue:
    """A missing value, an edge, anything within the range or between two values of the data, or the usual one."""
    chance = draw.random()
    if chance < 0.1 and feature.nullable:  # noqa: PLR2004
        return None
    if chance < 0.25:  # noqa: PLR2004
        return draw.choice(_edge_values(feature, known))
    if usual is not None and chance < 0.6:  # noqa: PLR2004
        return usual
    if feature.type not in _NUMBERS:
        return _mixed(feature, known, draw) if known.words else draw.choice(_edge_values(feature, known))
    if known.values and chance < 0.8:  # noqa: PLR2004
        one, other = (float(draw.choice(known.values) or 0) for _ in range(2))
        return _native(feature, one + (other - one) * draw.random())
    return _native(feature, draw.uniform(known.low, known.high))


def _native(feature: Feature, value: float) -> FeatureValue:
    """A number as the feature holds it; whole numbers are rounded towards 0, and so stay in their range."""
    return int(value) if feature.type is FeatureType.INTEGER else float(value)
