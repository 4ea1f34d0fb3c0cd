"""Readable GraphQL names for names and texts that know nothing of GraphQL's rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_SIGNS = {
    "<=": "at most",
    ">=": "at least",
    "<": "below",
    ">": "above",
    "=": "equals",
    "+": "plus",
    "%": "percent",
    "&": "and",
    "@": "at",
    "$": "dollar",
    "€": "euro",
    "£": "pound",
    "#": "number",
    "*": "star",
    "°": "degree",
}
# Letters and signs that Unicode does not take apart into letters of ASCII; apostrophes are left out.
_PLAIN = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "≤": "<=",
        "≥": ">=",
        "≠": " not equal ",
        "'": "",
        "’": "",
    }
)
_PARTS = re.compile(
    r"(?P<sign><=|>=|[<>=+%&@$€£#*°])"
    r"|(?P<minus>(?<![0-9A-Za-z])-(?=[0-9])|(?<=[0-9A-Za-z])-$)"
    r"|(?P<point>(?<=[0-9])\.(?=[0-9]))"
    r"|(?P<word>[0-9A-Za-z]+)"
    r"|(?P<other>[^\x00-\x7f])"
)
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[A-Z][A-Z])(?=[A-Z][a-z])")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name or a text, each of ASCII letters and digits; never none.

    Signs that carry a meaning become words, letters of other scripts their code points; a text of nothing else is
    spelled out.

    >>> words_of("hours-per-week"), words_of("BloodPressureProblems"), words_of("<=50K")
    (('hours', 'per', 'week'), ('Blood', 'Pressure', 'Problems'), ('at', 'most', '50K'))
    >>> words_of("São Tomé"), words_of("-1"), words_of("?"), words_of("男")
    (('Sao', 'Tome'), ('minus', '1'), ('QUESTION', 'MARK'), ('U7537',))
    """
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.translate(_PLAIN))
        if not unicodedata.combining(letter)
    )
    found = [word for part in _PARTS.finditer(plain) for word in _words(part.lastgroup or "", part.group())]
    return tuple(found or _spelled(text))


def _words(kind: str, part: str) -> list[str]:
    if kind == "word":
        return _HUMPS.sub(" ", part).split()
    if kind == "sign":
        return _SIGNS[part].split()
    if kind == "other":
        is_separator = not part.isalnum() and not unicodedata.category(part).startswith("S")
        return [] if is_separator else [_code_point(part)]
    return [kind]


def _spelled(text: str) -> list[str]:
    return re.findall(
        "[A-Z0-9]+", " ".join(unicodedata.name(letter, _code_point(letter)) for letter in text) or "EMPTY"
    )


def _code_point(letter: str) -> str:
    return f"U{ord(letter):04X}"


def field_name(text: str) -> str:
    """The name of a field.

    >>> [field_name(text) for text in ("hours-per-week", "Age", "BMI", "2nd floor", "v1_2", "PhD", "HDLRatio")]
    ['hoursPerWeek', 'age', 'bmi', '_2ndFloor', 'v1_2', 'phD', 'hdlRatio']
    """
    first, *more = words_of(text)
    begin = first.lower() if first.isupper() else first[0].lower() + first[1:]
    return _begun(_joined([begin, *map(_capitalised, more)]))


def type_name(text: str) -> str:
    """The name of a type, or a part of one: it may begin with a digit.

    >>> [type_name(text) for text in ("income_classifier", "hours-per-week", "2nd floor")]
    ['IncomeClassifier', 'HoursPerWeek', '2ndFloor']
    """
    return _joined([_capitalised(word) for word in words_of(text)])


def value_name(text: str) -> str:
    """The name of an enum's value.

    >>> [value_name(text) for text in ("HS-grad", "1st-4th", "<=50K", "Trinadad&Tobago", "A+", "A-", "1.5", "")]
    ['HS_GRAD', '_1ST_4TH', 'AT_MOST_50K', 'TRINADAD_AND_TOBAGO', 'A_PLUS', 'A_MINUS', '_1_POINT_5', 'EMPTY']
    """
    return _begun("_".join(words_of(text)).upper())


def _capitalised(word: str) -> str:
    rest = word[1:]
    return word[0].upper() + (rest.lower() if word.isupper() else rest)


def _begun(name: str) -> str:
    """No name of GraphQL begins with a digit."""
    return f"_{name}" if name[0].isdigit() else name


def _joined(parts: Sequence[str]) -> str:
    """Without a sign between them, but where two numbers would become one."""
    name = parts[0]
    for part in parts[1:]:
        name += f"_{part}" if name[-1].isdigit() and part[0].isdigit() else part
    return name
