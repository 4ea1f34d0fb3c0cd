"""How durable a stored row is when its answer leaves."""

from __future__ import annotations

from enum import StrEnum


class Durability(StrEnum):
    """What a power cut or a crash of the operating system may take; a crash of the process takes nothing.

    `durable`: nothing that was answered. `relaxed`: the last moments; what remains is whole and consistent.
    """

    DURABLE = "durable"
    RELAXED = "relaxed"
