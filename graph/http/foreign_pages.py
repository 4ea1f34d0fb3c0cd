"""Who may send queries by GET: callers with a key, pages that may call at all, and in development programs too."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers

from domain.callers import Principal
from graph.http.refusal import Refusal, refuse_method

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


def check_get(headers: Headers, principal: Principal, *, development: bool, trusted_origin: bool) -> None:
    """Raise Refusal for a query by GET that must not run.

    trusted_origin: whether the call comes from a page whose origin may call. Such a call may be made by GET as well
    as by POST: browsers say from where a page calls as soon as it may see the answer.
    """
    if trusted_origin:
        return
    if principal.anonymous and not development:
        refuse_method(
            "a query by GET needs a key or token here, sent as `Authorization: Bearer KEY`, or a page whose origin "
            "ARBITER_CORS_ORIGINS lists; without either, send it by POST",
            "POST",
        )
    check_foreign_page(headers)


def check_foreign_page(headers: Headers) -> None:
    """Raise Refusal for what an image or a link on another site's page could send.

    It would change nothing, and its answer would stay hidden; but a caller without a key is known by its machine
    alone, and any page that is open there could keep the server busy.
    """
    if headers.get("sec-fetch-site", "none") in OWN_PAGE:
        return
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in SIMPLE_TYPES or any(name in headers for name in FORCES_PREFLIGHT):
        return
    origin = headers.get("origin")
    raise Refusal(
        HTTPStatus.FORBIDDEN,
        "a page of another site sent this query by GET: send the header `GraphQL-Preflight: 1` with it, or use POST"
        if origin is None
        else f"a page of {origin[:80]!r} sent this query by GET: list the origin in ARBITER_CORS_ORIGINS",
        code="FORBIDDEN",
    )
