from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ARBITER_* variable of the machine reaches a test."""
    for name in list(os.environ):
        if name.upper().startswith("ARBITER_"):
            monkeypatch.delenv(name)
