"""Who may do what: the one place where a missing right becomes an error."""

from __future__ import annotations

from domain.credentials import HEADER
from domain.errors import Forbidden, Unauthenticated
from domain.types import Principal, Scope

ANONYMOUS_NAME = "anonymous"

TOKEN_PREFIX = "jwt:"  # noqa: S105  the beginning of a name
"""Begins the names of callers with a JSON Web Token. No API key may have a name that begins so."""


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
