"""What an installation holds, with GraphiQL's files and without them, and a browser to look at it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.http.graphiql import assets
from tests.graphiql.chromium import Page, opened


@pytest.fixture
def with_graphiql() -> assets.AssetStore:
    """This checkout's own files; an installation that reaches the npm registry brings them."""
    found = assets.asset_store()
    if not found.has_graphiql:
        reason = f"graph/http/graphiql/vendor/ lacks {', '.join(found.missing)}: install again, with npm's registry"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
def without_graphiql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[assets.AssetStore]:
    """An installation whose vendor folder is absent, for the functions of the page and the handler alike."""
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    assets.asset_store.cache_clear()
    yield assets.asset_store()
    assets.asset_store.cache_clear()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """The tab of a fresh browser."""
    with opened(tmp_path / "profile") as tab:
        yield tab
