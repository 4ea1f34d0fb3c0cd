"""The features of an endpoint: what a row must hold, and the check that every row passes before it is served."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.errors import InvalidFeatures, InvalidManifest
from domain.input.storable import NAME, TEXT, text_problem
from domain.words import JSONValue
from registry.shown_values import described, did_you_mean, shortened

FeatureValue: TypeAlias = "bool | int | float | str | None"
Row: TypeAlias = "tuple[FeatureValue, ...]"

LABEL = "label"
LARGEST_NUMBER = 3.4028234663852886e38
LARGEST_INTEGER = 2**53 - 1
LONGEST_TEXT = 1000
CHARACTERS_A_FEATURE = 1_024
"""What a row may hold for each feature beside its name and text: numbers, brackets, spaces, and some mistakes."""
ESCAPED = 6
"""Characters of JSON that one character takes at most, as an escape."""
_SHOWN_CATEGORIES = 8
_SHOWN_UNKNOWN = 20
_LONGEST_NUMBER_TEXT = 100
_NUMBER_TEXT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGER_TEXT = re.compile(r"[+-]?[0-9]+")
_WHOLE_TEXT = re.compile(r"([+-]?[0-9]+)\.0+")
_FLAG_TEXTS = {"true": True, "false": False}

_Check: TypeAlias = Callable[[JSONValue], FeatureValue]
_TextReader: TypeAlias = "Callable[[Feature, str], JSONValue]"


class FeatureType(StrEnum):
    """What a feature's values are: numbers, whole numbers, one of a list of texts, or yes and no."""

    NUMBER = "number"
    INTEGER = "integer"
    CATEGORY = "category"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One named input of an endpoint, as a person declared it from the data's codebook.

    `required`: the key must be there. `nullable`: null is allowed, means "missing" and is filled as in training.
    `categories` None lets a category be any text of at most `longest_text` characters. `minimum` and `maximum` are
    inclusive, in `unit`; without them a number is held to what a 32-bit float can carry, an integer to ±(2**53 - 1).
    `indexed` features can be searched in the history, `private` ones are masked there.
    Raises InvalidManifest when the declaration contradicts itself.
    """

    name: str
    type: FeatureType
    description: str = ""
    categories: tuple[str, ...] | None = None
    minimum: float | int | None = None
    maximum: float | int | None = None
    unit: str | None = None
    required: bool = True
    nullable: bool = True
    indexed: bool = False
    private: bool = False

    def __post_init__(self) -> None:
        for wrong, cure in self._contradictions():
            if wrong:
                raise InvalidManifest(f"feature {self.name!r}: {cure}", path=(self.name,))

    def _contradictions(self) -> list[tuple[bool, str]]:
        low, high = self.bounds
        ranged = self.minimum is not None or self.maximum is not None
        numeric = self.type in (FeatureType.NUMBER, FeatureType.INTEGER)
        return [
            (not self.name, "a feature needs a name"),
            (self.name == LABEL, "the name 'label' is reserved; choose another"),
            (ranged and not numeric, "only numbers and integers have a minimum and a maximum"),
            (
                self.categories is not None and self.type is not FeatureType.CATEGORY,
                "only a category has categories",
            ),
            (self.categories == (), "'categories' is empty; list them, or leave them out for any text"),
            (len(set(self.categories or ())) != len(self.categories or ()), "'categories' names one twice"),
            (numeric and not low <= high, "'minimum' is above 'maximum'"),
            *self._unstorable(),
            (
                not self.required and not self.nullable,
                "an optional feature must be nullable: absent means missing",
            ),
        ]

    def _unstorable(self) -> list[tuple[bool, str]]:
        """What an index could not hold: names and texts in it have a length of their own."""
        if not self.indexed:
            return []
        name = text_problem(self.name, NAME)
        found = [text_problem(category, TEXT) for category in self.categories or ()]
        category = next((problem for problem in found if problem), None)
        return [
            (name is not None, f"the name of an indexed feature {name}; shorten it or leave out 'indexed'"),
            (
                category is not None,
                f"a category of an indexed feature {category}; shorten it or leave out 'indexed'",
            ),
        ]

    @property
    def longest_text(self) -> int:
        """How many characters a text without declared categories may have: an index takes shorter ones."""
        return TEXT if self.indexed else LONGEST_TEXT

    @property
    def bounds(self) -> tuple[float | int, float | int]:
        """The lowest and the highest value allowed, inclusive; of no meaning for categories and booleans."""
        largest = LARGEST_INTEGER if self.type is FeatureType.INTEGER else LARGEST_NUMBER
        return (
            -largest if self.minimum is None else self.minimum,
            largest if self.maximum is None else self.maximum,
        )

    def json_schema(self) -> dict[str, JSONValue]:
        """The feature as a JSON Schema 2020-12 object; its unit, for which there is no word, as `x-unit`.

        >>> Feature(name="age", type=FeatureType.INTEGER, minimum=0, maximum=120, nullable=False).json_schema()
        {'type': 'integer', 'minimum': 0, 'maximum': 120}
        """
        return {
            **self._values_schema(),
            **({"description": self.description} if self.description else {}),
            **({"x-unit": self.unit} if self.unit is not None else {}),
        }

    def _values_schema(self) -> dict[str, JSONValue]:
        if self.categories is not None or self.type is FeatureType.BOOLEAN:
            return {"enum": [*(self.categories or (False, True, 0, 1)), *([None] if self.nullable else [])]}
        name = "string" if self.type is FeatureType.CATEGORY else self.type.value
        typed: JSONValue = [name, "null"] if self.nullable else name
        if self.type is FeatureType.CATEGORY:
            return {"type": typed, "maxLength": self.longest_text}
        return {"type": typed, "minimum": self.bounds[0], "maximum": self.bounds[1]}


class FeatureSchema:
    """The features of an endpoint in their declared order, with one prepared check for each.

    `public` names those that are not private; None: all of them. `largest_row` is how many characters of JSON a row
    may have: no row that is right comes near it.

    >>> age = Feature(name="age", type=FeatureType.INTEGER, minimum=0, maximum=120)
    >>> sex = Feature(name="sex", type=FeatureType.CATEGORY, categories=("Female", "Male"))
    >>> FeatureSchema((age, sex)).validate({"sex": "Male", "age": 37})
    (37, 'Male')
    """

    __slots__ = ("_by_name", "_checks", "_size", "features", "indexed", "largest_row", "names", "public")

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = tuple(features)
        self.names = tuple(feature.name for feature in self.features)
        self.indexed = tuple((place, f.name) for place, f in enumerate(self.features) if f.indexed)
        private = any(feature.private for feature in self.features)
        self.public = frozenset(f.name for f in self.features if not f.private) if private else None
        self._by_name = {feature.name: feature for feature in self.features}
        self._size = len(self.features)
        self.largest_row = CHARACTERS_A_FEATURE + sum(_characters_of(feature) for feature in self.features)
        if not self.features:
            raise InvalidManifest("'features' is empty; declare at least one", path=("features",))
        if len(self._by_name) != self._size:
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise InvalidManifest(f"feature {twice!r} is declared twice", path=("features", twice))
        self._checks = tuple((feature.name, _check_of(feature)) for feature in self.features)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, name: str) -> Feature:
        return self._by_name[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FeatureSchema) and self.features == other.features

    def __hash__(self) -> int:
        return hash(self.features)

    def validate(self, row: JSONValue, *, from_form: bool = False, numeric_texts: bool = False) -> Row:
        """The values of one row in the declared order; None is a missing one.

        With `from_form` every value is text: numbers are parsed, an empty or `nan` one is missing. With
        `numeric_texts` a text that spells a number is taken for it where a number is asked, and nothing else is.
        A `label` beside the features is ignored. Raises InvalidFeatures, which names every offending feature.
        """
        if not isinstance(row, dict):
            # What came may hold a private value, and messages are stored and shown.
            got = f", got {described(row)}" if self.public is None else ""
            raise InvalidFeatures([f"a row must be an object of named features{got}"])
        if not from_form and len(row) == self._size:
            try:
                return tuple([check(row[name]) for name, check in self._checks])
            except (KeyError, TypeError, ValueError):
                pass  # The careful way below finds out what is wrong and says it.
        return self._validate_carefully(row, _from_text if from_form else _numeric if numeric_texts else None)

    def _validate_carefully(self, row: dict[str, JSONValue], read: _TextReader | None) -> Row:
        values: list[FeatureValue] = []
        problems: list[tuple[str, str]] = []
        for feature, (name, check) in zip(self.features, self._checks, strict=True):
            if name not in row and feature.required:
                or_null = ", or null when it is not known" if feature.nullable else ""
                problems.append((name, f"{name} is absent; send it{or_null}"))
                continue
            value = row.get(name)
            try:
                if read is not None and isinstance(value, str):
                    value = read(feature, value)
                values.append(check(value))
            except (KeyError, TypeError, ValueError):
                problems.append((name, _problem(feature, row.get(name))))
        unknown = [str(key) for key in row if key not in self._by_name and key != LABEL]
        count = len(problems) + len(unknown)
        problems += self._unknown(unknown)
        if problems:
            names, texts = [name for name, _ in problems], [text for _, text in problems]
            raise InvalidFeatures(texts, names=names, count=count)
        return tuple(values)

    def stored_value(self, name: str, row: Mapping[str, JSONValue]) -> FeatureValue:
        """The value of one feature in a row of the log, whichever way it was sent; None is a missing one.

        Raises ValueError where it is not what the feature takes today.
        """
        value = row.get(name)
        if value is None:
            return None
        check = dict(self._checks)[name]
        for read in (None, _numeric, _from_text):
            try:
                return check(read(self[name], value) if read and isinstance(value, str) else value)
            except (KeyError, TypeError, ValueError):
                continue
        raise ValueError(f"not what {name} takes today")

    def refuse_blank(self, row: Row) -> None:
        """Raises InvalidFeatures for a checked row of several features in which every one is missing.

        An algorithm would answer what fills the gaps, and so tell nothing of the row.
        """
        if self._size > 1 and row.count(None) == self._size:
            raise InvalidFeatures(
                [f"all {self._size} features are missing; send the value of at least one of them"]
            )

    def _unknown(self, unknown: Sequence[str]) -> list[tuple[str, str]]:
        hints = {key: did_you_mean(key, self.names) or "; leave it out" for key in unknown[:_SHOWN_UNKNOWN]}
        problems = [
            (shortened(key), f"{shortened(key)} is no feature of this endpoint{hint}")
            for key, hint in hints.items()
        ]
        more = len(unknown) - _SHOWN_UNKNOWN
        if more > 0:
            problems.append(("", f"{more} more features are unknown to this endpoint; leave them out"))
        return problems

    def json_schema(self) -> dict[str, JSONValue]:
        """What a row must be, as a JSON Schema 2020-12 document."""
        properties: dict[str, JSONValue] = {feature.name: feature.json_schema() for feature in self.features}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": properties,
            "required": [feature.name for feature in self.features if feature.required],
            "additionalProperties": False,
        }


def _characters_of(feature: Feature) -> int:
    """How many characters of JSON a feature may take: with its name and longest text, each escaped."""
    longest = 0
    if feature.type is FeatureType.CATEGORY:
        longest = max(map(len, feature.categories), default=0) if feature.categories else feature.longest_text
    return CHARACTERS_A_FEATURE + ESCAPED * (len(feature.name) + longest)


def _check_of(feature: Feature) -> _Check:
    """A function that gives the native value, and raises KeyError, TypeError or ValueError for any other."""
    if feature.type is FeatureType.INTEGER:
        return _integer_check(feature)
    if feature.type is FeatureType.NUMBER:
        return _number_check(feature)
    if feature.type is FeatureType.CATEGORY and feature.categories is None:
        return _text_check(feature)
    # 0, 1, 0.0 and 1.0 are equal to False and True, hence the same keys.
    values = [*(feature.categories or (False, True)), *([None] if feature.nullable else [])]
    # The bound method of the dict is the whole check: nothing in Python runs for a good value.
    return {value: value for value in values}.__getitem__


def _number_check(feature: Feature) -> _Check:
    low, high = feature.bounds
    nullable = feature.nullable

    def check(value: JSONValue) -> FeatureValue:
        kind = type(value)
        # NaN fails both comparisons; bool is another type than int here.
        if (kind is float or kind is int) and low <= value <= high:  # type: ignore[operator]
            return float(value)  # type: ignore[arg-type]
        if value is None and nullable:
            return None
        raise ValueError

    return check


def _integer_check(feature: Feature) -> _Check:
    low, high = feature.bounds
    nullable = feature.nullable

    def check(value: JSONValue) -> FeatureValue:
        if type(value) is int and low <= value <= high:
            return value
        if value is None and nullable:
            return None
        if type(value) is float and low <= value <= high and value.is_integer():
            return int(value)
        raise ValueError

    return check


def _text_check(feature: Feature) -> _Check:
    nullable, longest = feature.nullable, feature.longest_text

    def check(value: JSONValue) -> FeatureValue:
        if (type(value) is str and text_problem(value, longest) is None) or (value is None and nullable):
            return value
        raise ValueError

    return check


def _from_text(feature: Feature, text: str) -> JSONValue:
    """What a form's text means for `feature`; raises ValueError for text that is no number where one is asked."""
    if feature.type is FeatureType.CATEGORY:
        return _category(feature, text)
    text = text.strip()
    if text == "" or text.lower() == "nan":
        return None
    if feature.type is FeatureType.BOOLEAN and text.lower() in _FLAG_TEXTS:
        return _FLAG_TEXTS[text.lower()]
    return _number(text)


