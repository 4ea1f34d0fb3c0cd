"""A fitted model of scikit-learn as a skops file: served by the library itself, on columns as it was fitted on them."""

from __future__ import annotations

import io
import re
import zipfile
from itertools import count

import numpy as np

from domain.errors import InvalidArtifact
from registry.artifacts import Column, Format, Layout, Word
from registry.endpoints import class_name
from registry.features import Feature, FeatureType
from registry.publishing.export import (
    UNSEEN,
    Fills,
    Model,
    ModelExport,
    classes_of,
    input_names,
    is_catboost,
    short_text,
)
from registry.publishing.translation import FittedModel, Translation
from registry.runtimes.fitted_parts import parts_of
from registry.runtimes.skops import ONLY_LISTED
from registry.runtimes.texts import plain_vocabularies, takes_one_text
from registry.runtimes.trusted_types import TRUSTED_TYPES

_SCHEMA = "schema.json"
_ADDRESS = re.compile(r'(?<="__id__": )[0-9]+|(?<=")[0-9a-f-]+(?=\.(?:npy|npz|bin)")')
"""Addresses in memory, by which skops names objects and the files of their arrays."""
OWN_CLASS = (
    "a class of your own can ask the fitted model itself (docs/adding-an-algorithm.md, 'Anything special')"
)


def export_table(fitted: FittedModel, translation: Translation) -> ModelExport:
    """The fitted model as a skops file, and the columns by which a server writes rows in the words of `translation`.

    Raises InvalidArtifact for a model that holds what no server builds, with the part at fault.
    """
    model, spec = fitted.model, fitted.spec
    names = input_names(model, spec) or spec.features.names
    columns = tuple(_column(spec.features[name], translation, fitted.fills) for name in names)
    layout = Layout.TEXTS if takes_one_text(model) else Layout.TABLE
    return ModelExport(Format.SKOPS, layout, dumped(model), columns, classes_of(model, spec))


def dumped(model: Model) -> bytes:
    """The model in the bytes of a skops file that a server loads; raises InvalidArtifact, with the part at fault."""
    import skops.io

    if is_catboost(model):
        raise InvalidArtifact(
            f"{type(model).__name__} is served in CatBoost's own format (format='cbm'), not as skops"
        )
    try:
        with plain_vocabularies(model):
            content = _reproducible(bytes(skops.io.dumps(model)))
        untrusted = sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED_TYPES))
    except Exception as error:  # skops raises many classes for what it cannot write.
        raise InvalidArtifact(f"skops cannot hold the model: {short_text(error)}; {OWN_CLASS}") from error
    if untrusted:
        found = ", ".join(f"{name}{_place_of(name, model)}" for name in untrusted)
        raise InvalidArtifact(f"the model holds {found}, and {ONLY_LISTED}, or {OWN_CLASS}")
    return content


def _reproducible(content: bytes) -> bytes:
    """The same skops file without the hour and the addresses in memory, so that one model has one digest."""
    source = zipfile.ZipFile(io.BytesIO(content))
    schema, numbers = source.read(_SCHEMA).decode(), count()
    named = {text: str(next(numbers)) for text in dict.fromkeys(_ADDRESS.findall(schema))}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as target:
        for entry in source.infolist():
            address = entry.filename.partition(".")
            name = "".join((named.get(address[0], address[0]), *address[1:]))
            body = source.read(entry)
            if entry.filename == _SCHEMA:
                body = _ADDRESS.sub(lambda found: named[found[0]], schema).encode()
            target.writestr(zipfile.ZipInfo(name), body)
    return written.getvalue()


def _place_of(name: str, model: Model) -> str:
    """Where in a model an untrusted class or function stands, in brackets; empty where it is not found."""
    for place, part in parts_of(model):
        for named in (part, type(part)):
            if f"{getattr(named, '__module__', '')}.{getattr(named, '__name__', '')}" == name and place:
                return f" ({place})"
    return ""


def _column(feature: Feature, translation: Translation, fills: Fills) -> Column:
    name = feature.name
    words, other = _words(feature, translation)
    fill = fills.get(name)
    return Column(
        feature=name,
        input=name,
        type=feature.type,
        fill=bool(fill) if feature.type is FeatureType.BOOLEAN and fill in (0, 1) else fill,
        codes=translation.codes.get(name),
        words=words,
        other_word=other,
        none=translation.missing.get(name, np.nan) is None,
    )


def _words(feature: Feature, translation: Translation) -> tuple[dict[str, Word] | None, Word | None]:
    """What a feature's declared values are to the model, and what every other one is; None for what needs no word."""
    translated = translation.features.get(feature.name)
    if translated is None or feature.name in translation.codes:
        return None, None
    declared = feature.categories or ((False, True) if feature.type is FeatureType.BOOLEAN else ())
    values = dict.fromkeys([*declared, *translated.values])
    words = {class_name(value): _word(translated.of(value)) for value in values}
    return words, None if feature.type is FeatureType.BOOLEAN else _word(translated.other(UNSEEN))


def _word(value: object) -> Word:
    plain = np.asarray(value).item()
    return int(plain) if isinstance(plain, bool) else plain
