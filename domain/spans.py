"""Spans: named stretches of one call's time, for whoever records them. Where nobody does, they cost nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol, TypeAlias

Attributes: TypeAlias = Mapping[str, str | int]


class Recorder(Protocol):
    """Records the spans of one call."""

    def span(self, name: str, attributes: Attributes) -> AbstractContextManager[object]:
        """A span from the beginning to the end of the block; it lies within the one that is open."""


_recorder: ContextVar[Recorder | None] = ContextVar("recorder", default=None)
_NO_ATTRIBUTES: Attributes = {}
_NOTHING = nullcontext()


def span(name: str, attributes: Attributes = _NO_ATTRIBUTES) -> AbstractContextManager[object]:
    """The time of a block, under a name; attributes say what was done, never what was sent.

    >>> with span("choose"):
    ...     "the block runs, recorded or not"
    'the block runs, recorded or not'
    """
    recorder = _recorder.get()
    return _NOTHING if recorder is None else recorder.span(name, attributes)


def is_recording() -> bool:
    """Whether anybody records the spans of this call."""
    return _recorder.get() is not None


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Give the spans of the block, and of all that it starts, to `recorder`."""
    token = _recorder.set(recorder)
    try:
        yield
    finally:
        _recorder.reset(token)
