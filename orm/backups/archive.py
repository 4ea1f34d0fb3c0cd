"""A backup as a file: a ZIP archive of the tables, and at its end a manifest that says what is in it.

It is written beside its name and gets the name when it is whole and on the disk, so that a file of that name is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from domain.errors import Conflict, InvalidBackup, Misconfigured

FORM = 1
MANIFEST = "manifest.json"
PIECE = 1 << 20
SYNCED = 8 << 20
"""Bytes after which what was written is brought to the disk: one large sync at the end would hold up a server's own."""

BYTES_A_SECOND = 24 << 20
"""How much is read and written in a second at most. Predictions beside it wait less than twice as long for the disk and
the processor as without (`python -m bench.backup`); a gigabyte takes a minute."""

LARGEST_MANIFEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive: its size before it was compressed, and its sha256. `rows` and `columns` of one table."""

    name: str
    size: int
    sha256: str
    table: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredModel:
    """An algorithm whose model lies in the artifact store, and not in the database; `digest` is of its manifest."""

    endpoint: str
    algorithm: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `begun` is the moment of which it is: what was acknowledged before is in it."""

    database: str
    release: str
    begun: str
    migrations: tuple[str, ...]
    rows: Mapping[str, int]
    sequences: Mapping[str, int]
    artifacts: tuple[StoredModel, ...]
    members: tuple[Member, ...] = ()
    form: int = FORM


