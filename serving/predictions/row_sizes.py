"""How large a row may be before anything is done with it: what is larger is neither checked, nor run, nor kept."""

from __future__ import annotations

from dataclasses import replace

from domain.errors import RowTooLarge
from domain.input.sizes import is_larger
from domain.requests.request import PredictCommand
from serving.catalog.catalog import Snapshot

LARGEST_UNKNOWN = 64 * 1024
"""Characters of a row whose endpoint's features are not known, since its code is gone or there never was one."""


def within_bounds(command: PredictCommand, snapshot: Snapshot) -> PredictCommand:
    """The command without the contents of rows that are too large, which `too_large` names."""
    most = largest_row(command, snapshot)
    texts = command.texts
    found = frozenset(
        place
        for place, row in enumerate(command.rows)
        if (is_larger(row, most) if texts is None else len(texts[place]) > most)
    )
    if not found:
        return command
    return replace(
        command,
        rows=tuple([None if place in found else row for place, row in enumerate(command.rows)]),
        texts=None if texts is None else tuple(["" if n in found else text for n, text in enumerate(texts)]),
        too_large=found,
    )


def largest_row(command: PredictCommand, snapshot: Snapshot) -> int:
    """How many characters a row of the command may have."""
    spec = snapshot.specs.get(command.endpoint)
    return LARGEST_UNKNOWN if spec is None else spec.features.largest_row


def refusal(most: int) -> RowTooLarge:
    """What a row that is too large is answered."""
    return RowTooLarge(
        f"the row is larger than {most:,} characters, so it was kept without its features and not answered; "
        "send only the endpoint's features"
    )
