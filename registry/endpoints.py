"""What an endpoint is: `endpoint.json`, written by a person from the data's codebook."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from domain.ab_tests.questions import LARGEST_COST, LEAST_COST
from domain.errors import InvalidFeatures, InvalidManifest
from domain.input.storable import NAME, TEXT, text_problem
from domain.requests.feedback import normal_text, number_of
from domain.words import JSONValue, Kind
from registry.features import Feature, FeatureSchema, FeatureType
from registry.json_documents import JSONDocument, read_document

ENDPOINT_FILE = "endpoint.json"
ENDPOINT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,127}")

_SHOWN = 60
_LISTED = 5
BREAKING = "breaking"
_FIELDS = ("name", "kind", "owner", "description", "target", "features", "example", BREAKING)
_BREAKING_FIELDS = ("reason", "of")
_TARGET_FIELDS = ("name", "description", "classes", "positive_class", "unit", "largest_error")
_FEATURE_FIELDS = (
    "name", "type", "description", "categories", "minimum", "maximum", "unit", "length",
    "required", "nullable", "indexed", "private",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Breaking:
    """Why a declaration may refuse calls that the one before it took; `of` is the digest of that one."""

    reason: str
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSpec:
    """A use case as its endpoint.json declares it.

    `classes` (names, in the order declared) and `positive_class` are a classifier's, `unit` is a regressor's, and so is
    `largest_error`: in that unit, the size from which on one error counts for no more in an A/B test.
    `numeric_classes` is True where endpoint.json lists the classes as numbers: only then is feedback compared
    numerically. `example` is a row that is valid and can be sent as it stands. `declaration` is the file's JSON without
    `breaking`.
    """

    name: str
    kind: Kind
    owner: str
    description: str
    features: FeatureSchema
    target: str
    target_description: str = ""
    classes: tuple[str, ...] | None = None
    positive_class: str | None = None
    numeric_classes: bool = False
    unit: str | None = None
    largest_error: float | None = None
    example: Mapping[str, JSONValue] = field(default_factory=dict)
    breaking: Breaking | None = None
    declaration: Mapping[str, JSONValue] = field(default_factory=dict, compare=False, repr=False)

    @property
    def digest(self) -> str:
        """What tells this declaration from another one, as sha256 in hexadecimal; `breaking` is no part of it."""
        return hashlib.sha256(orjson.dumps(dict(self.declaration), option=orjson.OPT_SORT_KEYS)).hexdigest()

    def differs_in_words_alone(self, other: EndpointSpec) -> bool:
        """Whether rows and answers are the same under both, so that what is loaded for one serves the other."""
        words = ("owner", "description", "target_description", "example", "breaking")
        return replace(self, **{name: getattr(other, name) for name in words}) == other

    def json_schema(self) -> dict[str, JSONValue]:
        """What a row must be, as a JSON Schema 2020-12 document with title, description and the example."""
        return {
            **self.features.json_schema(),
            "title": self.name,
            "description": self.description,
            "examples": [dict(self.example)],
        }


def open_features(spec: EndpointSpec) -> str:
    """Which features of an endpoint nobody has bounded, in words; empty where all are.

    A number without a range is taken as far as it can be computed with, a text without a list goes to the model.
    """
    numbers = (FeatureType.NUMBER, FeatureType.INTEGER)
    endless = [f.name for f in spec.features.features if f.type in numbers and None in (f.minimum, f.maximum)]
    texts = [
        f.name for f in spec.features.features if f.type is FeatureType.CATEGORY and f.categories is None
    ]
    told = [(endless, "without a range"), (texts, "taking any text")]
    return "; ".join(f"{_some(names)} {what}" for names, what in told if names)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:_LISTED])} and {more} more"


def class_name(value: object) -> str:
    """The name of a class that a model or a manifest gives as text, number or truth value.

    >>> [class_name(value) for value in (">50K", 1, 1.0, 0.5, True)]
    ['>50K', '1', '1', '0.5', 'true']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def load_endpoint(path: Path) -> EndpointSpec:
    """The endpoint that the file `path` (endpoint.json, or the folder it is in) declares.

    Raises InvalidManifest, which names the file, the field and the cure.
    """
    return endpoint_of(read_document(path / ENDPOINT_FILE if path.is_dir() else path))


