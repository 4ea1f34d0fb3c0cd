from __future__ import annotations

import os

import pytest


@pytest.fixture
def sqlite_url(migrated_sqlite_url: str) -> str:
    """A fresh, migrated SQLite file: that a server makes one is tried where servers are started."""
    return migrated_sqlite_url


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ARBITER_* variable of the machine reaches a test."""
    for name in list(os.environ):
        if name.upper().startswith("ARBITER_"):
            monkeypatch.delenv(name)
