"""Artifacts: a model file and the manifest that describes it; bytes are handed out only after their digest matched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath
from typing import TypeAlias

from domain.errors import InvalidArtifact
from domain.words import JSONValue, Kind
from registry.decision_rules import DecisionRule, decision_of
from registry.endpoints import EndpointSpec
from registry.features import FeatureType
from registry.json_documents import JSONDocument, read_document

MANIFEST_FILE = "manifest.json"
FORMAT_VERSION = 2
"""Manifests of version 1 are read too: they do not say how a label is decided (`Manifest.decision`)."""
_READABLE = (1, FORMAT_VERSION)


class Format(StrEnum):
    """How a model file is written; none of them executes code when it is loaded."""

    ONNX = "onnx"
    CBM = "cbm"
    SKOPS = "skops"


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
class Manifest:
    """What manifest.json says of an artifact; `document` is all of it, as written.

    `decision` is None for a regressor, and for a classifier that was published before labels were compared.
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
            content = path.read_bytes()
        except FileNotFoundError:
            raise InvalidArtifact(
                f"model file {path} is missing; put it back or publish the model again"
            ) from None
        except OSError as error:
            raise InvalidArtifact(f"model file {path} cannot be read: {error.strerror}") from error
        if len(content) != file.size:
            raise InvalidArtifact(
                f"model file {path} has {len(content)} bytes, its manifest says {file.size}; restore the published file"
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


def read_artifact(folder: Path) -> Artifact:
    """The artifact in `folder`; the model file itself is read and verified by `Artifact.model`.

    Raises InvalidArtifact when the folder is missing, InvalidManifest when its manifest is not what it must be.
    """
    if not folder.is_dir():
        raise InvalidArtifact(
            f"artifact folder {folder} does not exist; publish the model (`arbiter publish`)"
        )
    return Artifact(folder, manifest_of(read_document(folder / MANIFEST_FILE)))


def manifest_of(document: JSONDocument) -> Manifest:
    """What a document says of an artifact; raises InvalidManifest."""
    format_version = document.integer("manifest_version")
    if format_version not in _READABLE:
        raise document.error("manifest_version", f"must be {FORMAT_VERSION}; publish the model again")
    features, classes = document.children("features"), document.texts("classes")
    return Manifest(
        endpoint=document.text("endpoint"),
        algorithm=document.text("algorithm"),
        version=document.text("version"),
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
    )


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
        if set(manifest.categories[feature.name] or ()) != set(feature.categories or ()):
            yield f"the categories of feature {feature.name!r} are not those of the endpoint"
    for column in manifest.columns:
        if column.feature not in manifest.types:
            yield f"column {column.feature!r} is made of no feature"
