"""Which side of a weighted split a subject falls on: the same in every process, for as long as the weight stays."""

from __future__ import annotations

import hashlib

_SPAN = 2**64


def position(salt: str, subject: str) -> float:
    """Where `subject` stands in [0, 1) under `salt`: the first 8 bytes of blake2b(salt ‖ subject) over 2^64.

    A subject whose position is below the challenger's weight is served by the challenger. The salt is the
    test's own, so that the subjects of one test are shuffled anew in the next.

    >>> round(position("salt", "alice"), 6)
    0.190661
    """
    digest = hashlib.blake2b(salt.encode() + subject.encode(), digest_size=64).digest()
    # Dividing the top 53 bits keeps the result below 1, which a float of all 64 bits would round up to.
    return (int.from_bytes(digest[:8], "big") >> 11) / (_SPAN >> 11)
