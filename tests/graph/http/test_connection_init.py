from __future__ import annotations

from typing import Any

import pytest

from domain.errors import Unauthenticated
from graph.http.connection_init import NotAText, secret_of

NAMES = [
    "Authorization",
    "authorization",
    "AUTHORIZATION",
    "authToken",
    "auth_token",
    "accessToken",
    "access_token",
    "bearerToken",
    "token",
    "jwt",
    "apiKey",
    "api_key",
    "api-key",
    "X-API-Key",
    "x-api-key",
    "xApiKey",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["abc", "Bearer abc", "bearer  abc", " abc "])
def test_key_is_found_under_each_name_that_clients_use(name: str, value: str) -> None:
    assert secret_of({name: value, "locale": "de", "attempt": 1}) == "abc"
    assert secret_of({"headers": {name: value, "x-trace": "1"}}) == "abc"
    assert secret_of({"Headers": {name: value}, name: ""}) == "abc"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"authorization": ""},
        {"authorization": None},
        {"authToken": "   "},
        {"headers": {}},
        {"headers": None},
        {"headers": {"Authorization": ""}},
        {"headers": {"Authorization": None}, "token": ""},
        {"secret": "abc", "password": "abc", "nested": {"token": "abc"}},
    ],
)
def test_empty_and_unknown_values_are_no_key(payload: dict[str, Any]) -> None:
    assert secret_of(payload) is None


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"authorization": "abc", "token": "def"}, "different keys were sent with one call: send one"),
        (
            {"authorization": "abc", "headers": {"x-api-key": "def"}},
            "different keys were sent with one call: send one",
        ),
        (
            {"headers": {"Authorization": "Bearer undefined"}},
            "headers.Authorization of connection_init holds no key but `undefined`: the caller had none to send",
        ),
        ({"token": "null"}, "token of connection_init holds no key but `null`: the caller had none to send"),
        (
            {"auth-token": "Bearer"},
            "authToken of connection_init must read `Bearer KEY`: there is no key in it",
        ),
        (
            {"authorization": "Basic YTpi"},
            "Authorization of connection_init must read `Bearer KEY`, or KEY alone",
        ),
    ],
)
def test_what_is_no_key_is_refused_by_its_name_and_never_repeated(
    payload: dict[str, Any], message: str
) -> None:
    with pytest.raises(Unauthenticated) as refused:
        secret_of(payload)
    assert refused.value.message == message
    # The reason with which a WebSocket is closed has room for so much.
    assert len(message) <= 100


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"authorization": 7}, "Authorization of connection_init must be a text"),
        ({"headers": {"x-api-key": ["abc"]}}, "headers.xApiKey of connection_init must be a text"),
        ({"headers": "Bearer abc"}, "headers of connection_init must be an object"),
        ({"headers": ["abc"]}, "headers of connection_init must be an object"),
    ],
)
def test_key_that_is_no_text_is_refused(payload: dict[str, Any], message: str) -> None:
    with pytest.raises(NotAText, match=message):
        secret_of(payload)


def test_the_same_key_under_several_names_is_one_key() -> None:
    assert (
        secret_of({"authorization": "Bearer abc", "token": "abc", "headers": {"x-api-key": "abc"}}) == "abc"
    )
