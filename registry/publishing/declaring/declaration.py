"""The endpoint.json that a publication needs: the one that is there, or a first one from the model and its data.

What the data holds decides no bound of what is served: a range or a list of categories comes from a person, or from an
encoder that was fitted to refuse everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from domain.errors import InvalidArtifact, InvalidManifest
from domain.words import JSONValue, Kind
from registry.endpoint_changes import breaking_changes
from registry.endpoints import (
    BREAKING,
    ENDPOINT_FILE,
    ENDPOINT_NAME,
    EndpointSpec,
    class_name,
    endpoint_of,
    load_endpoint,
)
from registry.features import LABEL, Feature, FeatureSchema, FeatureType, Row
from registry.json_documents import JSONDocument
from registry.publishing.declaring.endpoint_draft import length_for
from registry.publishing.export import Fills, Model, is_catboost, own_classes
from registry.publishing.parity import Frame, Sample, check_cells, sample_of, trained_numbers, translation_for
from registry.publishing.preparation import Fill, Steps, is_missing, preparing_steps
from registry.publishing.translation import FittedModel
from registry.runtimes.texts import columns_taken_apart, takes_one_text

Range: TypeAlias = "tuple[float | int | None, float | int | None]"
"""The lowest and the highest value of a feature; None for no bound."""

_STRANGE = "a text that training never saw"
_PREDICTION = "prediction"
_TRIED = 50
_PROBED = 2_000
_TWO = 2
_NUMBERS = ("number", "integer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person says of an endpoint when a model is published for it; the rest follows from model and data."""

    name: str
    target: str | None = None
    owner: str = ""
    description: str | None = None
    ranges: Mapping[str, Range] = field(default_factory=dict)
    categories: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fills: Fills = field(default_factory=dict)
    breaking: str | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """The endpoint of a publication, the file's new content (None: it stays), and what it held before."""

    spec: EndpointSpec
    content: bytes | None
    before: bytes | None


def declared(
    model: Model, frame: Frame, wishes: Wishes, root: Path, others: Sequence[Path] = ()
) -> Declaration:
    """The endpoint that a model is published for in the store `root`; drafted where neither it nor `others` has one.

    Raises InvalidManifest or InvalidArtifact, with the cure, where model, data and wishes do not fit together, and
    where the change would break callers and no reason is given for that.
    """
    path = root / wishes.name / ENDPOINT_FILE
    before = content_of(path)
    elsewhere = [other / wishes.name / ENDPOINT_FILE for other in others if other != root]
    if before is None:
        for place in elsewhere:
            if place.is_file():
                return Declaration(_unchanged(load_endpoint(place), wishes, place), None, None)
        document = _drafted(model, frame, wishes, path)
        return _changed(_with_wishes(document, wishes, path), None, path)
    old = load_endpoint(path)
    document = _with_wishes(dict(old.declaration), wishes, path)
    if document == old.declaration:
        return Declaration(old, None, before)
    spec = endpoint_of(JSONDocument(document, str(path)))
    changes = breaking_changes(old, spec)
    if changes and wishes.breaking is None:
        raise InvalidManifest(
            f"{path} would break its callers: {'; '.join(changes)}; leave that out, or give the reason for its history "
            "(--breaking REASON)"
        )
    if changes:
        document[BREAKING] = {"reason": wishes.breaking, "of": old.digest}
    return _changed(document, before, path)


def typed_fills(fills: Fills, spec: EndpointSpec) -> dict[str, Fill]:
    """What stands in for missing values, read as values of their features; raises InvalidManifest where it is none.

    A word that stands for a missing category need not be one that a caller may send.
    """
    typed: dict[str, Fill] = {}
    for name, given in fills.items():
        if name not in spec.features.names:
            raise InvalidManifest(
                f"the fill of {name!r} is of no feature of {spec.name}; these are {', '.join(spec.features.names)}"
            )
        feature = spec.features[name]
        value: object = class_name(given) if feature.type.is_worded else given
        if isinstance(value, str) and not feature.type.is_worded:
            (value,) = FeatureSchema((feature,)).validate({name: value}, from_form=True)
        if value is None or (value == "" and feature.type is not FeatureType.TEXT):
            raise InvalidManifest(f"the fill of {name!r} needs a value: it stands in for missing ones")
        typed[name] = value  # type: ignore[assignment]
    return typed


