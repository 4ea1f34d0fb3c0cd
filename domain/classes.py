"""The classes that an endpoint declares, and which of them a ground truth means."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

from domain.feedback import number_of

LONGEST = 256


class Classes:
    """The declared classes of one endpoint; with `numeric`, a text that spells a class's number means it too."""

    def __init__(self, names: Sequence[str], *, numeric: bool = False) -> None:
        self._by_text = {unicodedata.normalize("NFC", name).strip(): name for name in names}
        numbers = {number_of(name): name for name in names} if numeric else {}
        self._by_number = {number: name for number, name in numbers.items() if number is not None}

    @property
    def exact(self) -> bool:
        """Whether every feedback that means a class is its name, letter by letter: not where classes are numbers.

        >>> Classes(["no", "yes"]).exact, Classes(["0", "1"], numeric=True).exact
        (True, False)
        """
        return not self._by_number and all(text == name for text, name in self._by_text.items())

    def meant_by(self, feedback: str) -> str | None:
        """The declared class that a stored feedback means, or None; nothing longer than 256 characters does.

        >>> Classes(["0", "1"], numeric=True).meant_by("1.0"), Classes(["0", "1"]).meant_by("1.0")
        ('1', None)
        """
        if len(feedback) > LONGEST:
            return None
        name = self._by_text.get(feedback)
        if name is None and self._by_number:
            number = number_of(feedback)
            name = None if number is None else self._by_number.get(number)
        return name


@cache
def classes_of(names: tuple[str, ...], *, numeric: bool) -> Classes:
    """The same as `Classes`, made once for each endpoint."""
    return Classes(names, numeric=numeric)
