"""Links to exports: what to export and for whom, signed, and worth nothing after a few minutes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

import orjson

from domain.callers import TOKEN_PREFIX, Principal, Scope, Viewer, require
from domain.errors import Forbidden, InvalidInput, InvalidLink
from domain.history.filter_text import from_plain, to_plain
from domain.history.filters import RequestFilter
from domain.words import JSONValue
from serving.catalog.catalog import Catalog
from serving.ports import Clock

PATH = "/exports/requests"
MAX_LENGTH = 8_000
"""Characters of a link's filter; beyond that, servers and proxies on the way may refuse the URL."""


class ExportFormat(StrEnum):
    """How an export is written; the value ends its URL."""

    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class Export:
    """What a link asks for. `principal` made it: its scopes of that moment are the most that the link gives."""

    format: ExportFormat
    where: RequestFilter
    principal: Principal


@dataclass(frozen=True, slots=True)
class LinkRules:
    """The secret that signs, how many seconds a link lives, and what callers without a key may do.

    `root` is what stands before each path where a proxy shows the server under a prefix.
    """

    secret: bytes = field(repr=False)
    anonymous: frozenset[Scope]
    root: str = ""
    seconds: int = 300
    """Long enough to open a link that a program or a page has just got, too short to pass it on."""


class ExportLinks:
    """Makes and opens links. A link carries the rights of who made it, and loses them when they do."""

    def __init__(self, catalog: Catalog, clock: Clock, rules: LinkRules) -> None:
        self._catalog = catalog
        self._clock = clock
        self._rules = rules

    def link(self, export: Export) -> str:
        """The path and query of a URL. Raises InvalidInput when the filter is too long for one."""
        what = _encoded(export)
        if len(what) > MAX_LENGTH:
            raise InvalidInput("where is too long for a link: ask for less at once", path=("where",))
        expires = str(int(self._clock().timestamp()) + self._rules.seconds)
        signature = self._signature(export.format, what, expires)
        query = f"what={what}&expires={expires}&signature={signature}"
        return f"{self._rules.root}{PATH}.{export.format}?{query}"

    def open(self, format: ExportFormat, query: Mapping[str, str]) -> Export:
        """What a link asks for. Raises InvalidLink when it was changed, is another server's, or has expired."""
        what, expires, given = (query.get(name, "") for name in ("what", "expires", "signature"))
        expected = self._signature(format, what, expires)
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise InvalidLink(
                "this link is not one that this server made: ask for `exportUrl` again "
                "(several processes need the same ARBITER_SECRET)"
            )
        if int(expires) < self._clock().timestamp():
            raise InvalidLink("this link has expired: ask for `exportUrl` again")
        return _decoded(format, what)

    def viewer(self, export: Export) -> Viewer:
        """For whom the export reads now: who made the link, with those of its rights that are still held.

        Raises Forbidden when the key was revoked or lost the scope, Unauthenticated for anonymous callers.
        """
        maker = export.principal
        now = Principal(maker.name, maker.scopes & self._held(maker), maker.anonymous)
        require(now, Scope.READ)
        return self._catalog.snapshot.viewer(now)

    def _held(self, maker: Principal) -> frozenset[Scope]:
        """The scopes that the maker of a link holds now. Raises Forbidden for a key that was revoked."""
        if maker.anonymous:
            return self._rules.anonymous
        if maker.name.startswith(TOKEN_PREFIX):
            return maker.scopes  # A token is never taken back; the link expires soon.
        for principal in self._catalog.snapshot.principals.values():
            if principal.name == maker.name:
                return principal.scopes
        raise Forbidden("the API key that made this link was revoked")

    def _signature(self, format: ExportFormat, what: str, expires: str) -> str:
        signed = f"{format}\n{what}\n{expires}".encode()
        return _text(hmac.new(self._rules.secret, signed, hashlib.sha256).digest())


def _encoded(export: Export) -> str:
    contents: dict[str, object] = {
        "where": to_plain(export.where),
        "scopes": sorted(str(scope) for scope in export.principal.scopes),
        "name": export.principal.name,
        "anonymous": export.principal.anonymous,
    }
    return _text(zlib.compress(orjson.dumps(contents)))


def _decoded(format: ExportFormat, what: str) -> Export:
    """Of what was signed; what does not fit was signed by another version of the server."""
    try:
        contents = orjson.loads(zlib.decompress(base64.urlsafe_b64decode(what + "=" * (-len(what) % 4))))
        scopes = frozenset(Scope(scope) for scope in contents["scopes"])
        where = from_plain(cast(JSONValue, contents["where"]))
        return Export(format, where, Principal(contents["name"], scopes, contents["anonymous"]))
    except (ValueError, KeyError, binascii.Error, zlib.error):
        raise InvalidLink("this link was made by another version of the server: ask for a new one") from None


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
