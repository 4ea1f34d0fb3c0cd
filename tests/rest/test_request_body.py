"""Bodies: JSON, forms, charsets, and what is refused with which words."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from starlette.requests import Request

from rest.errors import HttpError
from rest.request_body import RequestBody, read_body

MULTIPART = (
    b'--B\r\nContent-Disposition: form-data; name="age"\r\n\r\n32\r\n'
    b'--B\r\nContent-Disposition: form-data; name="city"\r\n\r\nK\xc3\xb6ln\r\n--B--\r\n'
)


async def read(body: bytes, content_type: str | None = "application/json") -> RequestBody:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [] if content_type is None else [(b"content-type", content_type.encode())]
    return await read_body(Request({"type": "http", "method": "POST", "headers": headers}, receive))


async def refusal(body: bytes, content_type: str | None = "application/json") -> tuple[int, object]:
    with pytest.raises(HttpError) as refused:
        await read(body, content_type)
    return refused.value.status, refused.value.body["detail"]


async def test_json_keeps_its_text() -> None:
    assert await read(b'{ "a":1.50, "b":null }') == RequestBody(
        {"a": 1.5, "b": None}, from_form=False, raw=b'{ "a":1.50, "b":null }'
    )


@pytest.mark.parametrize("content_type", [None, "", "application/json", "text/plain"])
async def test_empty_body_is_an_empty_object(content_type: str | None) -> None:
    assert await read(b"", content_type) == RequestBody({})


async def test_empty_form_is_an_empty_form() -> None:
    assert await read(b"", "application/x-www-form-urlencoded") == RequestBody({}, from_form=True)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("utf-16", "utf-16"), ("UTF-16LE", "utf-16-le"), ('"latin1"', "latin-1"), ("utf8", "utf-8")],
)
async def test_other_charsets_are_stored_as_utf8(charset: str, codec: str) -> None:
    payload = await read('{"ort": "Köln"}'.encode(codec), f"application/json; charset={charset}")
    assert payload == RequestBody({"ort": "Köln"}, raw='{"ort": "Köln"}'.encode())


@pytest.mark.parametrize("charset", ["klingon", "zip", "unicode_escape", "punycode", "rot13", "a\0b"])
async def test_unknown_and_dangerous_charsets_are_refused(charset: str) -> None:
    status, detail = await refusal(b"{}", f"application/json; charset={charset}")
    assert (status, detail) == (
        400,
        f"JSON parse error - The charset {charset!r} is not supported; send UTF-8",
    )


async def test_bytes_of_another_charset_are_refused() -> None:
    assert await refusal('{"ort": "Köln"}'.encode("latin-1")) == (
        400,
        "JSON parse error - 'utf-8' codec can't decode byte 0xf6 in position 10: invalid start byte",
    )
    assert await refusal(b"{}x", "application/json; charset=utf-16") == (
        400,
        "JSON parse error - 'utf-16-le' codec can't decode byte 0x78 in position 2: truncated data",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"age": 3', "Expecting ',' delimiter: line 1 column 10 (char 9)"),
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[1, 2", "Expecting ',' delimiter: line 1 column 6 (char 5)"),
        ("nul", "Expecting value: line 1 column 1 (char 0)"),
        ('"open', "Unterminated string starting at: line 1 column 1 (char 0)"),
        ("{'a': 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("1 2", "Extra data: line 1 column 3 (char 2)"),
        ("\ufeff{}", "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"),
    ],
)
async def test_malformed_json_is_refused_in_the_words_of_python(text: str, words: str) -> None:
    assert await refusal(text.encode()) == (400, f"JSON parse error - {words}")


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
async def test_nan_and_infinity_are_no_json(constant: str) -> None:
    assert await refusal(f'{{"x": {constant}}}'.encode()) == (
        400,
        f"JSON parse error - Out of range float values are not JSON compliant: '{constant}'",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"\\ud800"', "no low surrogate in string: line 1 column 2 (char 1)"),
    ],
)
async def test_what_cannot_be_stored_is_refused(text: str, reason: str) -> None:
    assert await refusal(text.encode()) == (400, f"JSON parse error - {reason}")


@pytest.mark.parametrize("levels", [65, 200, 1100, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
async def test_depth_bombs_are_refused(levels: int, opening: str, closing: str) -> None:
    bomb = opening * levels + "1" + closing * levels
    assert await refusal(bomb.encode()) == (400, "JSON parse error - Nested more than 64 levels deep")


@pytest.mark.parametrize("number", ["1e400", "1" + "0" * 400, "9" * 5000])
async def test_a_number_that_no_float_holds_is_infinite(number: str) -> None:
    assert (await read(f'[{{"x": {number}}}, {{"x": 1}}]'.encode())).value == [{"x": math.inf}, {"x": 1}]


async def test_moderate_nesting_passes() -> None:
    text = "[" * 64 + "]" * 64
    assert (await read(text.encode())).value == json.loads(text)


async def test_last_of_duplicate_keys_wins() -> None:
    assert (await read(b'{"a": 1, "a": 2}')).value == {"a": 2}
    assert (await read(b"a=1&a=2", "application/x-www-form-urlencoded")).value == {"a": "2"}


async def test_large_body_is_read_whole() -> None:
    body = json.dumps({"x": "y" * 3_000_000}).encode()
    assert (await read(body)).value == {"x": "y" * 3_000_000}


async def test_form_values_are_text_and_empty_ones_stay() -> None:
    body = b"age=32&workclass=&city=K%C3%B6ln+am%20Rhein&feedback=%3E50K"
    assert await read(body, "application/x-www-form-urlencoded; charset=utf-8") == RequestBody(
        {"age": "32", "workclass": "", "city": "Köln am Rhein", "feedback": ">50K"}, from_form=True
    )


async def test_form_with_broken_bytes_is_refused() -> None:
    status, detail = await refusal(b"a=%ff", "application/x-www-form-urlencoded")
    assert (status, detail) == (
        400,
        "Form parse error - 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    )


async def test_form_of_too_many_fields_is_refused() -> None:
    body = "&".join(f"f{n}=1" for n in range(1001)).encode()
    assert await refusal(body, "application/x-www-form-urlencoded") == (
        400,
        "Form parse error - Max number of fields exceeded",
    )


async def test_multipart_form_is_read() -> None:
    payload = await read(MULTIPART, "multipart/form-data; boundary=B")
    assert payload == RequestBody({"age": "32", "city": "Köln"}, from_form=True)


async def test_long_multipart_value_is_read_whole() -> None:
    body = MULTIPART.replace(b"32", b"9" * 2_000_000)
    payload = await read(body, "multipart/form-data; boundary=B")
    assert payload.value == {"age": "9" * 2_000_000, "city": "Köln"}


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (MULTIPART, "multipart/form-data", "Missing boundary in multipart."),
        (b"--X\r\nnonsense", "multipart/form-data; boundary=B", "Invalid multipart data."),
        (
            MULTIPART.replace(b'name="age"', b'name="age"; filename="a.txt"'),
            "multipart/form-data; boundary=B",
            "Too many files. Maximum number of files is 0.",
        ),
    ],
)
async def test_broken_multipart_is_refused(body: bytes, content_type: str, reason: str) -> None:
    assert await refusal(body, content_type) == (400, f"Multipart form parse error - {reason}")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "text/plain; charset=utf-8"])
async def test_other_media_types_are_refused(content_type: str) -> None:
    assert await refusal(b"{}", content_type) == (415, f'Unsupported media type "{content_type}" in request.')


async def test_body_without_content_type_is_refused() -> None:
    assert await refusal(b"{}", None) == (415, 'Unsupported media type "" in request.')
