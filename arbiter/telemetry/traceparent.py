"""W3C trace context: the trace that a caller's `traceparent` header says its call belongs to."""

from __future__ import annotations

import re

from starlette.types import Scope

TRACEPARENT = b"traceparent"

_TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def trace_id_of(scope: Scope) -> str | None:
    """The trace id in a call's `traceparent` header; None without a valid one, or with more than one."""
    found = [value for name, value in scope["headers"] if name == TRACEPARENT]
    return trace_id_in(found[0]) if len(found) == 1 else None


def trace_id_in(traceparent: bytes) -> str | None:
    """The trace id in the header's value, None where the specification says to ignore the header.

    >>> trace_id_in(b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    '0af7651916cd43dd8448eb211c80319c'
    >>> trace_id_in(b"00-00000000000000000000000000000000-b7ad6b7169203331-01") is None
    True
    """
    found = _TRACEPARENT.fullmatch(traceparent.strip(b" \t"))
    if found is None:
        return None
    version, trace, parent, more = found.groups()
    # Later versions may have more to say at the end; version ff is none, and ids of zeros are no ids.
    if version == b"ff" or (version == b"00" and more) or not trace.strip(b"0") or not parent.strip(b"0"):
        return None
    return str(trace, "ascii")
