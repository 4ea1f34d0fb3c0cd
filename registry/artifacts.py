"""Artifacts: a model file and its manifest, in a folder of the store; bytes come only after their digest matched."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath
from typing import TypeAlias

import orjson

from domain.errors import InvalidArtifact, InvalidManifest
from domain.input.storable import NAME
from domain.words import JSONValue, Kind, Status
from registry.decision_rules import DecisionRule, decision_of
from registry.endpoints import ENDPOINT_FILE, EndpointSpec, load_endpoint
from registry.features import FeatureType
from registry.json_documents import JSONDocument, read_document

MANIFEST_FILE = "manifest.json"
FORMAT_VERSION = 2
"""Manifests of version 1 are read too: they do not say how a label is decided (`Manifest.decision`)."""
_READABLE = (1, FORMAT_VERSION)
LARGEST_MODEL = 2**30
"""The largest model file that is published or loaded, in bytes: each process holds all of it in memory."""
SERVING = "serving"
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,127}")
"""How the version of an algorithm is written."""
_SAID_OF_IT = (SERVING, "command")
FIRST_STATUSES = (Status.PRODUCTION, Status.TESTING)
"""The statuses that an algorithm may begin with; without one it has none."""
UNFINISHED = "."
"""What the names of folders in the store begin with that are being written; nobody else looks at them."""
_SERVING_FIELDS = ("owner", "description", "status", "created_at")


class Format(StrEnum):
    """How a model file is written; none of them executes code when it is loaded.

    The file of a `remote` one says which server runs the model.
    """

    ONNX = "onnx"
    CBM = "cbm"
    SKOPS = "skops"
    REMOTE = "remote"


class Layout(StrEnum):
    """What the model takes: a matrix of floats, an ONNX input per feature, a table as it was fitted on, or texts."""

    MATRIX = "matrix"
    COLUMNS = "columns"
    TABLE = "table"
    TEXTS = "texts"


Word: TypeAlias = float | int | str
"""What a declared value was called in the data that a model was fitted on; truth values there are 1 and 0."""


@dataclass(frozen=True, slots=True)
class Column:
    """One input of a model, in the model's order: the feature it is made of and how.

    `input` is the model's own name for it (an exporter may rename). `codes` lists the categories whose number is
    their position; without it the value goes in as it is. `fill` stands in for a missing value; None leaves it to
    the model, which then sees NaN. Of a table `words` says what declared values are to the model, `other_word` what
    every other value is, and `none` that a missing value is None to it.
    """

    feature: str
    input: str
    type: FeatureType
    fill: float | int | str | None = None
    codes: tuple[str, ...] | None = None
    words: Mapping[str, Word] | None = None
    other_word: Word | None = None
    none: bool = False


@dataclass(frozen=True, slots=True)
class Fixture:
    """A row and what the model answered to it when it was published."""

    row: Mapping[str, JSONValue]
    answer: Mapping[str, JSONValue]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of an artifact: plain name, size in bytes, sha256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Serving:
    """What makes an artifact an algorithm without a class: who answers for it, what it is, and how it begins.

    `status` is the first one in the catalogue, or None. `created_at` is when it was published, in ISO 8601 and UTC;
    algorithms that a server meets together get their ids in this order.
    """

    owner: str
    description: str
    status: Status | None
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What manifest.json says of an artifact; `document` is all of it, as written.

    `decision` is None for a regressor, and for a classifier that was published before labels were compared.
    `serving` is None for the artifact of a class: the class says what it would.
    """

    endpoint: str
    algorithm: str
    version: str
    kind: Kind
    format: Format
    layout: Layout
    model: ModelFile
    columns: tuple[Column, ...]
    classes: tuple[str, ...] | None
    decision: DecisionRule | None
    categories: Mapping[str, tuple[str, ...] | None]
    types: Mapping[str, FeatureType]
    tolerance: float
    fixtures: tuple[Fixture, ...]
    metrics: Mapping[str, JSONValue]
    document: Mapping[str, JSONValue]
    serving: Serving | None = None

    @property
    def digest(self) -> str:
        """What tells this model from another of the same name and version, as sha256 in hexadecimal.

        It is taken over everything that the manifest says, the digest of the model file included, but for `serving`
        and `command`: another owner or description is no other model.
        """
        said = {name: value for name, value in self.document.items() if name not in _SAID_OF_IT}
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Artifact:
    """The folder of one published model."""

    folder: Path
    manifest: Manifest

    def model(self) -> bytes:
        """The bytes of the model file: those that were hashed, not read again afterwards.

        Raises InvalidArtifact when the file is missing or is not the one that was published.
        """
        file = self.manifest.model
        path = self.folder / file.name
        try:
            size = path.stat().st_size
            # Looked at first: a file that somebody replaced may be larger than the memory.
            content = path.read_bytes() if size == file.size <= LARGEST_MODEL else b""
        except FileNotFoundError:
            raise InvalidArtifact(
                f"model file {path} is missing; put it back or publish the model again"
            ) from None
        except OSError as error:
            raise InvalidArtifact(f"model file {path} cannot be read: {error.strerror}") from error
        if size != file.size:
            raise InvalidArtifact(
                f"model file {path} has {size} bytes, its manifest says {file.size}; restore the published file"
            )
        if size > LARGEST_MODEL:
            raise InvalidArtifact(
                f"model file {path} has {size_text(size)}, and a server loads at most {size_text(LARGEST_MODEL)}; "
                "train a smaller model"
            )
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise InvalidArtifact(
                f"model file {path} was changed: its digest is not the one in its manifest; restore the published file"
            )
        return content

    def check_fits(self, spec: EndpointSpec) -> None:
        """Raises InvalidArtifact when the model was published for other features or classes than `spec` declares."""
        for misfit in _misfits(self.manifest, spec):
            raise InvalidArtifact(f"{self.folder / MANIFEST_FILE}: {misfit}; publish the model again")


