"""Secrets from files: ARBITER_SECRET_FILE names a file that holds what ARBITER_SECRET would be, for all secrets.

Schedulers hand secrets over as files, since other processes can read an environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SUFFIX = "_FILE"
NAMES = ("ARBITER_DATABASE_URL", "ARBITER_DIRECT_DATABASE_URL", "ARBITER_SECRET", "ARBITER_BOOTSTRAP_KEY")
"""The variables whose value may stand in a file."""

VARIABLES = frozenset(name + SUFFIX for name in NAMES)
LARGEST = 64 * 1024


def values_in(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The settings that files hold, by the name of their field, and what is wrong with the others.

    A line break at the end of a file is none of its secret. No message holds a secret.
    """
    values: dict[str, str] = {}
    problems: list[str] = []
    for name in NAMES:
        path = environ.get(name + SUFFIX)
        if not path:
            continue
        if name in environ:
            problems.append(f"{name} and {name}{SUFFIX} are both set: unset one of them")
            continue
        try:
            values[name.removeprefix("ARBITER_").lower()] = _content(Path(path))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            problems.append(f"{name}{SUFFIX}: {path!r} cannot be used: {reason}")
    return values, problems


def _content(path: Path) -> str:
    """The text of a file. Raises OSError, and ValueError for what is no text of at most 64 KiB."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST} bytes")
    try:
        text = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    if not text:
        raise ValueError("it is empty")
    return text
