"""The HTML that a browser gets at /graphql: GraphiQL when its files are here, else the small query page."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from string import Template

from graph.http.graphiql.assets import GRAPHIQL_SCRIPTS, GRAPHIQL_STYLES, HERE, AssetStore, asset_store

_NOTHING_ELSE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_OWN_HOST = "script-src 'self'; connect-src 'self'; img-src 'self' data:; manifest-src 'self'"


@dataclass(frozen=True, slots=True)
class ExampleTab:
    """An example operation that a page offers; `variables` is JSON text, empty when there are none."""

    title: str
    query: str
    variables: str = ""


@dataclass(frozen=True, slots=True)
class PageKind:
    """Which template a page is made of, and the files that it loads, in order."""

    template: str
    styles: tuple[str, ...]
    scripts: tuple[str, ...]


GRAPHIQL = PageKind("graphiql_page.html", GRAPHIQL_STYLES, GRAPHIQL_SCRIPTS)
SMALL = PageKind("query_page.html", ("query_page.css",), ("query_page.js",))
SIGN_IN = PageKind("sign_in.html", ("sign_in.css",), ("sign_in.js",))
"""Asks for a key or token and then puts the query page in its own place."""
CLOSED = PageKind("closed.html", ("sign_in.css",), ())
"""Says why there is no page: only trusted documents run."""
SESSION = "session.js"


def render_page(
    *,
    tabs: Sequence[ExampleTab],
    endpoint_path: str = "/graphql",
    title: str = "Arbiter",
    assets: AssetStore | None = None,
    signed_in: bool = False,
) -> str:
    """The whole page as HTML, with `tabs` as its examples; the first one is open.

    endpoint_path: where the server takes operations; the assets lie below it, in `assets/`.
    assets: what can be served; by default, what this installation holds.
    signed_in: whether the page sends the key with which somebody has opened it.
    """
    held = assets or asset_store()
    kind = GRAPHIQL if held.has_graphiql else SMALL
    config: dict[str, object] = {"endpoint": endpoint_path, "tabs": [asdict(tab) for tab in tabs]}
    if signed_in:
        kind = replace(kind, scripts=(SESSION, *kind.scripts))
    return _filled(kind, held, endpoint_path, title, config=_embedded(config))


def render_notice(kind: PageKind, *, endpoint_path: str = "/graphql", title: str = "Arbiter") -> str:
    """A page without examples: SIGN_IN or CLOSED."""
    return _filled(kind, asset_store(), endpoint_path, title)


def _filled(kind: PageKind, held: AssetStore, endpoint_path: str, title: str, **more: str) -> str:
    def url(name: str) -> str:
        return html.escape(f"{endpoint_path.rstrip('/')}/assets/{held.files[name].name}")

    return Template((HERE / kind.template).read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        icon=url("icon.svg"),
        styles="\n".join(f'    <link rel="stylesheet" href="{url(name)}">' for name in kind.styles),
        scripts="\n".join(f'    <script defer src="{url(name)}"></script>' for name in kind.scripts),
        **more,
    )


def page_headers(assets: AssetStore | None = None) -> dict[str, str]:
    """The response headers that belong to the page, the content security policy first."""
    return {
        "content-security-policy": content_security_policy(assets),
        "cache-control": "no-cache",
        "referrer-policy": "same-origin",
        "vary": "Accept",
        "x-content-type-options": "nosniff",
    }


def content_security_policy(assets: AssetStore | None = None) -> str:
    """The policy that keeps the page to this host, with no inline script.

    GraphiQL's editor and dialogs write style attributes and elements, so its page allows inline styles, and
    its style sheet carries the fonts as data URLs. The small query page needs neither.
    """
    if (assets or asset_store()).has_graphiql:
        return f"{_NOTHING_ELSE}; {_OWN_HOST}; style-src 'self' 'unsafe-inline'; font-src 'self' data:"
    return f"{_NOTHING_ELSE}; {_OWN_HOST}; style-src 'self'"


def _embedded(config: object) -> str:
    """JSON that can stand inside a script element, whatever its texts contain."""
    text = json.dumps(config, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