def artifact_name(name: str, version: str) -> str:
    """The folder of an artifact below its endpoint's.

    >>> artifact_name("random forest", "0.0.1")
    'random_forest-0.0.1'
    """
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not slug or not VERSION.fullmatch(version):
        raise InvalidArtifact(f"name {name!r} and version {version!r} must hold letters or digits")
    return f"{slug}-{version}"


def size_text(size: int) -> str:
    """A number of bytes for people.

    >>> size_text(2**30), size_text(1_500_000)
    ('1,024 MiB', '1.4 MiB')
    """
    return f"{size / 2**20:,.0f} MiB" if size >= 100 * 2**20 else f"{size / 2**20:.1f} MiB"


def read_artifact(folder: Path) -> Artifact:
    """The artifact in `folder`; the model file itself is read and verified by `Artifact.model`.

    Raises InvalidArtifact when the folder is missing, InvalidManifest when its manifest is not what it must be.
    """
    if not folder.is_dir():
        raise InvalidArtifact(
            f"artifact folder {folder} does not exist; publish the model (`arbiter publish`)"
        )
    return Artifact(folder, manifest_of(read_document(folder / MANIFEST_FILE)))


def endpoint_folders(root: Path) -> list[Path]:
    """The folders of a store that hold an endpoint.json, by name; raises OSError where the store cannot be read."""
    return sorted(
        path.parent for path in root.glob(f"*/{ENDPOINT_FILE}") if not path.parent.name.startswith(UNFINISHED)
    )


def artifact_folders(root: Path) -> list[Path]:
    """The folders of a store that hold a manifest, by endpoint and name."""
    return sorted(
        path.parent
        for path in root.glob(f"*/*/{MANIFEST_FILE}")
        if not any(name.startswith(UNFINISHED) for name in path.parts[-3:])
    )


def endpoint_in(folder: Path) -> EndpointSpec:
    """The endpoint that a folder of a store declares; raises InvalidManifest, or InvalidArtifact for another's file."""
    spec = load_endpoint(folder)
    if spec.name != folder.name:
        raise InvalidArtifact(f"{folder / ENDPOINT_FILE}: 'name' must be the folder's, {folder.name!r}")
    return spec


def stored_artifact(folder: Path) -> Artifact:
    """The artifact in a folder of a store; raises InvalidArtifact for one that lies in the folder of another."""
    artifact = read_artifact(folder)
    if artifact.manifest.endpoint != folder.parent.name:
        raise InvalidArtifact(
            f"{folder / MANIFEST_FILE}: it was published for endpoint {artifact.manifest.endpoint!r}, and lies in the "
            f"folder of {folder.parent.name!r}; move it there, or publish the model for this endpoint"
        )
    manifest = artifact.manifest
    name = artifact_name(manifest.algorithm, manifest.version)
    if manifest.serving is not None and name != folder.name:
        raise InvalidArtifact(
            f"{folder / MANIFEST_FILE}: it says {manifest.algorithm!r} {manifest.version}, which belongs into a folder "
            f"called {name!r}; undo what was changed by hand, or publish the model under this name and version"
        )
    return artifact


def stored_digests(root: Path) -> frozenset[str]:
    """The digests of the manifests in a store; what cannot be read of them serves nobody and is not among them."""
    found = set()
    for folder in artifact_folders(root):
        with suppress(InvalidArtifact, InvalidManifest):
            found.add(read_artifact(folder).manifest.digest)
    return frozenset(found)


