"""The files that the query pages load: which there are, under which names, and the handler that serves them.

A file is served under a name that carries a digest of its content, so a browser may keep it for ever. Only
listed names are served: the name is looked up in a dict and never becomes a path.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from graph.http.negotiation import accepts_gzip

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"

GRAPHIQL_SCRIPTS = (
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphiql.min.js",
    "explorer.umd.js",
    "graphiql_page.js",
)
GRAPHIQL_STYLES = ("graphiql.min.css", "explorer.css", "graphiql_page.css")
OWN = (
    "graphiql_page.css",
    "graphiql_page.js",
    "query_page.css",
    "query_page.js",
    "session.js",
    "sign_in.css",
    "sign_in.js",
    "icon.svg",
)

CACHE_FOR_EVER = "public, max-age=31536000, immutable"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_DIGEST_SHOWN = 16
SMALLEST_GZIP = 1024


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of a query page: the name in its URL, its bytes, media type and (quoted) entity tag."""

    name: str
    body: bytes
    media_type: str
    etag: str

    @property
    def etag_of_gzip(self) -> str:
        """The entity tag of the same bytes compressed, since it names the bytes that travel."""
        return f'{self.etag[:-1]}-gzip"'


@dataclass(frozen=True, slots=True)
class AssetStore:
    """All assets that can be served now, and what of GraphiQL is missing.

    `files` maps a file's own name to its asset, `served` the name in the URL to the same asset.
    `missing` names each file of GraphiQL that is absent or differs from its pinned digest.
    """

    files: Mapping[str, Asset]
    served: Mapping[str, Asset]
    missing: tuple[str, ...]

    @property
    def has_graphiql(self) -> bool:
        """Whether every file of GraphiQL is there and is the pinned one."""
        return not self.missing


def pinned_digests() -> dict[str, str]:
    """File name to sha256 of every third-party file, licences included, as vendor.json pins them."""
    packages = json.loads((HERE / "vendor.json").read_text(encoding="utf-8"))["packages"]
    return {file["name"]: file["sha256"] for package in packages for file in package["files"]}


def load_assets(vendor: Path) -> AssetStore:
    """Read our own files and the third-party files in the folder `vendor`.

    A third-party file whose digest is not the pinned one is never served: it counts as missing.
    """
    files = {name: _asset(name, (HERE / name).read_bytes()) for name in OWN}
    missing = []
    for name, digest in pinned_digests().items():
        path = vendor / name
        body = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(body).hexdigest() == digest:
            files[name] = _asset(name, body)
        else:
            missing.append(name)
    return AssetStore(files, {item.name: item for item in files.values()}, tuple(missing))


@cache
def asset_store() -> AssetStore:
    """The assets of this installation, read once (1.7 MB, about ten milliseconds)."""
    return load_assets(VENDOR)


def asset(name: str) -> Asset | None:
    """The asset served under `name`, the last part of its URL; None for every other name."""
    return asset_store().served.get(name)


async def graphiql_asset(request: Request) -> Response:
    """Serve one asset: the route's path parameter `name` says which.

    Answers 304 when the browser holds it already, and 404 for a name that is not listed.
    """
    found = await run_in_threadpool(asset, request.path_params["name"])
    if found is None:
        return PlainTextResponse("No such asset.\n", status_code=404, headers={"cache-control": "no-store"})
    headers = {
        "cache-control": CACHE_FOR_EVER,
        "cross-origin-resource-policy": "same-origin",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
    }
    for tag in (found.etag, found.etag_of_gzip):
        if _names(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers | {"etag": tag})
    if len(found.body) < SMALLEST_GZIP or not accepts_gzip(request.headers.get("accept-encoding", "")):
        return Response(found.body, media_type=found.media_type, headers=headers | {"etag": found.etag})
    body = await run_in_threadpool(compressed, found)
    headers |= {"etag": found.etag_of_gzip, "content-encoding": "gzip"}
    return Response(body, media_type=found.media_type, headers=headers)


@cache
def compressed(found: Asset) -> bytes:
    """An asset's bytes as gzip, made once, when somebody first asks (a tenth of a second for the largest)."""
    return gzip.compress(found.body, mtime=0)


def _asset(name: str, body: bytes) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:_DIGEST_SHOWN]
    stem, suffix = Path(name).stem, Path(name).suffix
    return Asset(f"{stem}-{digest}{suffix}", body, _MEDIA_TYPES[suffix], f'"{digest}"')


def _names(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