def content_of(path: Path) -> bytes | None:
    """What a file holds; None where there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _unchanged(spec: EndpointSpec, wishes: Wishes, place: Path) -> EndpointSpec:
    if wishes.ranges or wishes.categories:
        raise InvalidManifest(
            f"endpoint {spec.name!r} is declared in {place}; change ranges and categories there"
        )
    return spec


def _changed(document: dict[str, JSONValue], before: bytes | None, path: Path) -> Declaration:
    spec = endpoint_of(JSONDocument(document, str(path)))
    return Declaration(spec, orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n", before)


def _with_wishes(document: dict[str, JSONValue], wishes: Wishes, path: Path) -> dict[str, JSONValue]:
    """The declaration with the ranges and categories that a person gave."""
    features = {str(one["name"]): dict(one) for one in document["features"]}  # type: ignore[arg-type, index, union-attr, call-overload]
    for said, types in ((wishes.ranges, _NUMBERS), (wishes.categories, ("category",))):
        for name in said:
            if name not in features:
                raise InvalidManifest(
                    f"{path.parent.name} has no feature {name!r}; its features are {', '.join(features)}"
                )
            if features[name]["type"] not in types:
                what = "range" if types is _NUMBERS else "list of categories"
                raise InvalidManifest(
                    f"feature {name!r} is of type {features[name]['type']} and has no {what}"
                )
    for name, (low, high) in wishes.ranges.items():
        features[name] |= {"minimum": low, "maximum": high}
    for name, categories in wishes.categories.items():
        features[name] |= {"categories": list(categories)}
    return document | {"features": list(features.values())}


def _drafted(model: Model, frame: Frame, wishes: Wishes, path: Path) -> dict[str, JSONValue]:
    """A first declaration; raises InvalidArtifact or InvalidManifest where the data is not what the model takes."""
    if not ENDPOINT_NAME.fullmatch(wishes.name):
        raise InvalidManifest(
            f"endpoint name {wishes.name!r} must begin with a letter and hold letters, digits, '_' and '-' only"
        )
    classes = own_classes(model).tolist()
    names, target = columns_of(model, frame, wishes.target)
    check_cells(frame, names)
    steps = preparing_steps(model, FeatureSchema([Feature(name=n, type=FeatureType.NUMBER) for n in names]))
    encoded, apart = _encoded(model, names, steps), _taken_apart(model, names)
    features = [_feature(frame, name, coded=name in encoded, apart=name in apart) for name in names]
    document: dict[str, JSONValue] = {
        "name": wishes.name,
        "kind": (Kind.CLASSIFIER if classes else Kind.REGRESSOR).value,
        "owner": wishes.owner,
        "description": wishes.description or f"Predicts {target} from {len(names)} features.",
        "target": {"name": target, **_classes(classes)},
        "features": list(features),
        "example": _example(frame, features),
    }
    spec = endpoint_of(JSONDocument(document, str(path)))
    probe = _Probe.of(model, spec, sample_of(frame.head(_PROBED), spec), typed_fills(wishes.fills, spec))
    said = {**wishes.categories}
    for feature in features:
        name = str(feature["name"])
        imputed = any(type(step).__name__.endswith("Imputer") for step in steps.get(name, (0, ()))[1])
        missing = any(map(is_missing, frame[name].tolist()))
        takes = probe.takes(name, None)
        feature["nullable"] = name in wishes.fills or (takes and (missing or imputed))
        if feature["type"] == "category" and name not in said and not probe.takes(name, _STRANGE):
            # The encoder was fitted to refuse what it does not know, and so does the endpoint.
            feature["categories"] = list(_known(frame, name, steps.get(name)))
    document["example"] = _example(frame, features)
    return document


def columns_of(model: Model, frame: Frame, target: str | None) -> tuple[list[str], str]:
    """The columns that are the model's features, in its order, and the name of what it predicts.

    Raises InvalidArtifact where the data lacks columns, or where only a person knows which one is the answer.
    """
    columns = [str(column) for column in frame.columns]
    trained = _trained_names(model)
    if target is not None and target in (trained or ()):
        raise InvalidArtifact(
            f"{target!r} is a feature that the model was fitted on, and no target; name another"
        )
    if target is None and LABEL in columns and LABEL not in (trained or ()):
        target = LABEL
    if trained is not None:
        absent = [name for name in trained if name not in columns]
        if absent:
            raise InvalidArtifact(
                f"the model was fitted on columns that the data lacks: {', '.join(absent)}; give the data that it was "
                f"fitted on (the columns are {', '.join(columns)})"
            )
        rest = [column for column in columns if column not in trained]
        return trained, _answer_column(model, frame, rest) if target is None else target
    counted = 1 if takes_one_text(model) else int(getattr(model, "n_features_in_", 0))
    width = counted or len(columns) - (target in columns)
    names = [column for column in columns if column != target]
    if target is None and width == len(columns) - 1:
        target = _answer_column(model, frame, columns)
        names.remove(target)
    if len(names) != width:
        raise InvalidArtifact(
            f"the model takes {width} features and was fitted without names, and the data has {len(names)} columns "
            f"for them: {', '.join(names)}; give the data that it was fitted on, and say which column is the answer "
            "(--target)"
        )
    return names, target or _PREDICTION


def _trained_names(model: Model) -> list[str] | None:
    if is_catboost(model):
        names = [str(name) for name in model.feature_names_]
        return None if names == [str(number) for number in range(len(names))] else names
    given = getattr(model, "feature_names_in_", None)
    return None if given is None else [str(name) for name in given]


def _answer_column(model: Model, frame: Frame, columns: Sequence[str]) -> str:
    """The one column that can hold what the model predicts; a name of its own where there is none."""
    classes = {class_name(value) for value in own_classes(model).tolist()}
    possible = [name for name in columns if _can_be_answer(frame[name].tolist(), classes)]
    if len(possible) > 1:
        raise InvalidArtifact(
            f"the data has several columns that the model may predict: {', '.join(possible)}; say which (--target)"
        )
    return possible[0] if possible else _PREDICTION


def _can_be_answer(values: Sequence[object], classes: set[str]) -> bool:
    known = [value for value in values if not is_missing(value)]
    if classes:
        return bool(known) and {class_name(value) for value in known} <= classes
    return bool(known) and all(type(value) in (int, float) for value in known)


def _classes(classes: Sequence[object]) -> dict[str, JSONValue]:
    """A classifier's classes as endpoint.json lists them: numbers where all are, else texts."""
    if not classes:
        return {}
    numbers = all(type(value) in (int, float) for value in classes)
    listed: list[JSONValue] = [
        (int(value) if float(value).is_integer() else value) if numbers else class_name(value)  # type: ignore[arg-type, call-overload, misc]
        for value in classes
    ]
    return {"classes": listed} | ({"positive_class": listed[1]} if len(listed) == _TWO else {})


