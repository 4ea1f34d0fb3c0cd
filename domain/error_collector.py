"""What is wrong with several fields of one input, gathered, so that its caller hears of all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from domain.errors import ArbiterError, InvalidInput, NotFound

T = TypeVar("T")


class ErrorCollector:
    """Gathers errors that a caller can fix, and raises them as one.

    >>> problems = ErrorCollector()
    >>> for name in ("alpha", "title"):
    ...     with problems.collecting():
    ...         raise InvalidInput(f"{name} is absent", path=(name,))
    >>> problems.raise_collected()
    Traceback (most recent call last):
    domain.errors.InvalidInput: alpha is absent; title is absent
    """

    def __init__(self) -> None:
        self.found: list[ArbiterError] = []

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep an InvalidInput or a NotFound that is raised within, and go on behind it."""
        try:
            yield
        except (InvalidInput, NotFound) as error:
            self.found.append(error)

    def attempt(self, make: Callable[[], T], instead: T) -> T:
        """What `make` gives; where it raises such an error that is kept, and `instead` stands for the value."""
        with self.collecting():
            return make()
        return instead

    def require(self, holds: bool, error: ArbiterError) -> None:
        """Keep `error` unless the condition holds."""
        if not holds:
            self.found.append(error)

    def raise_collected(self) -> None:
        """Raise what was gathered, if anything was."""
        if self.found:
            raise self.combined()

    def combined(self) -> ArbiterError:
        """What was gathered: one error as it is, several as one of the first one's class."""
        first, *others = self.found
        if not others:
            return first
        texts = dict.fromkeys(error.message.removesuffix(".") for error in self.found)
        error = type(first)("; ".join(texts), path=first.path)
        error.parts = tuple(part for one in self.found for part in one.apart())
        return error