def in_order(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """The artifacts in the order in which a server registers them: as they were published, then by name."""
    return sorted(artifacts, key=_place)


def _place(artifact: Artifact) -> tuple[str, str, str, str]:
    manifest = artifact.manifest
    created_at = "" if manifest.serving is None else manifest.serving.created_at
    return manifest.endpoint, created_at, manifest.algorithm, manifest.version


def manifest_of(document: JSONDocument) -> Manifest:
    """What a document says of an artifact; raises InvalidManifest."""
    format_version = document.integer("manifest_version")
    if format_version not in _READABLE:
        raise document.error("manifest_version", f"must be {FORMAT_VERSION}; publish the model again")
    features, classes = document.children("features"), document.texts("classes")
    return Manifest(
        endpoint=document.text("endpoint"),
        algorithm=document.text("algorithm", longest=NAME),
        version=_version(document),
        kind=document.choice("kind", Kind),
        format=document.choice("format", Format),
        layout=document.choice("layout", Layout),
        model=_model_file(document.child("model")),
        columns=tuple(_column(column) for column in document.children("columns")),
        classes=classes,
        decision=None
        if format_version < FORMAT_VERSION or classes is None
        else decision_of(document.child("decision"), classes),
        categories={child.text("name"): child.texts("categories") for child in features},
        types={child.text("name"): child.choice("type", FeatureType) for child in features},
        tolerance=float(document.child("parity").optional_number("tolerance") or 0.0),
        fixtures=tuple(
            Fixture(child.child("row").fields, child.child("answer").fields)
            for child in document.children("fixtures")
        ),
        metrics=document.child("metrics").fields,
        document=document.fields,
        serving=None if document.fields.get(SERVING) is None else _serving(document.child(SERVING)),
    )


def _version(document: JSONDocument) -> str:
    version = document.text("version")
    if not VERSION.fullmatch(version):
        raise document.error(
            "version",
            "must begin with a letter or digit and hold letters, digits, '.', '+', '_' and '-' only",
        )
    return version


def _serving(document: JSONDocument) -> Serving:
    document.only(_SERVING_FIELDS)
    return Serving(
        owner=document.text("owner", longest=NAME),
        description=document.text("description", "", empty=True),
        status=_first_status(document),
        created_at=document.text("created_at", "", empty=True),
    )


def _first_status(document: JSONDocument) -> Status | None:
    status = document.fields.get("status")
    if status is not None and status not in FIRST_STATUSES:
        raise document.error("status", f"must be 'production', 'testing' or null, not {status!r}")
    return None if status is None else Status(str(status))


def _model_file(document: JSONDocument) -> ModelFile:
    name = document.text("name")
    if PurePath(name).name != name or name in (".", ".."):
        raise document.error("name", "must be a plain file name in the same folder")
    return ModelFile(name, document.integer("size"), document.text("sha256"))


def _column(document: JSONDocument) -> Column:
    fill, other_word = (_word(document, name) for name in ("fill", "other_word"))
    words = document.fields.get("words")
    translated = None if words is None else document.child("words")
    return Column(
        feature=document.text("feature"),
        input=document.text("input"),
        type=document.choice("type", FeatureType),
        fill=fill,
        codes=document.texts("codes"),
        words=None
        if translated is None
        else {name: _known_word(translated, name) for name in translated.fields},
        other_word=other_word,
        none=document.flag("none", False),
    )


def _word(document: JSONDocument, name: str) -> Word | None:
    word = document.fields.get(name)
    if isinstance(word, (list, dict)):
        raise document.error(name, "must be a number, a text, or null")
    return word


def _known_word(document: JSONDocument, name: str) -> Word:
    word = _word(document, name)
    if word is None:
        raise document.error(name, "must be a number or a text")
    return word


def _misfits(manifest: Manifest, spec: EndpointSpec) -> Iterator[str]:
    if manifest.endpoint != spec.name:
        yield f"it is of endpoint {manifest.endpoint!r}, not {spec.name!r}"
    if manifest.kind is not spec.kind:
        yield f"it is a {manifest.kind}, the endpoint's kind is {spec.kind}"
    if set(manifest.classes or ()) != set(spec.classes or ()):
        yield "its classes are not those of the endpoint"
    others = set(manifest.types) ^ set(spec.features.names)
    if others:
        yield f"its features are not those of the endpoint: they differ in {', '.join(sorted(others))}"
    for feature in spec.features.features:
        if manifest.types[feature.name] is not feature.type:
            yield f"feature {feature.name!r} was a {manifest.types[feature.name]}, is a {feature.type} now"
        published = manifest.categories[feature.name]
        # A model that was proven on any text takes each list of them.
        if published is not None and set(published) != set(feature.categories or ()):
            yield f"the categories of feature {feature.name!r} are not those of the endpoint"
    for column in manifest.columns:
        if column.feature not in manifest.types:
            yield f"column {column.feature!r} is made of no feature"
