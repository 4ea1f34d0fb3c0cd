"""Bodies as clients send them: JSON, urlencoded and multipart forms, each in its charset."""

from __future__ import annotations

import asyncio
import codecs
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import NoReturn
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from domain.input.content_encoding import encoding_problem
from domain.input.nesting import DEEPEST, is_shallow, nests_within
from domain.pacing import BODY_BYTES_ON_LOOP, in_thread_if
from domain.words import JSONValue
from rest.errors import HttpError
from serving.json_text import sent_json

JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
PARSES = (JSON, URLENCODED, MULTIPART)

TOO_DEEP = f"Nested more than {DEEPEST} levels deep"
MAX_FIELDS = 1000
UTF_8 = "utf-8"

# Text encodings that some client may have; Python knows more, among them ones that take quadratic time.
CHARSETS = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii", "iso8859-1", "cp1252"})


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A decoded body of `size` bytes. `raw` is the JSON as it came, in UTF-8; None for forms."""

    value: JSONValue
    from_form: bool = False
    raw: bytes | None = None
    size: int = field(default=0, compare=False)


async def read_body(request: Request) -> RequestBody:
    """Decode the body of a request by its content type.

    Raises HttpError: 415 for other media types and compressed bodies, 400 for a body that is not what its content
    type says.
    """
    if "content-encoding" in request.headers:
        refused = encoding_problem(",".join(request.headers.getlist("content-encoding")))
        if refused is not None:
            raise HttpError(415, {"detail": f"{refused}."}, {"accept-encoding": "identity"})
    body = await whole_body(request)
    content_type = request.headers.get("content-type", "")
    media_type, _, parameters = content_type.partition(";")
    media_type = media_type.strip().lower()
    if not body:
        return RequestBody({}, from_form=media_type in {URLENCODED, MULTIPART})
    if media_type == MULTIPART:
        return RequestBody(await _multipart(body, request.headers), from_form=True, size=len(body))
    if media_type not in DECODERS:
        raise HttpError(415, {"detail": f'Unsupported media type "{content_type}" in request.'})
    decode, charset = DECODERS[media_type], _charset(parameters, media_type)
    decoded = await in_thread_if(len(body) > BODY_BYTES_ON_LOOP, decode, body, charset)
    return replace(decoded, size=len(body))


async def whole_body(request: Request) -> bytes:
    """All bytes of a body; most come in one message, for which Starlette's stream costs more than the reading."""
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    return body + b"".join([chunk async for chunk in request.stream()])


def _charset(parameters: str, media_type: str) -> str:
    for parameter in parameters.split(";") if parameters else ():
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return _known_charset(value.strip().strip('"'), media_type)
    return UTF_8


def _known_charset(name: str, media_type: str) -> str:
    try:
        charset = codecs.lookup(name).name
    except (LookupError, ValueError):
        charset = ""
    if charset not in CHARSETS:
        raise _parse_error(media_type, f"The charset {name[:60]!r} is not supported; send UTF-8")
    return charset


def _parse_error(media_type: str, reason: str) -> HttpError:
    kind = {JSON: "JSON", URLENCODED: "Form", MULTIPART: "Multipart form"}[media_type]
    return HttpError(400, {"detail": f"{kind} parse error - {reason}"})


def json_body(body: bytes, charset: str = UTF_8) -> RequestBody:
    """Decode a JSON body. Raises HttpError as `read_body`."""
    try:
        utf8 = body if charset == UTF_8 else body.decode(charset).encode()
        value = sent_json(utf8)
    except orjson.JSONDecodeError as error:
        raise _parse_error(JSON, _words_of(utf8) or str(error)) from None
    except ValueError as error:
        raise _parse_error(JSON, str(error)) from None
    if not (is_shallow(utf8) or nests_within(value)):
        raise _parse_error(JSON, TOO_DEEP)
    return RequestBody(value, raw=utf8)


def _words_of(utf8: bytes) -> str | None:
    """What the standard library says of a text that is no JSON: the words that the old service answered.

    None for what it would accept: unpaired surrogates and numbers that overflow.
    """
    try:
        json.loads(utf8.decode(), parse_constant=_refuse_constant)
    except RecursionError:
        return TOO_DEEP
    except ValueError as error:
        return str(error)
    return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"Out of range float values are not JSON compliant: {name!r}")


def _urlencoded_body(body: bytes, charset: str) -> RequestBody:
    try:
        pairs = parse_qsl(
            body.decode(charset),
            keep_blank_values=True,
            encoding=charset,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise _parse_error(URLENCODED, str(error)) from None
    return RequestBody(dict(pairs), from_form=True)


DECODERS = {JSON: json_body, URLENCODED: _urlencoded_body}


async def _multipart(body: bytes, headers: Headers) -> dict[str, JSONValue]:
    async def stream() -> AsyncGenerator[bytes, None]:
        # Pieces let other requests in while a long form is parsed.
        for start in range(0, len(body), BODY_BYTES_ON_LOOP):
            yield body[start : start + BODY_BYTES_ON_LOOP]
            await asyncio.sleep(0)

    parser = MultiPartParser(headers, stream(), max_files=0, max_fields=MAX_FIELDS, max_part_size=len(body))
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise _parse_error(MULTIPART, error.message) from None
    return {name: str(value) for name, value in form.items()}
