"""The files that the query pages load: which there are, under which names, and the handler that serves them.

A file is served under a name that carries a digest of its content, so a browser may keep it for ever. Only
listed names are served: the name is looked up in a dict and never becomes a path.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from graph.http.files.asset import MEDIA_TYPES, Asset, asset_response

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

_DIGEST_SHOWN = 16


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
    """Serve one asset: the route's path parameter `name` says which."""
    return await asset_response(request, await run_in_threadpool(asset, request.path_params["name"]))


def _asset(name: str, body: bytes) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:_DIGEST_SHOWN]
    stem, suffix = Path(name).stem, Path(name).suffix
    return Asset(f"{stem}-{digest}{suffix}", body, MEDIA_TYPES[suffix], f'"{digest}"')
