"""Trusted documents: operations of the operator's own front-ends, named by hash instead of being sent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from graphql import GraphQLError

from domain.errors import InvalidSettings
from graph.vocabulary.errors import BAD_REQUEST

NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
ID_REQUIRED = "PERSISTED_QUERY_ID_REQUIRED"

SETTING = "ARBITER_TRUSTED_DOCUMENTS"
APOLLO = "apollo-persisted-query-manifest"
SHOWN = 5
LONGEST_SHOWN = 80
# Longer documents are not compared with the hash that came with them; few servers take any.
LONGEST_HASHED = 200_000

_PREFIXED = re.compile(r"(?i)^(md5|sha1|sha256):([0-9a-f]+)$")
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256"}


class TrustedDocument(NamedTuple):
    """One entry of a manifest: `id` as the manifest writes it, and the operation's `text`."""

    id: str
    text: str
    file: str

    def __str__(self) -> str:
        name = re.search(r"\b(?:query|mutation|subscription)\s+(\w+)", self.text)
        return f"{self.id[:LONGEST_SHOWN]}{f' ({name[1]})' if name else ''} of {self.file}"


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """The documents of a manifest by every id that they go by; with `only`, no others may run.

    Each goes by its id in the manifest, by its hash with and without the name of the algorithm, and by its sha256.
    `entries` are those of the operator; those of our own pages are known beside them.
    """

    entries: tuple[TrustedDocument, ...] = ()
    only: bool = False
    by_id: Mapping[str, str] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Sequence[TrustedDocument], *, only: bool) -> TrustedDocuments:
        """These documents. Raises InvalidSettings where an id is no hash of its text, or names two texts."""
        by_id: dict[str, str] = {}
        for entry in entries:
            for name in _names(entry):
                if by_id.setdefault(name, entry.text) != entry.text:
                    raise InvalidSettings(f"{SETTING}: the id {name[:LONGEST_SHOWN]} names two documents")
        return cls(tuple(entries), only, by_id, frozenset(entry.text for entry in entries))

    def with_own(self, own: Sequence[TrustedDocument]) -> TrustedDocuments:
        """The same with documents of our own pages, which may run in every mode.

        They are checked when somebody first asks for them, like any other: the operator waits for none at the start.
        """
        by_id = {name: entry.text for entry in own for name in _names(entry)}
        texts = frozenset(entry.text for entry in own)
        return replace(self, by_id={**by_id, **self.by_id}, texts=texts | self.texts)

    def text(self, query: str | None, document_id: str | None) -> str:
        """The document to run: what was sent, or what `document_id` names.

        Raises GraphQLError for an id that is not known, and for one that comes with another document.
        """
        if document_id is None:
            return query or ""
        known = self.by_id.get(_folded(document_id))
        if query is None:
            if known is None:
                raise self._unknown(document_id)
            return known
        if query != known and not (known is None and _is_hash_of(document_id, query)):
            raise GraphQLError(
                f"documentId {document_id[:LONGEST_SHOWN]!r} does not name the document in query: send one of them",
                extensions={"code": BAD_REQUEST},
            )
        return query

    def require(self, text: str) -> None:
        """Raise GraphQLError when only trusted documents may run and `text` is none."""
        if self.only and text not in self.texts:
            raise GraphQLError(
                "only trusted documents run here, and this is none: send the documentId of one that the server's "
                "manifest lists, or have this one added to the manifest",
                extensions={"code": ID_REQUIRED},
            )

    def _unknown(self, document_id: str) -> GraphQLError:
        if not self.entries:
            return GraphQLError(
                "this server has no trusted documents: send the operation in query; its operator can set "
                f"{SETTING} to a manifest",
                extensions={"code": NOT_SUPPORTED},
            )
        return GraphQLError(
            f"documentId {document_id[:LONGEST_SHOWN]!r} is not in the server's manifest: was the manifest of this "
            "front-end deployed with it, and the server restarted?",
            extensions={"code": NOT_FOUND},
        )


