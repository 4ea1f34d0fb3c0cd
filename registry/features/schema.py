"""All features of an endpoint: what a row must hold, and the check that every row passes before it is served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.errors import InvalidFeatures, InvalidManifest
from domain.words import JSONValue
from registry.features.feature import LABEL, LONGEST_TEXTS, Feature, FeatureType, FeatureValue, Row
from registry.features.values import TextReader, check_of, from_text, numeric, problem_of
from registry.shown_values import described, did_you_mean, shortened

CHARACTERS_A_FEATURE = 1_024
"""What a row may hold for each feature beside its name and text: numbers, brackets, spaces, and some mistakes."""
ESCAPED = 6
"""Characters of JSON that one character takes at most, as an escape."""
_SHOWN_UNKNOWN = 20


class FeatureSchema:
    """The features of an endpoint in their declared order, with one prepared check for each.

    `public` names those that are not private; None: all of them. `largest_row` is how many characters of JSON a row
    may have: no row that is right comes near it.

    >>> from registry.features import FeatureType
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
        texts = sum(one.longest_text for one in self.features if one.type is FeatureType.TEXT)
        if texts > LONGEST_TEXTS:
            raise InvalidManifest(
                f"the texts have {texts:,} characters together, and {LONGEST_TEXTS:,} is the most; lower a 'length'",
                path=("features",),
            )
        if len(self._by_name) != self._size:
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise InvalidManifest(f"feature {twice!r} is declared twice", path=("features", twice))
        self._checks = tuple((feature.name, check_of(feature)) for feature in self.features)

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
        return self._validate_carefully(row, from_text if from_form else numeric if numeric_texts else None)

    def _validate_carefully(self, row: dict[str, JSONValue], read: TextReader | None) -> Row:
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
                problems.append((name, problem_of(feature, row.get(name))))
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
        for read in (None, numeric, from_text):
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
    if feature.type.is_worded:
        longest = max(map(len, feature.categories), default=0) if feature.categories else feature.longest_text
    return CHARACTERS_A_FEATURE + ESCAPED * (len(feature.name) + longest)
