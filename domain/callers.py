"""Who calls, what a caller may do, and for whom a query reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.errors import Forbidden, Unauthenticated
from domain.input.credentials import HEADER
from domain.input.storable import NAME

ANONYMOUS_NAME = "anonymous"

TOKEN_PREFIX = "jwt:"  # noqa: S105  the beginning of a name
"""Begins the names of callers with a JSON Web Token. No API key may have a name that begins so."""


_asking: ContextVar[str] = ContextVar("asking", default="")


def asking() -> str:
    """Which caller the present work is done for, as `asked_by` said; "" where it is done for the server itself."""
    return _asking.get()


class asked_by:  # noqa: N801  it is called like a function; a generator would take five times as long at each call
    """Have the work of the block, and all that it starts, done for `caller`: what tells it from others.

    >>> with asked_by("front-end"):
    ...     asking()
    'front-end'
    """

    __slots__ = ("_caller", "_token")

    def __init__(self, caller: str) -> None:
        self._caller = caller

    def __enter__(self) -> None:
        self._token = _asking.set(self._caller)

    def __exit__(self, *_error: object) -> None:
        _asking.reset(self._token)


class Scope(StrEnum):
    """A right that an API key carries."""

    READ = "read"
    PREDICT = "predict"
    FEEDBACK = "feedback"
    ADMIN = "admin"
    READ_PRIVATE = "read:private"


CONFINABLE = frozenset({Scope.PREDICT, Scope.FEEDBACK})
"""The scopes that a caller may hold for some endpoints only: `predict:income_classifier`."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: an API key by its name, or anybody (`anonymous`).

    `confined` names, for a scope that is held for some endpoints only, these endpoints; such a scope is among
    `scopes` too.
    """

    name: str
    scopes: frozenset[Scope]
    anonymous: bool = False
    confined: Mapping[Scope, frozenset[str]] = field(default_factory=dict, hash=False)

    def may(self, scope: Scope) -> bool:
        """Whether this caller holds `scope`, for one endpoint at least."""
        return scope in self.scopes

    def may_on(self, scope: Scope, endpoint: str) -> bool:
        """Whether this caller holds `scope` for the endpoint of this name.

        >>> front = Principal("front", frozenset({Scope.PREDICT}), confined={Scope.PREDICT: frozenset({"wine"})})
        >>> front.may_on(Scope.PREDICT, "wine"), front.may_on(Scope.PREDICT, "income")
        (True, False)
        """
        return scope in self.scopes and (scope not in self.confined or endpoint in self.confined[scope])


def caller_of(principal: Principal, address: str) -> str:
    """What tells a caller from others: the key's name, and for callers without a key their address too.

    >>> caller_of(Principal("front-end", frozenset()), "203.0.113.9")
    'front-end'
    """
    return f"{principal.name} {address}" if principal.anonymous else principal.name


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom a query reads; queries mask what this caller may not see (`domain.history.privacy`).

    `public` names, by endpoint id, the features that are not private; None: all of them. Of an endpoint that it
    does not name nothing is public, so that a viewer made without it sees less, never more.
    """

    principal: Principal
    public: Mapping[int, frozenset[str] | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as it may be shown: never the secret, only what it may do.

    `confined` is as in a `Principal`. `last_used_at` is the last use that a server has written down, a minute or so
    late; `former_until` is when the secret before the present one ends, or has ended, to count.
    """

    id: int
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None
    confined: Mapping[Scope, frozenset[str]] = field(default_factory=dict, hash=False)
    last_used_at: datetime | None = None
    former_until: datetime | None = None

    @property
    def grants(self) -> list[str]:
        """What the key may do, in the words in which it was asked for."""
        return words_of(self.scopes, self.confined)

    @property
    def principal(self) -> Principal:
        """The caller who sends this key."""
        return Principal(self.name, self.scopes, confined=self.confined)


def anonymous(scopes: frozenset[Scope]) -> Principal:
    """The caller who sent no key, holding `scopes`.

    >>> anonymous(frozenset({Scope.READ})).may(Scope.READ)
    True
    """
    return Principal(name=ANONYMOUS_NAME, scopes=scopes, anonymous=True)


def require(principal: Principal, scope: Scope, how: str = HEADER) -> None:
    """Do nothing when `principal` holds `scope`; `how` tells callers without a key how to send one.

    Raises Unauthenticated for an anonymous caller, Forbidden for a key or a token without the scope.

    >>> require(anonymous(frozenset()), Scope.ADMIN)
    Traceback (most recent call last):
    domain.errors.Unauthenticated: this needs an API key with `admin`: send it as `Authorization: Bearer KEY`
    """
    if scope in principal.scopes:
        return
    if principal.anonymous:
        raise Unauthenticated(f"this needs an API key with `{scope}`: {how}")
    held = "token of" if principal.name.startswith(TOKEN_PREFIX) else "API key"
    raise Forbidden(f"the {held} {principal.name!r} lacks the scope `{scope}`: use one that carries it")


def require_on(principal: Principal, scope: Scope, endpoint: str) -> None:
    """Do nothing when `principal`, who holds `scope`, holds it for this endpoint. Raises Forbidden."""
    if principal.confined and not principal.may_on(scope, endpoint):
        held = "token of" if principal.name.startswith(TOKEN_PREFIX) else "API key"
        own = ", ".join(sorted(principal.confined[scope])) if scope in principal.confined else "nothing"
        raise Forbidden(
            f"the {held} {principal.name!r} holds the scope `{scope}` for {own}: "
            f"use one that carries `{scope}` or `{scope}:{endpoint[:NAME]}`",
            path=("endpoint",),
        )


def grants_of(words: Iterable[str]) -> tuple[frozenset[Scope], dict[Scope, frozenset[str]]]:
    """The scopes among these words, and the endpoints of those that are held for some only; other words count not.

    A scope that is held for all endpoints and for one of them is held for all.

    >>> scopes, confined = grants_of(["read", "predict:wine", "predict:income", "feedback", "feedback:wine"])
    >>> sorted(scopes), sorted(confined[Scope.PREDICT]), list(confined)
    ([<Scope.FEEDBACK: 'feedback'>, <Scope.PREDICT: 'predict'>, <Scope.READ: 'read'>], ['income', 'wine'], \
[<Scope.PREDICT: 'predict'>])
    """
    given = set(words)
    whole = frozenset(scope for scope in Scope if scope.value in given)
    confined: dict[Scope, set[str]] = {}
    for word in given:
        scope, _, endpoint = word.partition(":")
        if scope in CONFINABLE and endpoint and Scope(scope) not in whole:
            confined.setdefault(Scope(scope), set()).add(endpoint)
    return whole.union(confined), {scope: frozenset(named) for scope, named in confined.items()}


def words_of(scopes: Iterable[Scope], confined: Mapping[Scope, frozenset[str]]) -> list[str]:
    """Scopes and their endpoints as words, in order: what `grants_of` reads.

    >>> words_of({Scope.READ, Scope.PREDICT}, {Scope.PREDICT: frozenset({"wine"})})
    ['predict:wine', 'read']
    """
    return sorted(
        word
        for scope in scopes
        for word in ([f"{scope}:{name}" for name in confined[scope]] if scope in confined else [scope.value])
    )


def is_reserved(name: str) -> bool:
    """Whether no API key may be called so, since other callers are.

    >>> is_reserved("anonymous"), is_reserved("jwt:ann"), is_reserved("front-end")
    (True, True, False)
    """
    return name == ANONYMOUS_NAME or name.startswith(TOKEN_PREFIX)
