"""Why a fitted model refuses rows that its endpoint allows: which value of which feature, and what helps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.errors import InvalidArtifact
from registry.features import Feature, FeatureType, FeatureValue, Row
from registry.publishing.export import is_catboost
from registry.publishing.rows import Ask
from registry.publishing.translation import FittedModel

_TRIED = 50
_CATEGORIES = 200


def explained(error: InvalidArtifact, fitted: FittedModel, data: Sequence[Row], ask: Ask) -> InvalidArtifact:
    """The refusal `error` of rows by the fitted model itself, with the values that it refuses one at a time."""
    usual = next((row for row in data[:_TRIED] if _refused(ask, row) is None), None)
    if usual is None:
        return error
    for place, feature in enumerate(fitted.spec.features.features):
        for value in _values(feature):
            reason = _refused(ask, (*usual[:place], value, *usual[place + 1 :]))
            if reason is not None:
                return InvalidArtifact(_message(fitted, feature, value, reason))
    return error


def _values(feature: Feature) -> Iterator[FeatureValue]:
    if feature.nullable:
        yield None
    if feature.type.is_worded:
        yield from (feature.categories or ("a text that training never saw",))[:_CATEGORIES]
    if feature.type is FeatureType.BOOLEAN:
        yield from (False, True)


def _refused(ask: Ask, row: Row) -> str | None:
    """The reason why the model refuses a row; None where it answers."""
    try:
        ask([row])
    except InvalidArtifact as error:
        return str(error.__cause__ or error.message)
    return None


def _message(fitted: FittedModel, feature: Feature, value: FeatureValue, reason: str) -> str:
    name, reason = feature.name, " ".join(reason.split())[:200]
    if feature.type is FeatureType.TEXT and value is not None:
        return (
            f"{fitted.spec.name} allows any text for {name!r}, and the model refuses {value!r} ({reason}): train one "
            "that takes texts apart (TfidfVectorizer, HashingVectorizer), or declare a category with its 'categories'"
        )
    if value is not None:
        return (
            f"{fitted.spec.name} allows {value!r} for {name!r}, which the model refuses ({reason}): train its encoder "
            "with handle_unknown='ignore' (OneHotEncoder) or 'use_encoded_value' (OrdinalEncoder)"
            + (f", or leave {value!r} out of its 'categories' in endpoint.json" if feature.categories else "")
        )
    if feature.type is FeatureType.TEXT:
        return (
            f"feature {name!r} may be missing, and the model refuses a missing text ({reason}): say that a missing "
            f"text is an empty one (fills={{{name!r}: ''}}, or --fill {name}=), or declare it \"nullable\": false in "
            "endpoint.json"
        )
    imputer = (
        ""
        if is_catboost(fitted.model)
        else "put an imputer (SimpleImputer) before the model and train again, "
    )
    return (
        f"feature {name!r} may be missing, and the model refuses a missing value ({reason}): {imputer}say what to put "
        f'in (fills={{{name!r}: …}}), or declare it "nullable": false in endpoint.json'
    )
