"""One value of a row: whether a feature takes it, what a form's text means for it, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from domain.input.storable import text_problem
from domain.words import JSONValue
from registry.features.feature import Feature, FeatureType, FeatureValue, range_words
from registry.shown_values import described, did_you_mean, shortened

_SHOWN_CATEGORIES = 8
_LONGEST_NUMBER_TEXT = 100
_NUMBER_TEXT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGER_TEXT = re.compile(r"[+-]?[0-9]+")
_WHOLE_TEXT = re.compile(r"([+-]?[0-9]+)\.0+")
_FLAG_TEXTS = {"true": True, "false": False}

Check: TypeAlias = Callable[[JSONValue], FeatureValue]
TextReader: TypeAlias = Callable[[Feature, str], JSONValue]


def check_of(feature: Feature) -> Check:
    """A function that gives the native value, and raises KeyError, TypeError or ValueError for any other."""
    if feature.type is FeatureType.INTEGER:
        return _integer_check(feature)
    if feature.type is FeatureType.NUMBER:
        return _number_check(feature)
    if feature.type.is_worded and feature.categories is None:
        return _text_check(feature)
    # 0, 1, 0.0 and 1.0 are equal to False and True, hence the same keys.
    values = [*(feature.categories or (False, True)), *([None] if feature.nullable else [])]
    # The bound method of the dict is the whole check: nothing in Python runs for a good value.
    return {value: value for value in values}.__getitem__


def _number_check(feature: Feature) -> Check:
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


def _integer_check(feature: Feature) -> Check:
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


def _text_check(feature: Feature) -> Check:
    nullable, longest = feature.nullable, feature.longest_text

    def check(value: JSONValue) -> FeatureValue:
        if (type(value) is str and text_problem(value, longest) is None) or (value is None and nullable):
            return value
        raise ValueError

    return check


def from_text(feature: Feature, text: str) -> JSONValue:
    """What a form's text means for `feature`; raises ValueError for text that is no number where one is asked."""
    if feature.type is FeatureType.CATEGORY:
        return _category(feature, text)
    if feature.type is FeatureType.TEXT:
        # A form cannot say whether an empty text is one or none. Spaces and line breaks belong to a text.
        return None if text == "" and feature.nullable else text
    text = text.strip()
    if text == "" or text.lower() == "nan":
        return None
    if feature.type is FeatureType.BOOLEAN and text.lower() in _FLAG_TEXTS:
        return _FLAG_TEXTS[text.lower()]
    return _number(text)


def numeric(feature: Feature, text: str) -> JSONValue:
    """What a text in JSON of the old service's clients means; raises ValueError as `from_text`."""
    return text if feature.type.is_worded else _number(text.strip())


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


def problem_of(feature: Feature, value: JSONValue) -> str:
    """What is wrong with a value that its check refused, as a sentence that names the feature and the cure."""
    if value is None or (isinstance(value, str) and value.strip() == "" and not feature.nullable):
        return f"{feature.name} must not be missing; {_expected(feature)}"
    if feature.private:
        return f"{feature.name} must be {_expected(feature)}; what came is private and not repeated here"
    hint = ""
    if feature.type.is_worded and isinstance(value, str):
        hint = did_you_mean(value, feature.categories or ())
        longest = feature.longest_text if feature.type is FeatureType.TEXT else None
        problem = None if feature.categories else text_problem(value, longest)
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
    if feature.type.is_worded:
        return f"a text of at most {feature.longest_text} characters"
    noun = "a whole number" if feature.type is FeatureType.INTEGER else "a number"
    unit = f" {feature.unit}" if feature.unit else ""
    return f"{noun}{range_words(feature)}{unit}"
