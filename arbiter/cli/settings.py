"""`arbiter settings`: what can be set, and what is."""

from __future__ import annotations

import dataclasses

from arbiter.cli.output import AsJson, show_rows
from arbiter.settings import Settings
from arbiter.settings_page import describe


def settings(as_json: AsJson = False) -> None:
    """List every setting with its value, default, source and meaning; passwords are masked.

    Example: `ARBITER_PORT=9000 arbiter settings`
    """
    show_rows(
        [dataclasses.asdict(line) for line in describe(Settings.load())],
        as_json=as_json,
        empty="there are no settings",
    )
