"""What the class of an algorithm imports: the documents promise this address, wherever the rooms move."""

from __future__ import annotations

from domain.requests.request import Answer

__all__ = ["Answer"]
