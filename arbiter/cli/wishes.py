"""What `arbiter publish` is told of single features, as texts: ranges, categories, and what fills missing values."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from domain.errors import InvalidInput
from domain.words import JSONValue


def ranges_of(given: Sequence[str]) -> dict[str, tuple[float | int | None, float | int | None]]:
    """The lowest and highest value by feature, of texts such as `age=0:120` or `debt=0:`.

    >>> ranges_of(["age=0:120", "balance=-1.5:"])
    {'age': (0, 120), 'balance': (-1.5, None)}
    """
    found = {}
    for text in given:
        name, value = _parted("--range", text, "LOWEST:HIGHEST")
        low, colon, high = value.partition(":")
        if not colon:
            raise InvalidInput(
                f"--range {text!r} must read FEATURE=LOWEST:HIGHEST, such as age=0:120", path=("range",)
            )
        found[name] = (_bound(text, low), _bound(text, high))
    return found


def categories_of(given: Sequence[str]) -> dict[str, list[str]]:
    """The texts that callers may send, by feature, of `sex=Female,Male` or `city=["Aix, south", "Bonn"]`.

    >>> categories_of(["sex=Female,Male", 'city=["Aix, south", "Bonn"]'])
    {'sex': ['Female', 'Male'], 'city': ['Aix, south', 'Bonn']}
    """
    return {
        name: [str(one) for one in _listed(value)]
        for name, value in (_parted("--categories", text, "ONE,OTHER") for text in given)
    }


def classes_of(given: str | None) -> list[JSONValue]:
    """The classes of a model, of `no,yes` or `[0, 1]`."""
    return [] if given is None else _listed(given)


def fills_of(given: Sequence[str]) -> dict[str, float | int | str]:
    """What stands in for missing values, by feature, as texts: what they mean depends on the feature.

    >>> fills_of(["age=37", "city=unknown", "review="])
    {'age': '37', 'city': 'unknown', 'review': ''}
    """
    # Only of a text an empty one is a value: what the others make of it is said where features are known.
    return dict(_parted("--fill", text, "VALUE", may_be_empty=True) for text in given)


def _parted(flag: str, text: str, rest: str, *, may_be_empty: bool = False) -> tuple[str, str]:
    # A feature's name may hold an equals sign, a range or a list seldom does.
    name, equals, value = text.partition("=")
    if not equals or not name or not (value or may_be_empty):
        raise InvalidInput(f"{flag} {text!r} must read FEATURE={rest}", path=(flag.removeprefix("--"),))
    return name, value


def _listed(value: str) -> list[JSONValue]:
    if not value.startswith("["):
        return [one.strip() for one in value.split(",")]
    try:
        listed = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"{value!r} is no JSON list: {error}") from None
    return list(listed)


def _bound(text: str, value: str) -> float | int | None:
    if not value.strip():
        return None
    try:
        number = float(value)
    except ValueError:
        raise InvalidInput(f"--range {text!r}: {value!r} is no number", path=("range",)) from None
    return int(number) if number.is_integer() else number
