"""The period of requests that a command is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

import typer

CreatedFrom: TypeAlias = Annotated[
    datetime | None, typer.Option(help="Only requests from this time on, in UTC.")
]
CreatedBefore: TypeAlias = Annotated[
    datetime | None, typer.Option(help="Only requests before this time, in UTC.")
]


def in_utc(moment: datetime | None) -> datetime | None:
    """The moment that a person has written without a zone."""
    return None if moment is None else moment.replace(tzinfo=UTC)
