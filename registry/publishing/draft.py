"""A publication while it is being written: a folder of the store that nobody looks at, put in place by one rename."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from domain.errors import ArbiterError, InvalidArtifact
from registry.artifacts import (
    LARGEST_MODEL,
    MANIFEST_FILE,
    UNFINISHED,
    Artifact,
    ModelFile,
    manifest_of,
    read_artifact,
    size_text,
)
from registry.decision_rules import DecisionRule, decision_json
from registry.endpoints import ENDPOINT_FILE, EndpointSpec
from registry.json_documents import JSONDocument
from registry.publishing.declaring.declaration import content_of
from registry.publishing.export import ModelExport
from registry.runtimes import Runtime, load_runtime

_ABANDONED = 86_400.0
"""Seconds after which a draft is taken to be one of a process that was killed."""
_THERE = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_CURES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room there"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "let this user write there"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a publication shall stand in the store `root`, and the endpoint.json that comes with it.

    `declaration` is its new content, or None where it stays. `before` is what it held when the publication began, None
    for no such file; a publication that is not `watched` does not look whether it has changed since.
    """

    root: Path
    endpoint: str
    artifact: str
    declaration: bytes | None = None
    before: bytes | None = None
    watched: bool = False
    replace: bool = False

    @property
    def folder(self) -> Path:
        """The folder of the artifact."""
        return self.root / self.endpoint / self.artifact


class Draft:
    """A folder of the store that takes its place at once, or vanishes; `facts` are those of every manifest."""

    def __init__(self, place: Place, facts: Mapping[str, object]) -> None:
        self._place = place
        self._facts = facts
        self._home = place.root / f"{UNFINISHED}{place.artifact}.{os.getpid()}.{secrets.token_hex(4)}"
        self._folder = self._home / place.artifact
        self._made_root = False

    def __enter__(self) -> Draft:
        root = self._place.root
        with writing(root):
            self._made_root = not root.exists()
            _sweep(root)
            self._folder.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._home, ignore_errors=True)
        if self._made_root:
            with suppress(OSError):  # It stays when something was published.
                self._place.root.rmdir()

    def write(
        self,
        exported: ModelExport,
        decision: DecisionRule | None,
        measured: Mapping[str, object] | None = None,
    ) -> Artifact:
        """The draft as an artifact, to be loaded as the server would."""
        check_size(len(exported.content), "the model")
        model = f"model.{exported.format}"
        document = {
            **self._facts,
            **(measured or {}),
            "decision": None if decision is None else decision_json(decision),
            "model": ModelFile(model, len(exported.content), hashlib.sha256(exported.content).hexdigest()),
        }
        content = orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
        with writing(self._place.root):
            (self._folder / model).write_bytes(exported.content)
            (self._folder / MANIFEST_FILE).write_bytes(content)
        written = JSONDocument(orjson.loads(content), str(self._place.folder / MANIFEST_FILE))
        return Artifact(self._folder, manifest_of(written))

    def loaded(self, exported: ModelExport, decision: DecisionRule | None, spec: EndpointSpec) -> Runtime:
        """The draft as the server would run it; an error says nothing of the folder, which will be gone."""
        try:
            return load_runtime(self.write(exported, decision), spec)
        except InvalidArtifact as error:
            raise InvalidArtifact(error.message.replace(f"{self._folder}: ", "")) from error

    def commit(self) -> bool:
        """Put the draft in its place; False where the same model stands there already.

        Raises InvalidArtifact where another one does, or where endpoint.json was changed meanwhile; then, as after any
        error, the store is as it was.
        """
        place = self._place
        with writing(place.root):
            if place.declaration is not None:
                (self._home / ENDPOINT_FILE).write_bytes(place.declaration)
            for path in [*self._home.rglob("*"), self._home]:
                _sync(path)
            placed = self._as_new_endpoint() or self._beside_others()
            _sync(place.root)
        return placed

    def _as_new_endpoint(self) -> bool:
        """Endpoint and algorithm arrive by one rename, so that no server sees one without the other."""
        place = self._place
        home = place.root / place.endpoint
        if place.declaration is None or home.exists():
            return False
        try:
            self._home.rename(home)
        except OSError as error:
            if error.errno in _THERE:
                return False
            raise
        return True

    def _beside_others(self) -> bool:
        place = self._place
        declared = place.root / place.endpoint / ENDPOINT_FILE
        declared.parent.mkdir(exist_ok=True)
        now = content_of(declared)
        if place.watched and now not in (place.before, place.declaration):
            raise InvalidArtifact(
                f"{declared} was changed while the model was being published, and nothing was written; publish again"
            )
        if place.replace and place.folder.exists():
            place.folder.rename(self._home / "replaced")
        if not self._renamed():
            return False
        if place.declaration is not None and now != place.declaration:
            self._declare(declared)
        _sync(declared.parent)
        return True

    def _renamed(self) -> bool:
        place = self._place
        try:
            if not place.folder.exists():
                self._folder.rename(place.folder)
                return True
        except OSError as error:
            if error.errno not in _THERE:
                raise
        if _digest(place.folder) == _digest(self._folder):
            return False
        raise InvalidArtifact(
            f"{place.folder} exists, and is another model than this; raise the version "
            f"(there are: {', '.join(others_in(place.folder))})"
        )

    def _declare(self, declared: Path) -> None:
        try:
            (self._home / ENDPOINT_FILE).replace(declared)
        except OSError:
            shutil.rmtree(self._place.folder, ignore_errors=True)
            raise


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Says of an error of the file system that the store is at fault, and what helps; raises InvalidArtifact."""
    try:
        yield
    except OSError as error:
        cure = _CURES.get(error.errno or 0, "look at the folder")
        raise InvalidArtifact(
            f"the artifact store {root} cannot be written ({error.strerror}), and nothing was published; {cure}, or "
            "name another folder (--out, ARBITER_ARTIFACTS)"
        ) from error


def check_size(size: int, what: str) -> None:
    """Raises InvalidArtifact for a model file that no server loads."""
    if size > LARGEST_MODEL:
        raise InvalidArtifact(
            f"{what} takes {size_text(size)}, and a server loads at most {size_text(LARGEST_MODEL)}; train a smaller "
            "one (fewer or shallower trees, min_samples_leaf, fewer neighbours)"
        )


def others_in(folder: Path) -> list[str]:
    """The folders of an endpoint that begin as `folder` does but for the version."""
    beginning = folder.name.rpartition("-")[0]
    return sorted(path.name for path in folder.parent.glob(f"{beginning}-*"))


def _digest(folder: Path) -> str | None:
    """The digest of the artifact in a folder; None for what is none: it is not the same then."""
    try:
        return read_artifact(folder).manifest.digest
    except ArbiterError:
        return None


def _sweep(root: Path) -> None:
    """Remove drafts of processes that were killed while they published."""
    for folder in root.glob(f"{UNFINISHED}*.*.*"):
        if folder.is_dir() and time.time() - folder.stat().st_mtime > _ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
