"""How the world calls this server: the scheme before its proxies, the prefix of its URLs, either spelling of a path."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from arbiter.http.refusals import GRAPHQL_PATH

FORWARDED_PROTO = b"x-forwarded-proto"
SECURE = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
"""A WebSocket begins as a call by HTTP, and some proxies say so."""

SOCKETS = {"http": "ws", "https": "wss"}

SPELLED_TWICE = frozenset(
    f"{path}/" for path in (GRAPHQL_PATH, "/docs", "/livez", "/readyz", "/metrics", "/favicon.ico")
)
"""Paths that mean the same without their slash. A redirect would lose a body, and many probes follow none."""


class ProxyRewrite:
    """Writes into each call's scope what the caller meant, so that whatever is inside need not know of proxies.

    `root` is the prefix under which proxies show the server: it is taken off the path where it stands, and put
    before links. `proxies` is how many stand in front: with 0 their headers are anybody's and are ignored.
    """

    def __init__(self, app: ASGIApp, *, root: str, proxies: int) -> None:
        self.app = app
        self.root = root
        self.proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "lifespan":
            if self.root:
                _take_off(scope, self.root)
            if scope["path"] in SPELLED_TWICE:
                scope["path"] = scope["path"][:-1]
            if self.proxies:
                scheme = forwarded_scheme(scope["headers"], self.proxies)
                if scheme is not None:
                    scope["scheme"] = SOCKETS[scheme] if scope["type"] == "websocket" else scheme
        await self.app(scope, receive, send)


def _take_off(scope: Scope, root: str) -> None:
    """A proxy may pass the prefix on or take it off itself; probes that come past it know none."""
    path: str = scope["path"]
    if path == root or path.startswith(f"{root}/"):
        scope["path"] = path[len(root) :] or "/"
    scope["root_path"] = root


def forwarded_scheme(headers: Iterable[tuple[bytes, bytes]], proxies: int) -> str | None:
    """`http` or `https`, as the outermost of the proxies was called; None where none of them says so.

    A proxy writes its own value over what came, or adds it at the end; what stands further left anybody can write.

    >>> forwarded_scheme([(b"x-forwarded-proto", b"https")], 1)
    'https'
    >>> forwarded_scheme([(b"x-forwarded-proto", b"https, http")], 1)
    'http'
    """
    sent = b",".join(value for name, value in headers if name == FORWARDED_PROTO)
    if not sent:
        return None
    entries = sent.decode("latin-1").split(",")
    return SECURE.get(entries[-min(proxies, len(entries))].strip().strip('"').lower())
