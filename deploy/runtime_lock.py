"""Prints the part of requirements.lock that a server needs, for deploy/docker/requirements.lock (`make lock` does it).

The whole lock holds the tools of development too. What a server needs is followed from what is installed, through the
requirements that each package names; versions and hashes are those of the whole lock.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SERVER = "arbiter-server[jwt,lightgbm,telemetry,xgboost]"
"""The server with what it may need to serve any model and to be watched; nothing of training."""

_BLOCK = re.compile(r"^([A-Za-z0-9._-]+)==[^\n]*(?:\n[ ]+[^\n]*)*", re.MULTILINE)


def needed(requirement: str) -> set[str]:
    """The names of all packages that a requirement brings on this platform, its own not among them."""
    found: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(requirement)]
    while waiting:
        one = waiting.pop()
        key = (canonicalize_name(one.name), frozenset(one.extras))
        if key in seen:
            continue
        seen.add(key)
        found.add(key[0])
        for text in distribution(one.name).requires or ():
            other = Requirement(text)
            if other.marker is None or any(
                other.marker.evaluate({"extra": extra}) for extra in (one.extras or {""})
            ):
                waiting.append(other)
    # An installation in place asks for `editables`, which no server needs.
    return found - {"arbiter-server", "editables"}


def runtime_lock(lock: str, requirement: str = SERVER) -> str:
    """The blocks of a lock whose packages are needed."""
    names = needed(requirement)
    blocks: dict[str, list[str]] = {}
    for block in _BLOCK.finditer(lock):
        blocks.setdefault(canonicalize_name(block[1]), []).append(block[0])
    missing = sorted(names - blocks.keys())
    if missing:
        raise LookupError(f"requirements.lock lacks {', '.join(missing)}: run `make lock`")
    return "\n".join(text for name in sorted(names) for text in blocks[name]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(runtime_lock((ROOT / "requirements.lock").read_text("utf-8")))
