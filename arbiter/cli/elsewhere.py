"""`arbiter publish --remote`: a model that another server runs, and what is said of it as FIELD=VALUE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from domain.errors import InvalidInput
from domain.words import JSONValue

if TYPE_CHECKING:
    from registry.publishing import Published

_TEXTS = frozenset({"version", "token", "outputs", "datatypes"})


def published_elsewhere(
    url: str, model: str | None, endpoint: str | None, fields: Sequence[str], said: Mapping[str, Any]
) -> Published:
    """Publish the model of another server; raises InvalidInput where neither model nor endpoint is named."""
    from registry.publishing.elsewhere.remote_model import FarSide, publish_remote

    named = endpoint or model
    if named is None:
        raise InvalidInput("--remote needs the model's name there (--model) or the endpoint's (--endpoint)")
    return publish_remote(
        FarSide(url=url, model=model or named, fields=fields_of(fields)), endpoint=named, **said
    )


def fields_of(given: Sequence[str]) -> dict[str, JSONValue]:
    """Fields of a remote model, of texts such as `deadline=2.5` or `outputs.label=predict`.

    >>> fields_of(["version=3", "max_batch=64", "outputs.label=predict", "parameters.content_type=pd"])
    {'version': '3', 'max_batch': 64, 'outputs': {'label': 'predict'}, 'parameters': {'content_type': 'pd'}}
    """
    found: dict[str, JSONValue] = {}
    for text in given:
        name, equals, value = text.partition("=")
        field, dot, inner = name.partition(".")
        if not equals or not field or bool(dot) is not bool(inner):
            raise InvalidInput(f"--with {text!r} must read FIELD=VALUE, such as deadline=2.5", path=("with",))
        read = value if field in _TEXTS else _read(value)
        if not dot:
            found[field] = read
            continue
        inside = found.setdefault(field, {})
        if not isinstance(inside, dict):
            raise InvalidInput(f"--with {text!r}: {field} is said twice", path=("with",))
        inside[inner] = read
    return found


def _read(value: str) -> JSONValue:
    """A number, a truth value or whatever JSON there is; else the text as it stands."""
    try:
        return orjson.loads(value)  # type: ignore[no-any-return]
    except orjson.JSONDecodeError:
        return value
