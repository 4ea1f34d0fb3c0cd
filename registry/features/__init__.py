"""The features of an endpoint: what a row must hold, and the check that every row passes before it is served.

Rooms, from top to bottom; each imports only from rooms below it:

    schema.py     all features of an endpoint: what a row must be, and its check
    values.py     the check of one value, what a form's text means, and what is wrong with what came
    feature.py    one feature, as a person declared it
"""

from __future__ import annotations

from registry.features.feature import (
    DEFAULT_LENGTH,
    LABEL,
    LARGEST_INTEGER,
    LARGEST_NUMBER,
    LONGEST_LENGTH,
    LONGEST_TEXT,
    Feature,
    FeatureType,
    FeatureValue,
    Row,
    range_words,
)
from registry.features.schema import CHARACTERS_A_FEATURE, ESCAPED, FeatureSchema

__all__ = [
    "CHARACTERS_A_FEATURE",
    "DEFAULT_LENGTH",
    "ESCAPED",
    "LABEL",
    "LARGEST_INTEGER",
    "LARGEST_NUMBER",
    "LONGEST_LENGTH",
    "LONGEST_TEXT",
    "Feature",
    "FeatureSchema",
    "FeatureType",
    "FeatureValue",
    "Row",
    "range_words",
]
