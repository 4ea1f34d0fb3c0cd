"""Which calls a changed endpoint.json would refuse that the one before it took, or answer in another shape."""

from __future__ import annotations

from collections.abc import Iterator

from registry.endpoints import EndpointSpec
from registry.features import Feature, FeatureType

_SHOWN = 5
_NUMBERS = (FeatureType.NUMBER, FeatureType.INTEGER)


def breaking_changes(old: EndpointSpec, new: EndpointSpec) -> list[str]:
    """What breaks callers of an endpoint when `new` takes the place of `old`, a sentence each; empty if nothing does.

    A row that the old declaration takes must be taken by the new one, and the answer keep its shape.
    """
    return [*_answer_changes(old, new), *_feature_changes(old, new)]


def _answer_changes(old: EndpointSpec, new: EndpointSpec) -> Iterator[str]:
    if old.kind is not new.kind:
        yield f"the endpoint was a {old.kind} and is a {new.kind}"
        return
    if set(old.classes or ()) != set(new.classes or ()):
        yield f"the classes were {_listed(old.classes)} and are {_listed(new.classes)}"
    if old.positive_class != new.positive_class:
        yield f"the probability was of class {old.positive_class!r} and is of {new.positive_class!r}"
    if old.unit != new.unit:
        yield f"the unit of answers was {old.unit or 'none'} and is {new.unit or 'none'}"


def _feature_changes(old: EndpointSpec, new: EndpointSpec) -> Iterator[str]:
    kept = {feature.name: feature for feature in new.features.features}
    for feature in old.features.features:
        if feature.name not in kept:
            yield f"feature {feature.name!r} is gone"
        else:
            for change in _changes(feature, kept[feature.name]):
                yield f"feature {feature.name!r} {change}"
    for name, feature in kept.items():
        if name not in old.features.names and feature.required:
            yield f'feature {name!r} is new and required; declare it "required": false to let old calls pass'


def _changes(old: Feature, new: Feature) -> Iterator[str]:
    if old.type is not new.type and (old.type, new.type) != (FeatureType.INTEGER, FeatureType.NUMBER):
        yield f"was of type {old.type} and is of type {new.type}"
        return
    if new.required and not old.required:
        yield "was optional and is required"
    if old.nullable and not new.nullable:
        yield "could be null and must be known"
    if new.type in _NUMBERS:
        (low, high), (lowest, highest) = old.bounds, new.bounds
        if lowest > low:
            yield f"began at {_end(old.minimum)} and begins at {_end(new.minimum)}"
        if highest < high:
            yield f"ended at {_end(old.maximum)} and ends at {_end(new.maximum)}"
    if new.type.is_worded:
        yield from _category_changes(old, new)
    if new.unit != old.unit and old.unit is not None:
        yield f"was in {old.unit} and is in {new.unit or 'no unit'}"


def _category_changes(old: Feature, new: Feature) -> Iterator[str]:
    if new.categories is None:
        if old.categories is None and new.longest_text < old.longest_text:
            yield f"took {old.longest_text} characters and takes {new.longest_text}"
        return
    if old.categories is None:
        yield f"took any text and takes only {_listed(new.categories)}"
        return
    gone = [category for category in old.categories if category not in new.categories]
    if gone:
        yield f"no longer takes {_listed(tuple(gone))}"


def _end(value: float | int | None) -> str:
    return "no bound" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _listed(texts: tuple[str, ...] | None) -> str:
    shown = ", ".join(repr(text) for text in (texts or ())[:_SHOWN])
    return f"{shown}, …" if len(texts or ()) > _SHOWN else shown or "none"
