"""A first endpoint.json from a data frame, for a person to finish from the data's codebook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson

from domain.errors import InvalidManifest
from domain.words import JSONValue, Kind
from registry.endpoints import ENDPOINT_FILE, ENDPOINT_NAME, class_name
from registry.features import LABEL, LONGEST_LENGTH
from registry.publishing.parity import Frame, frame_at
from registry.publishing.preparation import is_missing

_TWO = 2
_MOST_CLASSES = 20
_MOST_CATEGORIES = 200
_LONG = 100
"""Characters of a value that is no category: nobody picks it from a list."""
_WORDS = 3
"""Words that values have on average, from which on they are texts where most of them differ."""
_DISTINCT = 0.5
_LENGTHS = (1_000, 2_000, 5_000, LONGEST_LENGTH)
_TO_WRITE = "TO BE WRITTEN"


def new_endpoint(data: Path, *, name: str, target: str, artifacts: Path, owner: str = _TO_WRITE) -> Path:
    """Start `artifacts`/<name>/endpoint.json from the CSV file `data` and return its path, for a person to finish.

    Raises InvalidManifest when it exists or the names do not fit, InvalidArtifact when the data cannot be read.
    """
    draft = draft_endpoint(frame_at(data), name, target, owner=owner)
    path = artifacts / name / ENDPOINT_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(orjson.dumps(draft, option=orjson.OPT_INDENT_2) + b"\n")
    except FileExistsError:
        raise InvalidManifest(f"{path} exists; edit it, or choose another name") from None
    return path


def draft_endpoint(frame: Frame, name: str, target: str, *, owner: str = _TO_WRITE) -> dict[str, JSONValue]:
    """What endpoint.json may begin as: types and categories guessed from `frame`, the rest left to a person.

    Ranges are null: they come from the codebook, never from the smallest and largest value that happened to occur.
    Categories are those that occur; add the ones that the codebook knows besides. Descriptions say so. Long texts, and
    texts of several words that mostly differ, are of type `text`.
    Raises InvalidManifest for a name that no endpoint can have, or a target that is no column.
    """
    names = [str(column) for column in frame.columns if column != target]
    for wrong, cure in (
        (
            not ENDPOINT_NAME.fullmatch(name),
            f"endpoint name {name!r} must begin with a letter and hold letters, digits, '_' and '-' only",
        ),
        (
            target not in frame.columns,
            f"the data has no column {target!r} for the target; its columns are "
            f"{', '.join(map(str, frame.columns))}",
        ),
        (
            LABEL in names,
            "the data has a column 'label', which is reserved; rename it, or name it as the target",
        ),
    ):
        if wrong:
            raise InvalidManifest(cure)
    kind, target_draft = _target(target, _values(frame, target))
    return {
        "name": name,
        "kind": kind.value,
        "owner": owner,
        "description": f"{_TO_WRITE}: which question does this endpoint answer?",
        "target": target_draft,
        "features": [_feature(column, _values(frame, column)) for column in names],
        "example": _example(frame, names),
    }


def _values(frame: Frame, column: str) -> list[JSONValue]:
    return [value for value in frame[column].tolist() if not is_missing(value)]


def _target(name: str, values: list[JSONValue]) -> tuple[Kind, dict[str, JSONValue]]:
    distinct = {class_name(value): value for value in values}
    numeric = all(type(value) in (int, float) for value in values)
    description = f"{_TO_WRITE}: what is it, measured how?"
    if numeric and len(distinct) > _MOST_CLASSES:
        return Kind.REGRESSOR, {"name": name, "description": description, "unit": None}
    # JSON has no truth values among classes: True is the class "true".
    flags = any(isinstance(value, bool) for value in distinct.values())
    classes: list[JSONValue] = [key if flags else distinct[key] for key in sorted(distinct)]
    draft: dict[str, JSONValue] = {"name": name, "description": description, "classes": classes}
    return Kind.CLASSIFIER, draft | {"positive_class": classes[-1] if len(classes) == _TWO else None}


def _feature(name: str, values: list[JSONValue]) -> JSONValue:
    common: dict[str, JSONValue] = {"name": name, "description": f"{_TO_WRITE}: from the codebook"}
    if values and all(isinstance(value, bool) or value in (0, 1) for value in values):
        return common | {"type": "boolean"}
    if values and all(type(value) in (int, float) for value in values):
        whole = all(float(value).is_integer() for value in values)  # type: ignore[arg-type]
        return common | {
            "type": "integer" if whole else "number",
            "minimum": None,
            "maximum": None,
            "unit": None,
        }
    texts = [class_name(value) for value in values]
    if _are_free(texts):
        return common | {"type": "text", "length": length_for(texts)}
    found = sorted(set(texts))
    return common | {
        "type": "category",
        "categories": list(found) if 0 < len(found) <= _MOST_CATEGORIES else None,
    }


def length_for(texts: Sequence[str]) -> int:
    """A round number of characters that a column's texts have at most."""
    longest = max(map(len, texts), default=0)
    return next((length for length in _LENGTHS if longest <= length), LONGEST_LENGTH)


def _are_free(texts: list[str]) -> bool:
    """Whether a column's texts are written freely, such as reviews, and not chosen, such as colours, or codes.

    One is long or has several lines, or most of them differ and have several words.
    """
    if any(len(text) > _LONG or "\n" in text for text in texts):
        return True
    differ = len(texts) > 1 and len(set(texts)) > _DISTINCT * len(texts)
    return differ and sum(len(text.split()) for text in texts) >= _WORDS * len(texts)


def _example(frame: Frame, names: list[str]) -> dict[str, JSONValue]:
    """The first row without a missing value, or the first row at all."""
    complete = frame[names].dropna()
    rows = (complete if len(complete) else frame[names]).head(1).to_dict(orient="records")
    return {name: _shown(value) for row in rows for name, value in row.items()}


def _shown(value: JSONValue) -> JSONValue:
    """A value of the data as an example; a text no longer than any endpoint takes."""
    if is_missing(value):
        return None
    return value[:LONGEST_LENGTH] if isinstance(value, str) else value
