"""Who calls, and whether a browser may have been tricked into calling: pure decisions on headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from arbiter.addresses import is_loopback, is_loopback_origin
from arbiter.settings import Settings
from domain import callers
from domain.callers import Principal
from domain.errors import Forbidden, Unauthenticated
from domain.input.credentials import only_one, secrets_in

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing. Every POST counts as a change, a GraphQL query by POST included: what it holds
is known only after parsing, and a page that may not change anything has no business asking either."""

KEY_HEADERS = {b"authorization": "the Authorization header", b"x-api-key": "the X-API-Key header"}
"""The headers that carry a key or token, and what messages call them."""

LookUp = Callable[[str], Awaitable[Principal | None]]
"""Whose key or token a secret is; None for nobody's. Raises InvalidToken for a token that does not count."""

Headers = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Gate:
    """Decides for each call who makes it and whether it may go on.

    `trusted_hosts` and `trusted_origins` are lower-case; loopback names need not be among them when
    `on_loopback`. `anonymous_by_name` says that the operator granted the anonymous scopes by name.
    """

    anonymous: Principal
    anonymous_by_name: bool
    on_loopback: bool
    trusted_hosts: frozenset[str]
    trusted_origins: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> Gate:
        """The gate that these settings ask for."""
        return cls(
            anonymous=callers.anonymous(settings.effective_anonymous_scopes),
            anonymous_by_name=settings.anonymous_by_name,
            on_loopback=settings.on_loopback,
            trusted_hosts=frozenset({*settings.allowed_hosts, settings.host.lower()}),
            trusted_origins=frozenset(settings.cors_origins),
        )

    async def admit(
        self,
        method: str,
        headers: Headers,
        look_up: LookUp,
        *,
        takes_operations: bool = False,
        tells_nothing: bool = False,
    ) -> Principal:
        """The caller's principal; `takes_operations` says that the URL is GraphQL's, `tells_nothing` that it shows
        no more than that the server lives.

        Raises Unauthenticated for a key or token that is not valid, Forbidden for a keyless call that changes
        something, or runs a query on loopback, under a foreign Host or from a foreign Origin, and for one that
        reads anything on loopback under a foreign Host.
        """
        secret = presented_key(headers)
        if secret is not None:
            principal = await look_up(secret)
            if principal is None:
                raise Unauthenticated("the API key is not valid: it is unknown or was revoked")
            return principal
        if method not in SAFE_METHODS and not self.anonymous_by_name:
            self._guard(headers, "change anything")
        elif self.on_loopback and not self.anonymous_by_name and not tells_nothing:
            # A page whose name was made to lead here (DNS rebinding) could read all that this machine may read.
            if takes_operations:
                self._guard(headers, "ask anything")
            else:
                self._guard_host(headers, "read anything")
        return self.anonymous

    def trusts_origin(self, origin: str) -> bool:
        """Whether pages of `origin` may call without a key: listed ones, and loopback ones on loopback."""
        return origin.lower() in self.trusted_origins or (self.on_loopback and is_loopback_origin(origin))

    def _guard_host(self, headers: Headers, do: str) -> None:
        host = host_name(headers.get(b"host", b"").decode("latin-1"))
        if host not in self.trusted_hosts and not is_loopback(host):
            raise Forbidden(
                f"a call without an API key may not {do} under the host {host[:80]!r}: "
                "send a key, or list the host in ARBITER_ALLOWED_HOSTS"
            )

    def _guard(self, headers: Headers, do: str) -> None:
        self._guard_host(headers, do)
        origin = headers.get(b"origin")
        if origin is not None and not self.trusts_origin(text := origin.decode("latin-1")):
            raise Forbidden(
                f"a call without an API key may not {do} from the origin {text[:80]!r}: "
                "send a key, or list the origin in ARBITER_CORS_ORIGINS"
            )


def by_name(sent: Collection[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """A call's headers by name; those that carry keys with all their values, others with their last.

    >>> by_name([(b"x-api-key", b"abc"), (b"x-api-key", b"def"), (b"host", b"a")])
    {b'x-api-key': b'abc, def', b'host': b'a'}
    """
    headers = dict(sent)
    if len(headers) < len(sent):
        for name in KEY_HEADERS:
            if name in headers:
                headers[name] = b", ".join(value for other, value in sent if other == name)
    return headers


def presented_key(headers: Headers) -> str | None:
    """The secret of `Authorization: Bearer …` or `X-API-Key`, or None when neither was sent, or empty.

    Raises Unauthenticated for an Authorization header of another kind, for what is no key, and for keys that differ.

    >>> presented_key({b"x-api-key": b"abc"}), presented_key({b"authorization": b"Bearer abc"})
    ('abc', 'abc')
    """
    secrets = []
    for name, place in KEY_HEADERS.items():
        sent = headers.get(name)
        if sent:
            secrets += secrets_in(sent.decode("latin-1"), place, bare=name != b"authorization")
    return only_one(secrets) if secrets else None


def host_name(host: str) -> str:
    """The name in a Host header, lower-case and without the port.

    >>> host_name("Localhost:8000"), host_name("[::1]:8000"), host_name("api.example")
    ('localhost', '[::1]', 'api.example')
    """
    if host.startswith("["):
        return host[: host.find("]") + 1].lower()
    return host.partition(":")[0].lower()
