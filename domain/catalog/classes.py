"""The classes that an endpoint declares, and which of them a ground truth means."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

from domain.errors import InvalidFeedback
from domain.pacing import CLASSES_ON_LOOP
from domain.requests.feedback import number_of

LONGEST = 256
SHOWN = 8
"""So many classes a message lists; the nearest one is named beside them."""
SHOWN_CHARACTERS = 60


class Classes:
    """The declared classes of one endpoint; with `numeric`, a text that spells a class's number means it too.

    `positive` is the class whose probability a request has; without one it has that of its label.
    """

    def __init__(self, names: Sequence[str], *, numeric: bool = False, positive: str | None = None) -> None:
        self.names = tuple(names)
        self.positive = positive
        self._by_text = {unicodedata.normalize("NFC", name).strip(): name for name in names}
        numbers = {number_of(name): name for name in names} if numeric else {}
        self._by_number = {number: name for number, name in numbers.items() if number is not None}
        self._bare = {_bare(name): name for name in reversed(self.names)}
        self._pieces: list[tuple[str, int, frozenset[str]]] | None = None

    @property
    def exact(self) -> bool:
        """Whether every feedback that means a class is its name, letter by letter: not where classes are numbers.

        >>> Classes(["no", "yes"]).exact, Classes(["0", "1"], numeric=True).exact
        (True, False)
        """
        return not self._by_number and all(text == name for text, name in self._by_text.items())

    def class_of(self, feedback: str) -> str | None:
        """The declared class that a stored feedback means, or None; nothing longer than 256 characters does.

        >>> Classes(["0", "1"], numeric=True).class_of("1.0"), Classes(["0", "1"]).class_of("1.0")
        ('1', None)
        """
        if len(feedback) > LONGEST:
            return None
        name = self._by_text.get(feedback)
        if name is None and self._by_number:
            number = number_of(feedback)
            name = None if number is None else self._by_number.get(number)
        return name

    def came_true(self, label: str, truth: str) -> bool:
        """Whether what a request's probability is about happened, where `truth` is the declared class that did.

        >>> Classes(["no", "yes"], positive="yes").came_true("no", "yes"), Classes(["a", "b", "c"]).came_true("a", "b")
        (True, False)
        """
        return truth == (label if self.positive is None else self.positive)

    def nearest(self, feedback: str) -> str | None:
        """The class that a text most resembles, whatever its case, spaces and full stops; None when none does.

        >>> Classes(["<=50K", ">50K"]).nearest(" >50k."), Classes(["no", "yes"]).nearest("1")
        ('>50K', None)
        """
        if len(feedback) > LONGEST:
            return None
        bare = _bare(feedback)
        if bare and bare in self._bare:
            return self._bare[bare]
        if self._pieces is None:
            bares = [(name, _bare(name)) for name in self.names[:CLASSES_ON_LOOP]]
            self._pieces = [(name, len(text), _pieces(text)) for name, text in bares]
        wanted = _pieces(bare)
        likeness, _, name = max(
            (
                (_likeness(wanted, pieces), -abs(length - len(bare)), name)
                for name, length, pieces in self._pieces
            ),
            key=lambda found: found[:2],
        )
        return name if likeness > 0 else None

    def refusal(self, feedback: str) -> InvalidFeedback:
        """Why a text cannot be the truth: it is no declared class. Names the nearest one, and lists a few.

        >>> Classes(["<=50K", ">50K"]).refusal(">50K.").message
        "feedback '>50K.' is no class of this endpoint; the nearest is '>50K'. Send one of: '<=50K', '>50K'."
        """
        nearest = self.nearest(feedback)
        hint = "" if nearest is None else f"; the nearest is {_shown(nearest)}"
        more = len(self.names) - SHOWN
        listed = ", ".join(_shown(name) for name in self.names[:SHOWN]) + (
            f" and {more} more" if more > 0 else ""
        )
        return InvalidFeedback(
            f"feedback {_shown(feedback)} is no class of this endpoint{hint}. Send one of: {listed}.",
            path=("feedback",),
        )


@cache
def classes_of(names: tuple[str, ...], *, numeric: bool, positive: str | None = None) -> Classes:
    """The same as `Classes`, made once for each endpoint."""
    return Classes(names, numeric=numeric, positive=positive)


def _shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…")


def _bare(text: str) -> str:
    """A text without what people and programs add to it or change: case, spaces, quotes, full stops."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(".,;'\"`")


def _pieces(text: str) -> frozenset[str]:
    """A text's pairs of neighbouring characters, its ends marked: alike texts share many."""
    marked = f"\x02{text}\x03"
    return frozenset(marked[place : place + 2] for place in range(len(marked) - 1))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice's coefficient of two sets: 0 for nothing in common, 1 for the same."""
    return 2 * len(one & other) / (len(one) + len(other))
