"""What the build made of the sources in `console/`: a page, the files that it loads, and the documents that it asks.

Without npm there is nothing in the folder; the server runs all the same, and says how to get the console.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson

from graph.http.files.asset import MEDIA_TYPES, Asset
from graph.operation.trusted_documents import TrustedDocument

FOLDER = Path(__file__).parent / "built"
PAGE = "index.html"
MANIFEST = "trusted-documents.json"
LICENSES = "licenses.md"

BASE = '"/console/"'
"""What the page says of where it is shown: below a prefix it says more."""
BESIDE = '"../'
WITHIN = '"./'

_DIGEST_SHOWN = 16


@dataclass(frozen=True, slots=True)
class BuiltConsole:
    """The console of this installation: `page` as it was built, `assets` by the name in their URL."""

    page: str
    assets: Mapping[str, Asset]
    documents: tuple[TrustedDocument, ...]

    def page_below(self, root: str) -> str:
        """The page below the prefix `root` under which a proxy shows the server.

        What it loads is named from the root on, since a deep link shows the same page elsewhere.
        """
        return (
            self.page.replace(BASE, f'"{root}/console/"')
            .replace(WITHIN, f'"{root}/console/')
            .replace(BESIDE, f'"{root}/')
        )


def read_console(folder: Path) -> BuiltConsole | None:
    """The console in `folder`; None where none was built, or not all of it is there."""
    if not all((folder / name).is_file() for name in (PAGE, MANIFEST)):
        return None
    manifest: dict[str, str] = orjson.loads((folder / MANIFEST).read_bytes())
    return BuiltConsole(
        (folder / PAGE).read_text(encoding="utf-8"),
        {
            path.name: _asset(path)
            for path in sorted((folder / "assets").iterdir())
            if path.suffix in MEDIA_TYPES
        },
        tuple(TrustedDocument(name, text, MANIFEST) for name, text in manifest.items()),
    )


@cache
def built_console() -> BuiltConsole | None:
    """The console of this installation, read once (.6 MB, some milliseconds)."""
    return read_console(FOLDER)


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:_DIGEST_SHOWN]
    return Asset(path.name, body, MEDIA_TYPES[path.suffix], f'"{digest}"')
