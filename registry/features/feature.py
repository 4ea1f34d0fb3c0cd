"""One feature of an endpoint, as a person declared it: its type, its values, and what may be done with them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.errors import InvalidManifest
from domain.input.storable import NAME, TEXT, text_problem
from domain.words import JSONValue

FeatureValue: TypeAlias = "bool | int | float | str | None"
Row: TypeAlias = "tuple[FeatureValue, ...]"

LABEL = "label"
LARGEST_NUMBER = 3.4028234663852886e38
LARGEST_INTEGER = 2**53 - 1
LONGEST_TEXT = 1000
"""Characters of a category that lists no categories."""
DEFAULT_LENGTH = 1_000
LONGEST_LENGTH = 10_000
"""Characters of a text: where endpoint.json says none, and the most that it may say."""
LONGEST_TEXTS = 30_000
"""Characters of all texts of a row: with as many escapes it is within the 64 Ki that the history reads of an input."""


class FeatureType(StrEnum):
    """What a feature's values are: numbers, whole numbers, one of a list of texts, free text, or yes and no."""

    NUMBER = "number"
    INTEGER = "integer"
    CATEGORY = "category"
    BOOLEAN = "boolean"
    TEXT = "text"

    @property
    def is_worded(self) -> bool:
        """Whether its values are texts: a category's or a text's."""
        return self in _WORDED


_WORDED = (FeatureType.CATEGORY, FeatureType.TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One named input of an endpoint, as a person declared it from the data's codebook.

    `required`: the key must be there. `nullable`: null is allowed, means "missing" and is filled as in training.
    `categories` None lets a category be any text of at most `longest_text` characters. A text is made of words, of at
    most `length` characters. `minimum` and `maximum` are inclusive, in `unit`; without them a number is held to what a
    32-bit float can carry, an integer to ±(2**53 - 1).
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
    length: int | None = None
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
            (
                self.length is not None and self.type is not FeatureType.TEXT,
                "only a text has a 'length'; a category lists its 'categories'",
            ),
            (
                self.length is not None and not 1 <= self.length <= LONGEST_LENGTH,
                f"'length' must be from 1 to {LONGEST_LENGTH:,} characters, not {self.length}",
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
        if self.type is FeatureType.TEXT:
            whole = "a text is not indexed: nobody searches the history by the whole of it"
            return [(True, f"{whole}; leave out 'indexed', or declare a category if its values are few")]
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
        if self.type is FeatureType.TEXT:
            return DEFAULT_LENGTH if self.length is None else self.length
        return TEXT if self.indexed else LONGEST_TEXT

    @property
    def bounds(self) -> tuple[float | int, float | int]:
        """The lowest and the highest value allowed, inclusive; of meaning for numbers only."""
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
        name = "string" if self.type.is_worded else self.type.value
        typed: JSONValue = [name, "null"] if self.nullable else name
        if self.type.is_worded:
            return {"type": typed, "maxLength": self.longest_text}
        return {"type": typed, "minimum": self.bounds[0], "maximum": self.bounds[1]}


def range_words(feature: Feature) -> str:
    """The declared range of a number, as a phrase that follows its noun; empty where none is declared."""
    low, high = feature.minimum, feature.maximum
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" of at least {low}"
    return f" of at most {high}" if high is not None else ""
