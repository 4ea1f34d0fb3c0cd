"""The keys of an issuer: fetched, rotated, withdrawn, and kept when the issuer is not there."""

from __future__ import annotations

import asyncio
import builtins
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from arbiter.auth.key_set import LARGEST, LEAST_BETWEEN, KeySet, keys_of
from arbiter.auth.tokens import TokenRules, Tokens
from domain.errors import InvalidSettings, InvalidToken
from tests.arbiter.issuer import AUDIENCE, NAME, Clock, Issuer, Publisher, jwk_of, publishing

RULES = TokenRules(NAME, frozenset({AUDIENCE}))
ISSUER = Issuer()
UNKNOWN = "the token is signed with a key that is unknown here (`kid`)"


def document(*keys: Any) -> bytes:
    return json.dumps({"keys": keys}).encode()


@asynccontextmanager
async def tokens_of(keys: KeySet) -> AsyncIterator[Tokens]:
    tokens = Tokens(keys, RULES, Clock())
    await tokens.keys.open()
    try:
        yield tokens
    finally:
        await tokens.keys.close()


async def refusal(tokens: Tokens, token: str) -> str:
    with pytest.raises(InvalidToken) as caught:
        await tokens.principal_of(token)
    return caught.value.message


async def until_asked(publisher: Publisher, times: int) -> None:
    async with asyncio.timeout(60):
        while publisher.asked < times:
            await asyncio.sleep(0.005)


async def test_a_new_key_is_fetched_when_a_token_names_it_at_most_once_in_ten_seconds() -> None:
    clock, newer = Clock(0), Issuer()
    with publishing(ISSUER.document()) as publisher:
        async with tokens_of(KeySet(publisher.url, clock=clock)) as tokens:
            publisher.content = document(*ISSUER.listed, jwk_of(newer.ec, "new"))
            token = newer.token("new", key=newer.ec)
            clock.now = LEAST_BETWEEN - 0.1
            assert await refusal(tokens, token) == UNKNOWN
            assert publisher.asked == 1
            clock.now = LEAST_BETWEEN
            assert (await tokens.principal_of(token)).name == "jwt:ann"
            assert await refusal(tokens, ISSUER.token("other", key=ISSUER.ec)) == UNKNOWN
            assert publisher.asked == 2


async def test_many_unknown_keys_at_once_cause_one_fetch_and_known_ones_do_not_wait() -> None:
    clock = Clock(0)
    with publishing(ISSUER.document()) as publisher:
        async with tokens_of(KeySet(publisher.url, clock=clock)) as tokens:
            clock.now = 60
            publisher.may_answer.clear()
            waiting = [
                asyncio.create_task(refusal(tokens, ISSUER.token(f"k{number}", key=ISSUER.ec)))
                for number in range(50)
            ]
            await until_asked(publisher, 2)
            assert (await tokens.principal_of(ISSUER.token("rsa"))).name == "jwt:ann"
            waiting[0].cancel()
            publisher.may_answer.set()
            found = await asyncio.gather(*waiting, return_exceptions=True)
            assert isinstance(found[0], asyncio.CancelledError)
            assert found[1:] == [UNKNOWN] * 49
            assert publisher.asked == 2


async def test_a_key_that_is_withdrawn_stops_working_at_the_next_refresh_in_the_background() -> None:
    with publishing(ISSUER.document()) as publisher:
        async with tokens_of(KeySet(publisher.url, clock=Clock(0), every=0.01)) as tokens:
            token = ISSUER.token("ec")
            assert (await tokens.principal_of(token)).name == "jwt:ann"
            publisher.content = document(jwk_of(ISSUER.rsa, "rsa"))
            await until_asked(publisher, publisher.asked + 2)
            async with asyncio.timeout(60):
                while len(tokens.keys.keys) != 1:
                    await asyncio.sleep(0.005)
            assert await refusal(tokens, token) == UNKNOWN
            assert (await tokens.principal_of(ISSUER.token("rsa"))).name == "jwt:ann"


@pytest.mark.parametrize(
    ("status", "content", "reason"),
    [
        (500, b"", "HTTPError: HTTP Error 500: Internal Server Error"),
        (200, b"<html>", "JSONDecodeError: "),
        (200, b'{"keys": []}', "ValueError: no key in `keys` is for RS256 or ES256"),
        (200, b"[]", "ValueError: no key in `keys` is for RS256 or ES256"),
        (200, b" " * (LARGEST + 1), "ValueError: it is larger than 1048576 bytes"),
    ],
)
async def test_keys_from_before_are_kept_when_the_issuer_answers_nonsense(
    status: int, content: bytes, reason: str
) -> None:
    clock = Clock(0)
    with publishing(ISSUER.document()) as publisher:
        async with tokens_of(KeySet(publisher.url, clock=clock)) as tokens:
            publisher.status, publisher.content = status, content
            clock.now = 60
            with capture_logs() as logs:
                assert await refusal(tokens, ISSUER.token("new", key=ISSUER.ec)) == UNKNOWN
            assert [(line["event"], line["kept"]) for line in logs] == [("token keys not read", 2)]
            assert logs[0]["reason"].startswith(reason)
            assert (await tokens.principal_of(ISSUER.token("ec"))).name == "jwt:ann"
            assert publisher.asked == 2


