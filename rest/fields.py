"""The fields of a resource: what may be sent, the words of each refusal, and what OPTIONS says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.input.storable import is_one_line
from domain.words import JSONValue
from rest.errors import HttpError
from rest.request_body import RequestBody

REQUIRED = "This field is required."
NULL = "This field may not be null."
BLANK = "This field may not be blank."
NO_STRING = "Not a valid string."
NUL = "Null characters are not allowed."
NO_LINE = "Control characters and line breaks are not allowed."

MAX_KEY_DIGITS = 9


class FieldError(ValueError):
    """The words with which one field's value is refused."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a resource, as OPTIONS describes it; one that is only read is ignored when sent."""

    name: str
    label: str
    type: str
    read_only: bool = True
    required: bool = False
    max_length: int | None = None
    nullable: bool = False

    def metadata(self) -> dict[str, object]:
        """What OPTIONS says of this field."""
        return {
            "type": self.type,
            "required": self.required,
            "read_only": self.read_only,
            "label": self.label,
            **({} if self.max_length is None else {"max_length": self.max_length}),
        }

    def check_nullable(self) -> None:
        """Do nothing where null is allowed. Raises FieldError."""
        if not self.nullable:
            raise FieldError(NULL)

    def clean(self, value: JSONValue) -> JSONValue:
        """The value as it is used. Raises FieldError."""
        raise TypeError(f"{self.name} is only read: it is never cleaned")


@dataclass(frozen=True, slots=True)
class TextField(Field):
    """A field that holds a text; numbers are taken as their text, surrounding space is dropped."""

    type: str = "string"
    read_only: bool = False
    one_line: bool = False

    def clean(self, value: JSONValue) -> JSONValue:
        """The trimmed text, or None where that is allowed. Raises FieldError."""
        if value is None:
            self.check_nullable()
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise FieldError(NO_STRING)
        text = str(value).strip()
        if not text and not self.nullable:
            raise FieldError(BLANK)
        if "\0" in text:
            raise FieldError(NUL)
        if self.one_line and not is_one_line(text):
            raise FieldError(NO_LINE)
        if self.max_length is not None and len(text) > self.max_length:
            raise FieldError(f"Ensure this field has no more than {self.max_length} characters.")
        return text


@dataclass(frozen=True, slots=True)
class KeyField(Field):
    """A field that names another row by its id."""

    type: str = "field"
    read_only: bool = False

    def clean(self, value: JSONValue) -> JSONValue:
        """The id. Raises FieldError."""
        if value is None or value == "":
            self.check_nullable()
            return None
        number = _whole(value)
        if number is None:
            raise FieldError(f"Incorrect type. Expected pk value, received {type(value).__name__}.")
        if not 0 < number < 10**MAX_KEY_DIGITS:
            raise FieldError(no_such_key(number))
        return number


def _whole(value: JSONValue) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        digits = value.strip()
        if digits.isascii() and digits.isdecimal() and len(digits) <= 2 * MAX_KEY_DIGITS:
            return int(digits)
    return None


def no_such_key(key: int) -> str:
    """The words for an id that names no row.

    >>> no_such_key(999)
    'Invalid pk "999" - object does not exist.'
    """
    return f'Invalid pk "{key}" - object does not exist.'


@dataclass(frozen=True, slots=True)
class Fields:
    """All fields of a resource, in the order of its answers."""

    all: Sequence[Field]
    writable: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "writable", {own.name: own for own in self.all if not own.read_only})

    def metadata(self) -> dict[str, object]:
        """What OPTIONS says under `actions`."""
        return {own.name: own.metadata() for own in self.all}

    def read(self, body: RequestBody, *, partial: bool = False) -> dict[str, JSONValue]:
        """The values sent for the fields that may be written; with `partial` none of them must be there.

        Raises HttpError (400) with every offending field at once, in Django REST framework's words.
        """
        sent = _as_object(body.value)
        values: dict[str, JSONValue] = {}
        refused: dict[str, object] = {}
        for name, own in self.writable.items():
            if name not in sent:
                if own.required and not partial:
                    refused[name] = [REQUIRED]
                continue
            try:
                values[name] = own.clean(sent[name])
            except FieldError as error:
                refused[name] = [str(error)]
        if refused:
            raise HttpError(400, refused)
        return values


def _as_object(value: JSONValue) -> dict[str, JSONValue]:
    if isinstance(value, dict):
        return value
    if value is None:
        raise HttpError(400, {"non_field_errors": ["No data provided"]})
    raise HttpError(
        400, {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {type(value).__name__}."]}
    )