class Pace:
    """Lets through so many bytes a second at most: call it in a thread, with what was done since."""

    def __init__(
        self,
        rate: float = BYTES_A_SECOND,
        *,
        timer: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._rate, self._timer, self._sleep = rate, timer, sleep
        self._free = timer()

    def spend(self, count: int) -> None:
        """Returns when `count` bytes may have been done."""
        now = self._timer()
        self._free = max(self._free, now) + count / self._rate
        if self._free > now:
            self._sleep(self._free - now)


class ArchiveWriter(AbstractContextManager["ArchiveWriter"]):
    """Writes a backup of the name `path`; unless `finish` was called, nothing of that name is left at the end.

    Its methods block: call them in a thread, one at a time. Raises Conflict when another process writes this backup,
    or `path` is something else, and Misconfigured when there is no room.
    """

    def __init__(self, path: Path, pace: Pace) -> None:
        self._path, self._pace = path, pace
        self._partial = path.with_name(path.name + ".partial")
        _require_replaceable(path)
        with writing(self._partial):
            self._file = os.fdopen(os.open(self._partial, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # One that ended between the two lines above has given the file its final name, or removed it.
            mine = os.path.samestat(os.fstat(self._file.fileno()), self._partial.stat())
        except (BlockingIOError, FileNotFoundError):
            mine = False
        if not mine:
            self._file.close()
            raise Conflict(f"Another process is writing {path}: wait for it, or name another file.")
        self._file.truncate(0)
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._members: list[Member] = []
        self._synced = 0
        self._done = False

    def __exit__(self, *_: object) -> None:
        if not self._done:
            self._partial.unlink(missing_ok=True)
            self._zip.fp = (
                None  # Nothing more is written: a list of what is there would make a part look whole.
            )
        with (
            suppress(OSError) if not self._done else nullcontext()
        ):  # What is thrown away need not be written.
            self._file.close()

    @contextmanager
    def member(
        self, name: str, *, table: str | None = None, columns: tuple[str, ...] = ()
    ) -> Iterator[Callable[[bytes], None]]:
        """A function that writes the next piece of this file."""
        digest, size = hashlib.sha256(), 0
        with writing(self._partial):
            stream = self._zip.open(name, "w", force_zip64=True)

        def write(piece: bytes) -> None:
            nonlocal size
            with writing(self._partial):
                stream.write(piece)
                digest.update(piece)
                size += len(piece)
                self._sync_sometimes()
            self._pace.spend(len(piece))

        try:
            yield write
        finally:
            with writing(self._partial):
                stream.close()
        self._members.append(Member(name, size, digest.hexdigest(), table, columns))

    def finish(self, manifest: Manifest) -> Manifest:
        """Write the manifest, bring all to the disk and give it its name; the manifest as it is in the archive."""
        whole = Manifest(**{**_shallow(manifest), "members": tuple(self._members)})
        with writing(self._partial):
            self._zip.writestr(MANIFEST, orjson.dumps(asdict(whole), option=orjson.OPT_INDENT_2))
            self._zip.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._partial.replace(self._path)
            self._done = True
            sync_folder(self._path.parent)
        return whole

    def _sync_sometimes(self) -> None:
        written = self._file.tell()
        if written - self._synced >= SYNCED:
            self._file.flush()
            os.fdatasync(self._file.fileno())
            self._synced = written


class ArchiveReader(AbstractContextManager["ArchiveReader"]):
    """Reads a backup. Its methods block. Raises InvalidBackup for a file that is torn, changed or none of Arbiter's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise InvalidBackup(f"{path} cannot be read: {error.strerror}.") from None
        try:
            with self._judging():
                self._zip = zipfile.ZipFile(self._file)
                self.manifest = self._manifest()
        except BaseException:
            self._file.close()
            raise

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def pieces(self, member: Member) -> Iterator[bytes]:
        """The content of a member, piece by piece; after the last one it raises where it is not what was written."""
        digest, size = hashlib.sha256(), 0
        with self._judging(), self._zip.open(member.name) as stream:
            while piece := stream.read(PIECE):
                digest.update(piece)
                size += len(piece)
                yield piece
        if (size, digest.hexdigest()) != (member.size, member.sha256):
            raise InvalidBackup(f"{self.path} was changed: {member.name} is not what was backed up.")

    def check(self) -> None:
        """Return when every byte is what was written."""
        for member in self.manifest.members:
            for _ in self.pieces(member):
                pass

    def _manifest(self) -> Manifest:
        if MANIFEST not in self._zip.namelist():
            raise InvalidBackup(f"{self.path} is no backup of Arbiter's: it holds no {MANIFEST}.")
        with self._zip.open(MANIFEST) as stream:
            said = orjson.loads(stream.read(LARGEST_MANIFEST))
        if not isinstance(said, dict) or "form" not in said:
            raise InvalidBackup(f"{self.path} is no backup of Arbiter's.")
        if said["form"] != FORM:
            raise InvalidBackup(
                f"{self.path} was written by release {said.get('release')} in a form that this one does not know: "
                "restore it with that release."
            )
        said["migrations"] = tuple(said["migrations"])
        said["artifacts"] = tuple(StoredModel(**one) for one in said["artifacts"])
        said["members"] = tuple(Member(**one | {"columns": tuple(one["columns"])}) for one in said["members"])
        manifest = Manifest(**said)
        held = [one.table for one in manifest.members]
        wanted = [None] if manifest.database == "sqlite" else sorted(manifest.rows)
        if sorted(held, key=str) != wanted:
            raise InvalidBackup(f"{self.path} was changed: it lists other tables than it holds.")
        return manifest

    @contextmanager
    def _judging(self) -> Iterator[None]:
        try:
            yield
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            KeyError,
            TypeError,
            ValueError,  # no JSON, no UTF-8
            OSError,  # a place before the file's beginning, or a disk that does not read
            RuntimeError,  # what says of itself that it is encrypted, or packed in another way
        ) as error:
            raise InvalidBackup(
                f"{self.path} is torn, or no backup of Arbiter's ({error}): take another one."
            ) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say which file could not be written, and why. Raises Misconfigured."""
    try:
        yield
    except OSError as error:
        raise Misconfigured(
            f"{path} could not be written: {error.strerror or error}. Nothing is left under its final name; make room "
            "or name another place, and run the command again."
        ) from error


def require_room(folder: Path, needed: int, what: str) -> None:
    """Raises Misconfigured when the disk of `folder` has less than `needed` bytes free."""
    with writing(folder / what):
        disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    if disk.f_blocks and free < needed:
        raise Misconfigured(
            f"{what} needs about {needed >> 20:,} MiB on the disk of {folder}, and {free >> 20:,} MiB are free: make "
            "room, or name another place."
        )


def sync_folder(folder: Path) -> None:
    """A new name in a folder survives a power cut only when the folder is synced, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copied(stream: IO[bytes], write: Callable[[bytes], None]) -> None:
    """Hand a file to `write`, piece by piece."""
    while piece := stream.read(PIECE):
        write(piece)


def _shallow(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in Manifest.__dataclass_fields__}


def _require_replaceable(path: Path) -> None:
    """A backup may take the place of a backup, and of nothing else: least of all of the database."""
    if not path.parent.is_dir():
        raise Misconfigured(
            f"The folder {path.parent.absolute()} does not exist: create it, or name another one."
        )
    if not path.exists():
        return
    try:
        with ArchiveReader(path):
            pass
    except InvalidBackup:
        raise Conflict(f"{path} exists and is no backup: name another file.") from None
