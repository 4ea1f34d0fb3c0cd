"""Who calls, what a caller may do, and for whom a query reads."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.errors import Forbidden, Unauthenticated
from domain.input.credentials import HEADER

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


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: an API key by its name, or anybody (`anonymous`)."""

    name: str
    scopes: frozenset[Scope]
    anonymous: bool = False

    def may(self, scope: Scope) -> bool:
        """Whether this caller holds `scope`."""
        return scope in self.scopes


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
    """An API key as it may be shown: never the secret, only what it may do."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None


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


def is_reserved(name: str) -> bool:
    """Whether no API key may be called so, since other callers are.

    >>> is_reserved("anonymous"), is_reserved("jwt:ann"), is_reserved("front-end")
    (True, True, False)
    """
    return name == ANONYMOUS_NAME or name.startswith(TOKEN_PREFIX)