def endpoint_of(document: JSONDocument) -> EndpointSpec:
    """The endpoint that a document declares; raises InvalidManifest."""
    document.only(_FIELDS)
    target = document.child("target")
    target.only(_TARGET_FIELDS)
    kind = document.choice("kind", Kind)
    classes = _classes(target, kind)
    features = _features(document)
    spec = EndpointSpec(
        name=_name(document),
        kind=kind,
        owner=document.text("owner", longest=NAME),
        description=document.text("description"),
        features=features,
        target=_target(target, features),
        target_description=target.text("description", "", empty=True),
        classes=None if classes is None else tuple(class_name(value) for value in classes),
        positive_class=_positive(target, classes),
        numeric_classes=_are_numbers(classes),
        unit=target.optional_text("unit"),
        largest_error=_largest_error(target, kind),
        example=document.child("example").fields,
        breaking=None if document.fields.get(BREAKING) is None else _breaking(document.child(BREAKING)),
        declaration={name: value for name, value in document.fields.items() if name != BREAKING},
    )
    try:
        features.validate(dict(spec.example))
    except InvalidFeatures as error:
        raise document.error("example", f"is no valid row: {error.message}") from None
    return spec


def _breaking(document: JSONDocument) -> Breaking:
    document.only(_BREAKING_FIELDS)
    return Breaking(document.text("reason"), document.text("of"))


def _name(document: JSONDocument) -> str:
    name = document.text("name")
    if not ENDPOINT_NAME.fullmatch(name):
        raise document.error("name", "must begin with a letter and hold letters, digits, '_' and '-' only")
    return name


def _target(target: JSONDocument, features: FeatureSchema) -> str:
    name = target.text("name")
    if name in features.names:
        raise target.error("name", f"({name}) is declared as a feature too; it must be one or the other")
    return name


def _classes(target: JSONDocument, kind: Kind) -> list[JSONValue] | None:
    classes = target.fields.get("classes")
    if kind is Kind.REGRESSOR:
        if classes is not None:
            raise target.error("classes", "belongs to a classifier; leave it out for a regressor")
        return None
    if not isinstance(classes, list) or not all(isinstance(value, (str, int, float)) for value in classes):
        raise target.error("classes", "must list the classes, as texts or as numbers")
    if len({class_name(value) for value in classes}) != len(classes) or len(classes) < 2:  # noqa: PLR2004
        raise target.error("classes", "must list at least two classes, each once")
    for name in map(class_name, classes):
        problem = text_problem(name, TEXT)
        if problem is not None:
            raise target.error("classes", f"names a class that {problem}: {name[:_SHOWN]!r}")
    _check_distinguishable(target, classes)
    return classes


def _largest_error(target: JSONDocument, kind: Kind) -> float | None:
    largest = target.optional_number("largest_error")
    if largest is None:
        return None
    if kind is Kind.CLASSIFIER:
        raise target.error("largest_error", "belongs to a regressor; leave it out for a classifier")
    if not LEAST_COST <= largest <= LARGEST_COST:
        raise target.error(
            "largest_error",
            f"must be above 0, from {LEAST_COST:g} to {LARGEST_COST:g}, in the unit of the answers",
        )
    return float(largest)


def _check_distinguishable(target: JSONDocument, classes: list[JSONValue]) -> None:
    """Raises InvalidManifest for two classes that one ground truth means: it would score one as the other."""
    numeric = _are_numbers(classes)
    seen: dict[float | str | None, str] = {}
    for name in map(class_name, classes):
        other = seen.setdefault(number_of(name) if numeric else normal_text(name), name)
        if other != name:
            why = (
                "are the same number"
                if numeric
                else "differ in spaces around them or in how letters are composed"
            )
            raise target.error(
                "classes",
                f"names {other[:_SHOWN]!r} and {name[:_SHOWN]!r}, which ground truth cannot tell apart: they {why}; "
                "rename one",
            )


def _are_numbers(classes: list[JSONValue] | None) -> bool:
    return bool(classes) and all(type(value) in (int, float) for value in classes or ())


def _positive(target: JSONDocument, classes: list[JSONValue] | None) -> str | None:
    value = target.fields.get("positive_class")
    if value is None:
        if classes is not None and len(classes) == 2:  # noqa: PLR2004
            raise target.error("positive_class", "must say which of the two classes `probability` is of")
        return None
    if classes is None or value not in classes:
        raise target.error("positive_class", "must be one of 'classes'")
    return class_name(value)


def _features(document: JSONDocument) -> FeatureSchema:
    try:
        return FeatureSchema([_feature(child) for child in document.children("features")])
    except InvalidManifest as error:
        if error.message.startswith(document.place):
            raise
        raise InvalidManifest(f"{document.place}: {error.message}", path=error.path) from None


def _feature(document: JSONDocument) -> Feature:
    document.only(_FEATURE_FIELDS)
    return Feature(
        name=document.text("name"),
        type=document.choice("type", FeatureType),
        description=document.text("description", "", empty=True),
        categories=document.texts("categories"),
        minimum=document.optional_number("minimum"),
        maximum=document.optional_number("maximum"),
        unit=document.optional_text("unit"),
        length=None if document.fields.get("length") is None else document.integer("length"),
        required=document.flag("required", True),
        nullable=document.flag("nullable", True),
        indexed=document.flag("indexed", False),
        private=document.flag("private", False),
    )
