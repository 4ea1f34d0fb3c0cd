"""Who may do what: the one place where a missing right becomes an error."""

from __future__ import annotations

from domain.errors import Forbidden, Unauthenticated
from domain.types import Principal, Scope

ANONYMOUS_NAME = "anonymous"


def anonymous(scopes: frozenset[Scope]) -> Principal:
    """The caller who sent no key, holding `scopes`.

    >>> anonymous(frozenset({Scope.READ})).may(Scope.READ)
    True
    """
    return Principal(name=ANONYMOUS_NAME, scopes=scopes, anonymous=True)


def require(principal: Principal, scope: Scope) -> None:
    """Do nothing when `principal` holds `scope`.

    Raises Unauthenticated for an anonymous caller, Forbidden for an API key without the scope.

    >>> require(anonymous(frozenset()), Scope.ADMIN)
    Traceback (most recent call last):
    domain.errors.Unauthenticated: this needs an API key with `admin`: send it as `Authorization: Bearer KEY`
    """
    if scope in principal.scopes:
        return
    if principal.anonymous:
        raise Unauthenticated(f"this needs an API key with `{scope}`: send it as `Authorization: Bearer KEY`")
    raise Forbidden(f"the API key {principal.name!r} lacks the scope `{scope}`: use one that carries it")
