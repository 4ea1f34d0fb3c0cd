"""JSON Web Tokens beside API keys: whoever holds one that the issuer signed is its subject, with its scopes."""

from __future__ import annotations

import base64
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn

import orjson

from arbiter.auth.key_set import KeySet
from arbiter.settings import Settings
from domain.callers import TOKEN_PREFIX, Principal, Scope, grants_of
from domain.errors import InvalidToken

if TYPE_CHECKING:
    from jwt import PyJWK

ALGORITHMS = frozenset({"RS256", "ES256"})
SCOPE_PREFIX = "arbiter:"
LONGEST_NAME = 128
LONGEST_TOKEN = 16 * 1024
MOST_REMEMBERED = 2048
PARTS = 3


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must say: who made it, for whom, and where its scopes stand; `leeway` is seconds."""

    issuer: str
    audiences: frozenset[str]
    scope_claim: str = "scope"
    leeway: float = 30.0
    """More than clocks differ that are set by NTP, and too little to matter in a token's life of minutes."""


class Tokens:
    """Verifies tokens. `clock` gives seconds since 1970.

    A verified token is remembered until it expires or the keys change: verifying takes longer than a prediction
    has time for.
    """

    def __init__(self, keys: KeySet, rules: TokenRules, clock: Callable[[], float] = time.time) -> None:
        self.keys = keys
        self._rules = rules
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self._revision = 0

    @classmethod
    def of(cls, settings: Settings) -> Tokens | None:
        """What these settings ask for; None when they name no keys."""
        if settings.jwt_jwks is None:
            return None
        return cls(
            KeySet(settings.jwt_jwks),
            TokenRules(
                issuer=settings.jwt_issuer or "",
                audiences=frozenset(settings.jwt_audience),
                scope_claim=settings.jwt_scope_claim,
                **settings.retired_values("TokenRules"),
            ),
        )

    async def principal_of(self, token: str) -> Principal:
        """Whose token this is, and what it allows. Raises InvalidToken with the reason."""
        digest = hashlib.sha256(token.encode()).digest()
        remembered = self._remembered(digest)
        if remembered is not None:
            return remembered
        if len(token) > LONGEST_TOKEN:
            _refuse(f"is longer than {LONGEST_TOKEN} characters")
        claims = _claims_of(token, await self._key_for(_header_of(token)))
        expires_at = self._check(claims)
        scopes, confined = _grants_of(claims.get(self._rules.scope_claim))
        principal = Principal(_name_of(claims), scopes, confined=confined)
        self._remember(digest, expires_at, principal)
        return principal

    def _remembered(self, digest: bytes) -> Principal | None:
        if self._revision != self.keys.revision:
            self._known.clear()
            self._revision = self.keys.revision
        found = self._known.get(digest)
        if found is None or found[0] <= self._clock():
            return None
        self._known.move_to_end(digest)
        return found[1]

    def _remember(self, digest: bytes, expires_at: float, principal: Principal) -> None:
        self._known[digest] = expires_at, principal
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    async def _key_for(self, header: Mapping[str, Any]) -> PyJWK:
        """The key that the token names by its id, among the issuer's own: headers that bring a key are ignored."""
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            _refuse("must be signed with RS256 or ES256")
        if "crit" in header:
            _refuse("demands something that this server does not know (`crit`)")
        if key_id is not None and not isinstance(key_id, str):
            _refuse("names its key by something that is no text (`kid`)")
        key = self.keys.find(key_id)
        if key is None:
            await self.keys.look_again()
            key = self.keys.find(key_id)
        if key is None:
            _refuse("is signed with a key that is unknown here (`kid`)")
        if key.algorithm_name != algorithm:
            _refuse("names another algorithm than its key is for (`alg`)")
        return key

    def _check(self, claims: Mapping[str, Any]) -> float:
        """When the token ceases to count. Raises InvalidToken unless time, issuer and audience are right."""
        now, leeway = self._clock(), self._rules.leeway
        expires_at = _moment(claims, "exp")
        if expires_at is None:
            _refuse("has no expiry (`exp`)")
        if expires_at + leeway <= now:
            _refuse("has expired (`exp`): get a new one")
        for name, problem in (("nbf", "is not valid yet"), ("iat", "was issued in the future")):
            moment = _moment(claims, name)
            if moment is not None and moment - leeway > now:
                _refuse(f"{problem} (`{name}`)")
        if claims.get("iss") != self._rules.issuer:
            _refuse("is of another issuer (`iss`)")
        if not self._rules.audiences & _texts(claims.get("aud")):
            _refuse("is for another audience (`aud`)")
        return expires_at + leeway


def is_token(secret: str) -> bool:
    """Whether a secret has the shape of a token: three parts between dots. API keys hold no dot.

    >>> is_token("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"), is_token("arb_jX3-k9")
    (True, False)
    """
    return secret.count(".") == PARTS - 1


def _header_of(token: str) -> Mapping[str, Any]:
    part = token.partition(".")[0]
    try:
        header = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        header = None
    if not isinstance(header, dict):
        _refuse("cannot be read: it is no JSON Web Token")
    return header


def _claims_of(token: str, key: PyJWK) -> Mapping[str, Any]:
    """What the token says, once its signature is found right."""
    import jwt

    try:
        claims = orjson.loads(
            jwt.PyJWS().decode_complete(token, key, algorithms=[key.algorithm_name])["payload"]
        )
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise InvalidToken("the token's signature is wrong") from error
    if not isinstance(claims, dict):
        _refuse("makes no claims")
    return claims


def _name_of(claims: Mapping[str, Any]) -> str:
    """The caller's name: the subject, marked so that it is never the name of an API key."""
    subject = claims.get("sub")
    longest = LONGEST_NAME - len(TOKEN_PREFIX)
    if not isinstance(subject, str) or not 0 < len(subject) <= longest or not subject.isprintable():
        _refuse(f"must name its subject in 1 to {longest} printable characters (`sub`)")
    return TOKEN_PREFIX + subject


def _grants_of(claim: object) -> tuple[frozenset[Scope], Mapping[Scope, frozenset[str]]]:
    """The scopes among the words of a claim, and their endpoints; whatever else it lists is for somebody else."""
    return grants_of(word.removeprefix(SCOPE_PREFIX) for word in _texts(claim, split=True))


def _texts(claim: object, *, split: bool = False) -> set[str]:
    if isinstance(claim, str):
        return set(claim.split()) if split else {claim}
    return {one for one in claim if isinstance(one, str)} if isinstance(claim, list) else set()


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    if name not in claims:
        return None
    moment = claims[name]
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not isfinite(moment):
        _refuse(f"gives no moment in seconds (`{name}`)")
    return float(moment)


def _refuse(problem: str) -> NoReturn:
    raise InvalidToken(f"the token {problem}")
