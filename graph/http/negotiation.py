"""Which media type an answer has, and whether it may be compressed, by the caller's Accept headers."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus

from graph.http.refusal import Refusal

JSON_TYPE = "application/json"
GRAPHQL_TYPE = "application/graphql-response+json"
HTML_TYPE = "text/html"
EVENTS_TYPE = "text/event-stream"


@lru_cache(maxsize=256)
def negotiated(accept: str, *, html: bool) -> str:
    """The media type to answer with, by an Accept header: the one with the highest q, the first of equals.

    Without the header, and for `*/*`, it is application/json. Raises Refusal when nothing fits.

    >>> negotiated("application/json;q=0.5, application/graphql-response+json", html=False)
    'application/graphql-response+json'
    """
    offered = (JSON_TYPE, GRAPHQL_TYPE, HTML_TYPE) if html else (JSON_TYPE, GRAPHQL_TYPE)
    if not accept.strip():
        return JSON_TYPE
    ranked = sorted((_ranked(one) for one in accept.split(",")), key=lambda found: -found[1])
    for wanted, quality in ranked:
        if quality > 0:
            for name in offered:
                if wanted == name or (wanted in ("*/*", f"{name.split('/')[0]}/*") and name != HTML_TYPE):
                    return name
    raise Refusal(
        HTTPStatus.NOT_ACCEPTABLE, f"Accept asks for nothing that is given here: {', '.join(offered)}"
    )


@lru_cache(maxsize=256)
def wants_events(accept: str) -> bool:
    """Whether an Accept header prefers server-sent events to everything else that it names.

    >>> wants_events("text/event-stream, multipart/mixed"), wants_events("application/json, text/event-stream")
    (True, False)
    """
    return max((_ranked(one) for one in accept.split(",")), key=lambda found: found[1])[0] == EVENTS_TYPE


@lru_cache(maxsize=256)
def takes(accept: str) -> bool:
    """Whether an Accept header takes the answer to one operation that has an end.

    >>> takes(""), takes("application/json"), takes("text/event-stream"), takes("image/png")
    (True, True, False, False)
    """
    try:
        negotiated(accept, html=False)
    except Refusal:
        return False
    return not wants_events(accept)


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header takes gzip; without the header nothing is compressed.

    >>> accepts_gzip("br, gzip;q=0.8"), accepts_gzip("gzip;q=0, *"), accepts_gzip("*"), accepts_gzip("")
    (True, False, True, False)
    """
    found = dict(_ranked(one) for one in accept_encoding.split(","))
    return found.get("gzip", found.get("x-gzip", found.get("*", 0.0))) > 0


def _ranked(one: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in one.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0.0
