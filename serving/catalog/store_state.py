"""What lies in an artifact store, told by the looks of its files alone: cheap enough to look twice a second."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from registry.artifacts import MANIFEST_FILE, UNFINISHED
from registry.endpoints import ENDPOINT_FILE

Look: TypeAlias = tuple[str, int, int, int]
"""A file's name, inode, size and time of its last change in nanoseconds."""


@dataclass(frozen=True, slots=True)
class StoreState:
    """The files of each folder of a store, by the folder; `error` says why it could not be read."""

    folders: Mapping[Path, tuple[Look, ...]] = field(default_factory=dict)
    error: str | None = None

    def changed_since(self, before: StoreState) -> frozenset[Path]:
        """The folders that are not as they were, new and absent ones among them."""
        return frozenset(
            folder
            for folder in self.folders.keys() | before.folders.keys()
            if self.folders.get(folder) != before.folders.get(folder)
        )


def state_of(root: Path) -> StoreState:
    """How the store looks now.

    Folders without an endpoint.json or a manifest are passed over, and so are those that are being written. Takes
    some microseconds a file; nothing is opened. Run it in a thread, since a network's file system may hang.
    """
    try:
        return StoreState(dict(_looks(str(root))))
    except OSError as error:
        return StoreState(error=error.strerror or type(error).__name__)


def _looks(root: str) -> Iterator[tuple[Path, tuple[Look, ...]]]:
    with os.scandir(root) as entries:  # raises where the store itself cannot be read
        endpoints = _named(entries)
    for endpoint in endpoints:
        files = _files(endpoint)
        if any(name == ENDPOINT_FILE for name, *_ in files):
            yield Path(endpoint), tuple(one for one in files if one[0] == ENDPOINT_FILE)
        for artifact in _folders(endpoint):
            found = _files(artifact)
            if any(name == MANIFEST_FILE for name, *_ in found):
                yield Path(artifact), found


def _folders(place: str) -> list[str]:
    # A folder may be taken away while it is looked at: then it is as if it had not been there.
    with suppress(FileNotFoundError), os.scandir(place) as entries:
        return _named(entries)
    return []


def _named(entries: Iterable[os.DirEntry[str]]) -> list[str]:
    return sorted(entry.path for entry in entries if not entry.name.startswith(UNFINISHED) and entry.is_dir())


def _files(folder: str) -> tuple[Look, ...]:
    found: list[Look] = []
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file():
                about = entry.stat()
                found.append((entry.name, about.st_ino, about.st_size, about.st_mtime_ns))
    return tuple(sorted(found))
