"""The server of tests/rest, for the files that deploy it."""

from __future__ import annotations

from tests.rest.conftest import serve

__all__ = ["serve"]
