"""Compressed bodies are refused on every edge (docs/decisions/0011): a few kilobytes could unfold to gigabytes."""

from __future__ import annotations


def encoding_problem(header: str) -> str | None:
    """Why a body with this Content-Encoding is not taken, and the cure; None for a body as it is.

    >>> encoding_problem(""), encoding_problem("identity")
    (None, None)
    >>> encoding_problem("gzip")
    "Content-Encoding 'gzip' is not taken: send the body as it is, without that header"
    """
    if all(coding.strip().lower() in {"", "identity"} for coding in header.split(",")):
        return None
    return f"Content-Encoding {header.strip().lower()[:80]!r} is not taken: send the body as it is, without that header"