def _taken_apart(model: Model, names: Sequence[str]) -> set[str]:
    """The features that the model takes as texts of words."""
    if is_catboost(model):
        return {names[place] for place in model.get_text_feature_indices()}
    return columns_taken_apart(model, names)


def _encoded(model: Model, names: Sequence[str], steps: Mapping[str, Steps]) -> set[str]:
    """The features that the model takes as categories, whatever the data holds for them."""
    if is_catboost(model):
        return {names[place] for place in model.get_cat_feature_indices()}
    return {name for name, (_, parts) in steps.items() if any(hasattr(part, "categories_") for part in parts)}


def _feature(frame: Frame, name: str, *, coded: bool, apart: bool) -> dict[str, JSONValue]:
    values = [value for value in frame[name].tolist() if not is_missing(value)]
    if apart:
        length = length_for([class_name(value) for value in values])
        return {"name": name, "type": "text", "length": length, "description": ""}
    kind = "category"
    if values and all(isinstance(value, bool) for value in values):
        kind = "boolean"
    elif not coded and all(type(value) in (int, float) for value in values):
        whole = bool(values) and all(type(value) is int for value in values)
        kind = "integer" if whole else "number"
    return {"name": name, "type": kind, "description": ""}


def _example(frame: Frame, features: Sequence[Mapping[str, JSONValue]]) -> dict[str, JSONValue]:
    """The first row without a missing value, or the first row at all, as a caller would send it."""
    names = [str(feature["name"]) for feature in features]
    complete = frame[names].dropna()
    chosen = (complete if len(complete) else frame[names]).head(1).astype(object)
    row = chosen.to_dict(orient="records")[0] if len(chosen) else dict.fromkeys(names)
    return {str(one["name"]): _sent(row[str(one["name"])], str(one["type"])) for one in features}


def _sent(value: Any, kind: str) -> JSONValue:  # noqa: ANN401 (a cell of a data frame)
    if is_missing(value):
        return None
    plain = value.item() if hasattr(value, "item") else value
    return class_name(plain) if kind in ("category", "text") else plain


def _known(frame: Frame, name: str, steps: Steps | None) -> list[str]:
    """The categories of the encoder that a feature goes through, or those of the data."""
    position, parts = steps or (0, ())
    for part in parts:
        listed = getattr(part, "categories_", ())
        if position < len(listed):
            return [class_name(value) for value in listed[position].tolist() if not is_missing(value)]
    return sorted({class_name(value) for value in frame[name].tolist() if not is_missing(value)})


@dataclass(frozen=True, slots=True)
class _Probe:
    """Asks the fitted model about one row of its data, with one value changed; None where it refuses every row."""

    spec: EndpointSpec
    usual: Row | None
    ask: Callable[[Sequence[Row]], object]

    @classmethod
    def of(cls, model: Model, spec: EndpointSpec, sample: Sample, fills: Fills) -> _Probe:
        translation = translation_for(FittedModel(model, spec, fills), sample)
        probe = cls(spec, None, partial(trained_numbers, model, spec, fills=translation))
        rows = sorted(sample.rows, key=lambda row: None in row)[:_TRIED]
        return replace(probe, usual=next((row for row in rows if probe.answers(row)), None))

    def answers(self, row: Row) -> bool:
        try:
            # Beside a usual row, or a column of texts would become one of numbers where its one value is missing.
            self.ask([row if self.usual is None else self.usual, row])
        except InvalidArtifact:  # Whether it refuses is what is asked.
            return False
        return True

    def takes(self, name: str, value: str | None) -> bool:
        """Whether the model answers a row with this value; True where it answers none, which the gate will tell."""
        if self.usual is None:
            return True
        place = self.spec.features.names.index(name)
        return self.answers((*self.usual[:place], value, *self.usual[place + 1 :]))