async def test_a_redirect_is_not_followed() -> None:
    with publishing(ISSUER.document()) as elsewhere, publishing(b"") as publisher:
        publisher.status, publisher.headers = 302, {"Location": elsewhere.url}
        with capture_logs() as logs:
            async with tokens_of(KeySet(publisher.url, clock=Clock(0))) as tokens:
                assert await refusal(tokens, ISSUER.token()) == UNKNOWN
        assert [line["reason"] for line in logs if line["event"] == "token keys not read"] == [
            "HTTPError: HTTP Error 302: Found"
        ]
        assert (publisher.asked, elsewhere.asked) == (1, 0)


async def test_a_server_starts_before_its_issuer_and_takes_the_keys_when_they_come() -> None:
    clock = Clock(0)
    with publishing(b"") as publisher:
        publisher.status = 503
        async with tokens_of(KeySet(publisher.url, clock=clock)) as tokens:
            assert await refusal(tokens, ISSUER.token()) == UNKNOWN
            publisher.status, publisher.content = 200, ISSUER.document()
            clock.now = LEAST_BETWEEN
            assert (await tokens.principal_of(ISSUER.token())).name == "jwt:ann"


async def test_an_issuer_that_is_gone_keeps_nobody_waiting_at_the_end() -> None:
    with publishing(ISSUER.document()) as publisher:
        keys = KeySet(publisher.url)
        await keys.open()
        await keys.close()
        await keys.close()
    assert len(keys.keys) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "FileNotFoundError: [Errno 2] No such file or directory: "),
        (b"-----BEGIN PUBLIC KEY-----", "JSONDecodeError: "),
        (
            b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}',
            "ValueError: no key in `keys` is for RS256 or ES256",
        ),
    ],
)
async def test_a_file_without_keys_ends_the_start(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidSettings) as caught:
        await KeySet(str(path)).open()
    assert caught.value.message.startswith(f"ARBITER_JWT_JWKS: {str(path)!r} holds no usable keys ({reason}")
    assert caught.value.message.endswith("name a JSON file with `keys`, or an https URL")


async def test_a_missing_extra_ends_the_start_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing = builtins.__import__

    def without_jwt(name: str, *rest: Any) -> Any:
        if name == "jwt":
            raise ModuleNotFoundError("No module named 'jwt'", name="jwt")
        return importing(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_jwt)
    with pytest.raises(InvalidSettings) as caught:
        await KeySet(str(tmp_path / "keys.json")).open()
    assert (
        caught.value.message == "ARBITER_JWT_JWKS is set, and tokens need PyJWT: "
        "install the extra `jwt`: run pip install '.[jwt]' in a clone of Arbiter"
    )


def test_only_keys_that_can_verify_are_taken_and_only_their_public_part() -> None:
    good = jwk_of(ISSUER.ec, "ec", alg="ES256", use="sig")
    private = json.loads(jwt_with_private_part(ISSUER.ec))
    small = rsa.generate_private_key(65537, 1024)
    other_curve = ec.generate_private_key(ec.SECP384R1())
    found = keys_of(
        document(
            good,
            private | {"kid": "private"},
            jwk_of(ISSUER.rsa, "encryption", use="enc"),
            jwk_of(ISSUER.rsa, "other algorithm", alg="RS512"),
            jwk_of(small, "small"),
            jwk_of(other_curve, "curve"),
            {"kty": "RSA", "kid": "empty"},
            {"kty": "EC", "crv": "P-256", "kid": "nonsense", "x": "!", "y": 7},
            {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
            {},
            "text",
        )
    )
    assert {name: key.algorithm_name for name, key in found.items()} == {"ec": "ES256", "private": "ES256"}
    assert all(isinstance(key.key, ec.EllipticCurvePublicKey) for key in found.values())


def jwt_with_private_part(key: ec.EllipticCurvePrivateKey) -> str:
    from jwt.algorithms import ECAlgorithm

    return str(ECAlgorithm.to_jwk(key))


MEMBERS = st.dictionaries(
    st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "alg", "use", "kid"]),
    st.sampled_from(["RSA", "EC", "P-256", "AQAB", "RS256", "sig", ""])
    | st.text(max_size=8)
    | st.none()
    | st.integers()
    | st.lists(st.text(max_size=3), max_size=2),
)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.lists(MEMBERS, max_size=3) | st.lists(MEMBERS.map(lambda one: {"kty": "RSA", "e": "AQAB"} | one)))
@pytest.mark.matrix
def test_nonsense_beside_a_key_is_left_out(keys: list[dict[str, Any]]) -> None:
    found = keys_of(document(*keys, jwk_of(ISSUER.ec, "the good one")))
    assert set(found) == {"the good one"}
