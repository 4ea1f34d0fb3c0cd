"""The command line: one file a command, each calls a use case and prints what came of it."""

from __future__ import annotations

from arbiter.cli.application import main

__all__ = ["main"]