def _numeric(feature: Feature, text: str) -> JSONValue:
    """What a text in JSON of the old service's clients means; raises ValueError as `_from_text`."""
    return text if feature.type is FeatureType.CATEGORY else _number(text.strip())


def _category(feature: Feature, text: str) -> JSONValue:
    """The category that a form's text names. A declared one wins, even if it is called `nan`.

    Tables write a whole number as 1.0 as soon as one cell of its column is empty: that names the category 1.
    """
    declared = feature.categories or ()
    stripped = text.strip()
    if not stripped:
        return None
    if text in declared or stripped in declared:
        return text if text in declared else stripped
    if stripped.lower() == "nan":
        return None
    whole = _WHOLE_TEXT.fullmatch(stripped)
    return whole[1] if whole and whole[1] in declared else stripped


def _number(text: str) -> int | float:
    if len(text) > _LONGEST_NUMBER_TEXT or not _NUMBER_TEXT.fullmatch(text):
        raise ValueError
    return int(text) if _INTEGER_TEXT.fullmatch(text) else float(text)


def _problem(feature: Feature, value: JSONValue) -> str:
    if value is None or (isinstance(value, str) and value.strip() == "" and not feature.nullable):
        return f"{feature.name} must not be missing; {_expected(feature)}"
    if feature.private:
        return f"{feature.name} must be {_expected(feature)}; what came is private and not repeated here"
    hint = ""
    if feature.type is FeatureType.CATEGORY and isinstance(value, str):
        hint = did_you_mean(value, feature.categories or ())
        problem = None if feature.categories else text_problem(value)
        if problem is not None:
            return f"{feature.name} {problem}; got {described(value)}"
    return f"{feature.name} must be {_expected(feature)}, got {described(value)}{hint}"


def _expected(feature: Feature) -> str:
    """What the feature wants, as a phrase that follows "must be"."""
    if feature.type is FeatureType.BOOLEAN:
        return "true or false (or 1 or 0)"
    if feature.categories:
        shown = ", ".join(repr(shortened(category)) for category in feature.categories[:_SHOWN_CATEGORIES])
        more = len(feature.categories) - _SHOWN_CATEGORIES
        return f"one of {shown}" + (f" and {more} more" if more > 0 else "")
    if feature.type is FeatureType.CATEGORY:
        return f"a text of at most {feature.longest_text} characters"
    noun = "a whole number" if feature.type is FeatureType.INTEGER else "a number"
    unit = f" {feature.unit}" if feature.unit else ""
    return f"{noun}{range_words(feature)}{unit}"


def range_words(feature: Feature) -> str:
    """The declared range of a number, as a phrase that follows its noun; empty where none is declared."""
    low, high = feature.minimum, feature.maximum
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" of at least {low}"
    return f" of at most {high}" if high is not None else ""
