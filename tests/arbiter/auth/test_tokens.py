"""JSON Web Tokens: which count, whose they are, and what they allow; the keys are real ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from arbiter.auth.key_set import KeySet
from arbiter.auth.tokens import LONGEST_TOKEN, MOST_REMEMBERED, TokenRules, Tokens, is_token
from domain.callers import Principal, Scope
from domain.errors import InvalidToken
from tests.arbiter.issuer import AUDIENCE, NAME, NOW, Clock, Issuer, encoded, jwk_of, pem_of, publishing

RULES = TokenRules(NAME, frozenset({AUDIENCE}))
ISSUER = Issuer()
STRANGER = Issuer()


@asynccontextmanager
async def tokens_of(
    keys: KeySet | Path, rules: TokenRules = RULES, clock: Clock | None = None
) -> AsyncIterator[Tokens]:
    tokens = Tokens(keys if isinstance(keys, KeySet) else KeySet(str(keys)), rules, clock or Clock())
    await tokens.keys.open()
    try:
        yield tokens
    finally:
        await tokens.keys.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_bytes(ISSUER.document())
    return path


async def refusal(tokens: Tokens, token: str) -> str:
    with pytest.raises(InvalidToken) as caught:
        await tokens.principal_of(token)
    assert len(token) < 20 or token not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize("kid", ["rsa", "ec"])
async def test_a_token_is_its_subject_with_its_scopes(file: Path, kid: str) -> None:
    async with tokens_of(file) as tokens:
        found = await tokens.principal_of(ISSUER.token(kid))
    assert found == Principal("jwt:ann", frozenset({Scope.READ, Scope.PREDICT}))
    assert found.anonymous is False


@pytest.mark.parametrize(
    ("claim", "scopes"),
    [
        ("read", {Scope.READ}),
        ("openid read  profile admin", {Scope.READ, Scope.ADMIN}),
        (["feedback", "email", 7], {Scope.FEEDBACK}),
        ("arbiter:predict arbiter:read:private", {Scope.PREDICT, Scope.READ_PRIVATE}),
        ("other:read READ reading", set()),
        (["read predict"], set()),
        ("", set()),
        (None, set()),
        ({"read": True}, set()),
        (7, set()),
    ],
)
async def test_what_is_no_scope_here_is_ignored(file: Path, claim: object, scopes: set[Scope]) -> None:
    async with tokens_of(file) as tokens:
        assert (await tokens.principal_of(ISSUER.token(scope=claim))).scopes == scopes


async def test_the_claim_of_the_scopes_can_be_another(file: Path) -> None:
    rules = TokenRules(NAME, frozenset({AUDIENCE}), scope_claim="https://arbiter.example/roles")
    async with tokens_of(file, rules) as tokens:
        claims: dict[str, Any] = {"https://arbiter.example/roles": ["admin"]}
        found = await tokens.principal_of(ISSUER.token(**claims))
    assert found.scopes == {Scope.ADMIN}


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"exp": NOW - 30}, "the token has expired (`exp`): get a new one"),
        ({"exp": None}, "the token has no expiry (`exp`)"),
        ({"exp": True}, "the token gives no moment in seconds (`exp`)"),
        ({"exp": str(NOW + 600)}, "the token gives no moment in seconds (`exp`)"),
        ({"exp": [NOW + 600]}, "the token gives no moment in seconds (`exp`)"),
        ({"nbf": NOW + 31}, "the token is not valid yet (`nbf`)"),
        ({"nbf": "soon"}, "the token gives no moment in seconds (`nbf`)"),
        ({"iat": NOW + 31}, "the token was issued in the future (`iat`)"),
        ({"iss": "https://login.example"}, "the token is of another issuer (`iss`)"),
        ({"iss": None}, "the token is of another issuer (`iss`)"),
        ({"aud": "https://other.example"}, "the token is for another audience (`aud`)"),
        ({"aud": [f"{AUDIENCE}/"]}, "the token is for another audience (`aud`)"),
        ({"aud": []}, "the token is for another audience (`aud`)"),
        ({"aud": None}, "the token is for another audience (`aud`)"),
        ({"sub": None}, "the token must name its subject in 1 to 124 printable characters (`sub`)"),
        ({"sub": ""}, "the token must name its subject in 1 to 124 printable characters (`sub`)"),
        ({"sub": "x" * 125}, "the token must name its subject in 1 to 124 printable characters (`sub`)"),
        ({"sub": "ann\n"}, "the token must name its subject in 1 to 124 printable characters (`sub`)"),
    ],
)
async def test_a_claim_that_is_not_right_is_named(file: Path, claims: dict[str, Any], problem: str) -> None:
    async with tokens_of(file) as tokens:
        assert await refusal(tokens, ISSUER.token(**claims)) == problem


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 29},
        {"nbf": NOW + 30, "iat": NOW + 30},
        {"exp": NOW + 0.5},
        {"aud": ["https://other.example", AUDIENCE]},
        {"sub": "x" * 124},
    ],
)
async def test_clocks_may_differ_by_the_leeway_and_a_token_may_be_for_several(
    file: Path, claims: dict[str, Any]
) -> None:
    async with tokens_of(file) as tokens:
        assert (await tokens.principal_of(ISSUER.token(**claims))).may(Scope.READ)


def by_hand(header: object, claims: object, signature: object = b"x" * 64) -> str:
    return ".".join(encoded(part) for part in (header, claims, signature))


CLAIMS = {"iss": NAME, "aud": AUDIENCE, "sub": "ann", "scope": "admin", "exp": NOW + 600}
UNSIGNED = "the token must be signed with RS256 or ES256"
WRONG = "the token's signature is wrong"


async def test_a_token_without_a_signature_is_refused_however_its_header_calls_that(file: Path) -> None:
    async with tokens_of(file) as tokens:
        for name in ("none", "None", "NONE", "", None, 7, ["ES256"]):
            assert await refusal(tokens, by_hand({"alg": name, "kid": "ec"}, CLAIMS)) == UNSIGNED
            assert await refusal(tokens, by_hand({"alg": name, "kid": "ec"}, CLAIMS, b"")) == UNSIGNED
        assert await refusal(tokens, by_hand({"kid": "ec"}, CLAIMS, b"")) == UNSIGNED
        assert await refusal(tokens, by_hand({"alg": "ES256", "kid": "ec"}, CLAIMS, b"")) == WRONG


@pytest.mark.parametrize("kid", ["rsa", "ec"])
async def test_a_public_key_is_no_shared_secret(file: Path, kid: str) -> None:
    key = {"rsa": ISSUER.rsa, "ec": ISSUER.ec}[kid]
    secrets = [pem_of(key), json.dumps(ISSUER.listed[0]).encode(), b"secret" * 8]  # type: ignore[arg-type]
    async with tokens_of(file) as tokens:
        for secret in secrets:
            body = f"{encoded({'alg': 'HS256', 'kid': kid})}.{encoded(CLAIMS)}"
            signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
                body.encode(), secret
            )
            assert await refusal(tokens, f"{body}.{encoded(signature)}") == UNSIGNED


async def test_other_algorithms_of_the_same_keys_are_refused(file: Path) -> None:
    async with tokens_of(file) as tokens:
        for algorithm in ("RS384", "RS512", "PS256"):
            token = jwt.encode(CLAIMS, ISSUER.rsa, algorithm=algorithm, headers={"kid": "rsa"})
            assert await refusal(tokens, token) == UNSIGNED


async def test_an_algorithm_that_is_not_that_of_the_key_is_refused(file: Path) -> None:
    async with tokens_of(file) as tokens:
        for kid, key in (("ec", ISSUER.rsa), ("rsa", ISSUER.ec)):
            token = ISSUER.token(kid, key=key)
            assert (
                await refusal(tokens, token)
                == "the token names another algorithm than its key is for (`alg`)"
            )


async def test_a_stranger_is_refused_whatever_key_the_token_brings_along(file: Path) -> None:
    with publishing(STRANGER.document()) as elsewhere:
        own = jwk_of(STRANGER.ec, "ec")
        async with tokens_of(file) as tokens:
            for headers in (
                {},
                {"jku": elsewhere.url},
                {"x5u": elsewhere.url},
                {"jwk": own},
                {"x5c": ["MIIB"]},
            ):
                assert await refusal(tokens, STRANGER.token(headers=headers)) == WRONG
        assert elsewhere.asked == 0


async def test_a_key_that_is_not_listed_is_said_to_be_unknown(file: Path) -> None:
    unknown = "the token is signed with a key that is unknown here (`kid`)"
    async with tokens_of(file) as tokens:
        assert await refusal(tokens, ISSUER.token("other", key=ISSUER.ec)) == unknown
        assert await refusal(tokens, ISSUER.token("../../etc/passwd", key=ISSUER.ec)) == unknown
        assert await refusal(tokens, by_hand({"alg": "ES256"}, CLAIMS)) == unknown
        assert (await refusal(tokens, by_hand({"alg": "ES256", "kid": 7}, CLAIMS))).startswith("the token")


async def test_a_token_may_leave_out_the_name_of_the_only_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [jwk_of(ISSUER.ec, "ec")]}))
    token = jwt.encode(CLAIMS, ISSUER.ec, algorithm="ES256")
    async with tokens_of(path) as tokens:
        assert (await tokens.principal_of(token)).scopes == {Scope.ADMIN}


async def test_a_token_that_demands_the_unknown_is_refused(file: Path) -> None:
    async with tokens_of(file) as tokens:
        token = ISSUER.token(headers={"crit": ["exp"]})
        assert (
            await refusal(tokens, token)
            == "the token demands something that this server does not know (`crit`)"
        )


async def test_a_token_that_is_too_long_is_not_looked_at(file: Path) -> None:
    async with tokens_of(file) as tokens:
        token = ISSUER.token(more="x" * LONGEST_TOKEN)
        assert await refusal(tokens, token) == "the token is longer than 16384 characters"


async def test_deeply_nested_parts_do_no_harm(file: Path) -> None:
    deep = b"[" * 6000 + b"]" * 6000
    async with tokens_of(file) as tokens:
        assert (await refusal(tokens, by_hand(deep, CLAIMS))).startswith("the token cannot be read")
        token = jwt.api_jws.encode(deep[:5000] + deep[-5000:], ISSUER.ec, "ES256", {"kid": "ec"})
        assert await refusal(tokens, token) == WRONG
        for payload in (b"[]", b"7", b'"x"'):
            token = jwt.api_jws.encode(payload, ISSUER.ec, "ES256", {"kid": "ec"})
            assert await refusal(tokens, token) == "the token makes no claims"
        for payload in (b"{", b'{"exp": NaN}', b'{"exp": Infinity}', b"\xff"):
            token = jwt.api_jws.encode(payload, ISSUER.ec, "ES256", {"kid": "ec"})
            assert await refusal(tokens, token) == WRONG


GOOD = ISSUER.token(scope="admin")


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    at=st.integers(0, len(GOOD) - 1),
    put=st.text(alphabet=st.characters(codec="latin-1"), max_size=4),
    take=st.integers(0, 6),
)
@example(at=0, put=".", take=0)
@example(at=len(GOOD) - 1, put="", take=1)
def test_a_mangled_token_is_refused_or_says_just_the_same(file: Path, at: int, put: str, take: int) -> None:
    mangled = GOOD[:at] + put + GOOD[at + take :]

    async def ask() -> Principal | None:
        async with tokens_of(file) as tokens:
            try:
                return await tokens.principal_of(mangled)
            except InvalidToken:
                return None

    # Base64 has a few spare bits at its end: another spelling of the same bytes is the same token.
    assert asyncio.run(ask()) in {None, Principal("jwt:ann", frozenset({Scope.ADMIN}))}


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    header=st.recursive(
        st.none()
        | st.booleans()
        | st.floats()
        | st.text()
        | st.sampled_from(["ES256", "ec", "RS256", "rsa"]),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["alg", "kid", "crit", "b64", "jwk", "typ"]) | st.text(), inner)
        ),
    ),
    claims=st.binary() | st.just(json.dumps(CLAIMS).encode()),
    signature=st.binary(max_size=80),
)
@pytest.mark.matrix
@example(header={"alg": "ES256", "kid": "ec", "b64": False, "crit": ["b64"]}, claims=b"", signature=b"")
@example(header={"alg": "ES256", "kid": "ec", "b64": False}, claims=b"", signature=b"")
def test_no_header_makes_a_token_count_without_the_right_signature(
    file: Path, header: object, claims: bytes, signature: bytes
) -> None:
    async def ask() -> None:
        async with tokens_of(file) as tokens:
            await refusal(tokens, by_hand(header, claims, signature) + ".")
            await refusal(tokens, by_hand(header, claims, signature))

    asyncio.run(ask())


@pytest.mark.parametrize(
    "secret", ["", "..", "...", "a.b.c", "é.é.é", "eyJ.eyJ.x", "\x00.\x00.\x00", "arb_key", "a b.c d.e f"]
)
async def test_what_is_no_token_is_refused_in_words(file: Path, secret: str) -> None:
    async with tokens_of(file) as tokens:
        assert await refusal(tokens, secret) == "the token cannot be read: it is no JSON Web Token"


def test_a_token_is_told_from_an_api_key_by_its_two_dots() -> None:
    assert is_token(GOOD)
    assert not is_token("arb_" + "x" * 43)
    assert not is_token("")


async def test_a_verified_token_is_remembered_until_it_expires(file: Path) -> None:
    clock = Clock()
    async with tokens_of(file, clock=clock) as tokens:
        token = ISSUER.token(exp=NOW + 10)
        first = await tokens.principal_of(token)
        assert await tokens.principal_of(token) is first
        clock.now = NOW + 39.9
        assert await tokens.principal_of(token) is first
        clock.now = NOW + 40
        assert await refusal(tokens, token) == "the token has expired (`exp`): get a new one"


async def test_only_so_many_tokens_are_remembered_and_those_in_use_stay(file: Path) -> None:
    rare = [ISSUER.token(sub=str(number)) for number in range(MOST_REMEMBERED)]
    async with tokens_of(file) as tokens:
        used = ISSUER.token(sub="used")
        first = await tokens.principal_of(used)
        oldest = await tokens.principal_of(rare[0])
        for token in rare[1:]:
            await tokens.principal_of(token)
            assert await tokens.principal_of(used) is first
        assert await tokens.principal_of(rare[0]) == oldest
        assert await tokens.principal_of(rare[0]) is not oldest
