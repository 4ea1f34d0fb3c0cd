"""JSON files that people write: every field is read with its type, and an error names file, field and cure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import orjson

from domain.errors import InvalidManifest
from domain.input.storable import text_problem
from domain.words import JSONValue

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class JSONDocument:
    """One JSON object of a file, with the way to it: `feature "age" of artifacts/…/endpoint.json`."""

    fields: Mapping[str, JSONValue]
    place: str

    def error(self, field: str, cure: str) -> InvalidManifest:
        """The error to raise about `field`."""
        return InvalidManifest(f"{self.place}: {field!r} {cure}", path=(field,))

    def only(self, known: Collection[str]) -> None:
        """Raises InvalidManifest when a field is none of `known`: a typo must not pass in silence."""
        for field in self.fields:
            if field not in known:
                close = difflib.get_close_matches(field, known, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(sorted(known))}"
                raise self.error(field, f"is no field here; {hint}")

    def text(
        self, field: str, default: str | None = None, *, empty: bool = False, longest: int | None = None
    ) -> str:
        """A text that can be stored; `default` where it is absent, an error where there is none."""
        value = self.fields.get(field, default)
        if not isinstance(value, str) or (not empty and not value.strip()):
            raise self.error(field, "must be a text" + ("" if empty else " that is not empty"))
        self._storable(field, value, longest)
        return value

    def _storable(self, field: str, text: str, longest: int | None = None) -> None:
        problem = text_problem(text, longest)
        if problem is not None:
            raise self.error(field, problem)

    def optional_text(self, field: str) -> str | None:
        """A text, or None where it is absent or null."""
        return None if self.fields.get(field) is None else self.text(field)

    def integer(self, field: str) -> int:
        """A whole number of at least 0."""
        value = self.fields.get(field)
        if type(value) is not int or value < 0:
            raise self.error(field, "must be a whole number of at least 0")
        return value

    def optional_number(self, field: str) -> float | int | None:
        """A number, or None where it is absent or null."""
        value = self.fields.get(field)
        if value is None or type(value) is int or type(value) is float:
            return value
        raise self.error(field, "must be a number, or null")

    def flag(self, field: str, default: bool) -> bool:
        """True or false; `default` where it is absent."""
        return self._typed(field, bool, "must be true or false", default)

    def texts(self, field: str) -> tuple[str, ...] | None:
        """A list of texts, or None where it is absent or null."""
        value = self.fields.get(field)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(field, "must be a list of texts, or null")
        for item in value:
            self._storable(field, str(item))
        return tuple(str(item) for item in value)

    def choice(self, field: str, choices: type[_T], default: _T | None = None) -> _T:
        """One member of the enum `choices`; `default` where it is absent."""
        value = self.fields.get(field, default)
        try:
            return choices(value)  # type: ignore[call-arg]
        except ValueError:
            known = ", ".join(repr(str(choice)) for choice in choices)  # type: ignore[attr-defined]
            raise self.error(field, f"must be one of {known}, not {value!r}") from None

    def child(self, field: str) -> JSONDocument:
        """The object in `field`."""
        return JSONDocument(self._typed(field, dict, "must be an object"), f"{self.place}: {field}")

    def children(self, field: str) -> tuple[JSONDocument, ...]:
        """The list of objects in `field`; each is named by its `name` or its number."""
        return tuple(
            self._item(field, number, item)
            for number, item in enumerate(self._typed(field, list, "must be a list of objects"), start=1)
        )

    def _typed(self, field: str, kind: type[_T], rule: str, default: _T | None = None) -> _T:
        value = self.fields.get(field, default)
        if not isinstance(value, kind):
            raise self.error(field, rule)
        return value

    def _item(self, field: str, number: int, item: JSONValue) -> JSONDocument:
        if not isinstance(item, dict):
            raise self.error(field, f"must be a list of objects; number {number} is none")
        return JSONDocument(item, f"{self.place}: {field}[{item.get('name', number)}]")


def read_document(path: Path) -> JSONDocument:
    """The JSON object in the file `path`.

    Raises InvalidManifest when the file is absent, unreadable, no JSON, or no object.
    """
    try:
        value = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise InvalidManifest(f"{path} does not exist; create it (docs/adding-an-algorithm.md)") from None
    except OSError as error:
        raise InvalidManifest(f"{path} cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise InvalidManifest(f"{path} is no valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidManifest(f"{path} must hold a JSON object")
    return JSONDocument(value, str(path))
