"""Queries by GET that a page of another site makes a browser send: refused unless the browser had to ask first."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers

from graph.refused import Refused

OWN_PAGE = ("same-origin", "none")
"""What a browser says of our own page, and of an address that a person typed; no browser, no header."""

FORCES_PREFLIGHT = (
    "graphql-preflight",
    "x-graphql-preflight",
    "apollo-require-preflight",
    "x-apollo-operation-name",
    "x-requested-with",
    "authorization",
    "x-api-key",
)
"""Headers that no page may send to another site before the server has allowed its origin."""

SIMPLE_TYPES = ("", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


def check_foreign_page(headers: Headers) -> None:
    """Raise Refused for what an image or a link on another site's page could send.

    It would change nothing, and its answer would stay hidden; but a caller without a key is known by its machine
    alone, and any page that is open there could keep the server busy.
    """
    if headers.get("sec-fetch-site", "none") in OWN_PAGE:
        return
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in SIMPLE_TYPES or any(name in headers for name in FORCES_PREFLIGHT):
        return
    raise Refused(
        HTTPStatus.FORBIDDEN,
        "a page of another site sent this query by GET: send the header `GraphQL-Preflight: 1` with it, or use POST",
        code="FORBIDDEN",
    )