def read_manifests(path: Path, *, only: bool) -> TrustedDocuments:
    """The documents of a manifest file, or of every `.json` file in a folder.

    Understood are a JSON object of ids and texts, as codegen's client-preset and relay-compiler write it, and
    Apollo's manifest. Raises InvalidSettings that names the file and what is wrong with it.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    entries = [entry for file in files for entry in _read(file)]
    if not entries:
        raise InvalidSettings(f"{SETTING} is {str(path)!r}, which holds no document")
    return TrustedDocuments.of(entries, only=only)


def refuse(problems: Mapping[TrustedDocument, str]) -> InvalidSettings:
    """What is said of documents that cannot run here."""
    first = [f"{entry}: {problem}" for entry, problem in list(problems.items())[:SHOWN]]
    more = len(problems) - SHOWN
    return InvalidSettings(
        f"{SETTING} lists {len(problems)} documents that cannot run on this server: "
        + "; ".join(first)
        + (f"; and {more} more" if more > 0 else "")
    )


def _read(file: Path) -> Iterator[TrustedDocument]:
    try:
        found = orjson.loads(file.read_bytes())
    except OSError as error:
        raise InvalidSettings(f"{SETTING}: {file} cannot be read: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise InvalidSettings(f"{SETTING}: {file} is no JSON: {error}") from None
    for name, text in _pairs(found):
        if not isinstance(name, str) or not name or not isinstance(text, str):
            raise InvalidSettings(
                f"{SETTING}: {file} is no manifest: it must be a JSON object of ids and operations, or "
                f'Apollo\'s with "format": "{APOLLO}"'
            )
        yield TrustedDocument(name, text, file.name)


def _pairs(found: object) -> list[tuple[Any, Any]]:
    if not isinstance(found, dict):
        return [(None, None)]
    if found.get("format") != APOLLO:
        return list(found.items())
    operations = found.get("operations")
    if not isinstance(operations, list):
        return [(None, None)]
    return [(one.get("id"), one.get("body")) if isinstance(one, dict) else (None, None) for one in operations]


def _names(entry: TrustedDocument) -> Iterator[str]:
    """Every id of an entry. Raises InvalidSettings when its own is a hash of something else."""
    yield _folded(entry.id)
    yield f"sha256:{_digest('sha256', entry.text)}"
    yield _digest("sha256", entry.text)
    parsed = _parsed(entry.id)
    if parsed is not None:
        algorithm, digest = parsed
        if _digest(algorithm, entry.text) != digest:
            raise InvalidSettings(
                f"{SETTING}: the id of {entry} is not the {algorithm} of its text: "
                "the manifest was changed by hand, or cut off; write it anew"
            )
        yield digest
        yield f"{algorithm}:{digest}"


def _parsed(document_id: str) -> tuple[str, str] | None:
    """Algorithm and digest of an id that is a hash, by its prefix or by its length.

    >>> _parsed("sha256:AB"), _parsed("d41d8cd98f00b204e9800998ecf8427e"), _parsed("getViewer")
    (('sha256', 'ab'), ('md5', 'd41d8cd98f00b204e9800998ecf8427e'), None)
    """
    prefixed = _PREFIXED.match(document_id)
    if prefixed:
        return prefixed[1].lower(), prefixed[2].lower()
    if len(document_id) in _ALGORITHMS and re.fullmatch(r"(?i)[0-9a-f]+", document_id):
        return _ALGORITHMS[len(document_id)], document_id.lower()
    return None


def _folded(document_id: str) -> str:
    """The id as it is looked up: hashes in lower case."""
    return document_id.lower() if _parsed(document_id) else document_id


def _is_hash_of(document_id: str, text: str) -> bool:
    parsed = _parsed(document_id)
    if parsed is None:
        return False
    return len(text) > LONGEST_HASHED or _digest(parsed[0], text) == parsed[1]


def _digest(algorithm: str, text: str) -> str:
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()
