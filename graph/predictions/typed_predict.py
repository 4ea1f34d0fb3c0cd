"""Mutations that are made from the endpoints at start-up, so that a wrong feature is a client's compile error.

This module alone builds types dynamically.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Awaitable, Iterable
from enum import Enum
from functools import partial
from typing import Annotated, Any, cast

import strawberry
from graphql import GraphQLField, GraphQLInputObjectType, get_nullable_type
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from domain.callers import Scope
from domain.words import JSONValue
from graph.catalog.typed_features import TypedEndpoint, TypedFeature
from graph.compiled.variables import Unread
from graph.operation.context import Context, Info
from graph.predictions import predict
from graph.predictions.predict import PredictInput, PredictPayload
from graph.predictions.typed_rows import row_reader
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.field_cost import FieldCost
from graph.vocabulary.fields import Begin, mutation
from graph.vocabulary.private_parts import definition_of, enum_definition_of, read_input
from registry.features import FeatureType, range_words

PLAIN_TYPES = {
    FeatureType.NUMBER: float,
    FeatureType.INTEGER: float,
    FeatureType.CATEGORY: str,
    FeatureType.BOOLEAN: bool,
    FeatureType.TEXT: str,
}
FEATURES = "features"
LIKE_PREDICT = ("conditions", "subject", "idempotency_key", "external_id")


def with_typed_predictions(mutations: type, endpoints: Iterable[TypedEndpoint]) -> type:
    """The root type `mutations` with one more mutation for each endpoint; itself when there is none."""
    made = [_mutation(endpoint) for endpoint in endpoints]
    if not made:
        return mutations
    typed = create_type("TypedPredictions", made)
    return graphql_type(type(mutations.__name__, (mutations, typed), {"__doc__": mutations.__doc__}))


def _mutation(endpoint: TypedEndpoint) -> StrawberryField:
    spec = endpoint.spec
    description = (
        f"Ask `{spec.name}` for one prediction. {_sentence(spec.description)} "
        "The same as `predict`, with a typed field for each feature."
    )
    field = cast(
        "StrawberryField",
        mutation(
            description=description,
            needs=Scope.PREDICT,
            name=endpoint.mutation,
            cost=FieldCost(1),
            straight=partial(_straight, endpoint),
        )(_resolver(endpoint)),
    )
    field.python_name = endpoint.mutation
    return field


def _straight(endpoint: TypedEndpoint, field: GraphQLField) -> Begin:
    """What begins the mutation of an input as it came, of which nothing but the features is read."""
    input_type = cast("GraphQLInputObjectType", get_nullable_type(field.args["input"].type))
    features_type = cast("GraphQLInputObjectType", get_nullable_type(input_type.fields[FEATURES].type))
    read = row_reader(endpoint, features_type)
    name = endpoint.spec.name

    def begin(context: Context, sent: object) -> Awaitable[PredictPayload] | None:
        if not isinstance(sent, dict) or sent.keys() != {FEATURES}:
            return None
        try:
            row = read(sent[FEATURES])
        except Unread:
            return None
        return predict.begin_plainly(context, name, row, lambda failure: endpoint.told(failure, row))

    return begin


def _resolver(endpoint: TypedEndpoint) -> Any:  # noqa: ANN401  its signature is in its annotations
    name = endpoint.spec.name

    async def resolve(info: Info, input: Any) -> PredictPayload:  # noqa: ANN401  the type made below
        row: dict[str, JSONValue] = input.features

        return await predict.predict_one(
            info.context, name, row, input, lambda failure: endpoint.told(failure, row)
        )

    resolve.__annotations__ = {
        "info": Info,
        "input": Annotated[
            _input_type(endpoint), strawberry.argument(description="Of what, and by which algorithm.")
        ],
        "return": PredictPayload,
    }
    return resolve


def _input_type(endpoint: TypedEndpoint) -> type:
    """The argument of the mutation: the features, and what `predict` takes beside them."""
    known = {field.python_name: field for field in definition_of(PredictInput).fields}
    fields = [
        _field(FEATURES, FEATURES, "The features, each by its own field.", _features_type(endpoint)),
        *(copy.copy(known[name]) for name in LIKE_PREDICT),
    ]
    return _input(endpoint.input_type, fields, f"One prediction to make by `{endpoint.spec.name}`.")


def _features_type(endpoint: TypedEndpoint) -> type:
    fields = [
        _field(f"feature{number}", one.name, _meaning(one), _type_of(endpoint, one))
        for number, one in enumerate(endpoint.features)
    ]
    made = _input(
        endpoint.features_type,
        fields,
        f"What `{endpoint.spec.name}` is told. {_sentence(endpoint.spec.description)}",
    )
    read_input(made, endpoint.row)
    return made


def _type_of(endpoint: TypedEndpoint, one: TypedFeature) -> Any:  # noqa: ANN401  a type or a union
    type_: Any = PLAIN_TYPES[one.feature.type]
    if one.enum is not None:
        type_ = _enum(endpoint, one, one.enum)
    elif one.is_whole:
        type_ = int
    return type_ | None if one.feature.nullable else type_


def _enum(endpoint: TypedEndpoint, one: TypedFeature, name: str) -> type[Enum]:
    """An enum whose values are the categories; its members in Python have names that nobody sees."""
    made = cast(
        "type[Enum]",
        cast("Any", Enum)(name, [(f"C{number}", category) for number, category in enumerate(one.values)]),
    )
    strawberry.enum(
        made,
        name=name,
        description=f"What `{one.feature.name}` of `{endpoint.spec.name}` may be. "
        f"{_sentence(one.feature.description)}".strip(),
    )
    for value in enum_definition_of(made).values:
        value.description = f"The text {json.dumps(value.value, ensure_ascii=False)}."
        value.name = one.values[value.value]
    return made


def _field(python_name: str, name: str, description: str, type_: Any) -> StrawberryField:  # noqa: ANN401  a type
    field: StrawberryField = strawberry.field(name=name, description=description, graphql_type=type_)
    field.python_name = python_name
    return field


def _input(name: str, fields: list[StrawberryField], description: str) -> type:
    made = create_type(name, fields, is_input=True, description=description)
    definition_of(made).name = name
    return made


def _meaning(one: TypedFeature) -> str:
    """What a feature means, which values it takes, and under which name it is logged."""
    feature = one.feature
    unknown = "Must be sent; null" if feature.required else "Left out"
    missing = f"{unknown} when it is not known." if feature.nullable else ""
    logged = f"Logged as `{feature.name}`." if feature.name != one.name else ""
    return (
        " ".join(filter(None, (_sentence(feature.description), _range(one), missing, logged))) or "A feature."
    )


def _range(one: TypedFeature) -> str:
    feature = one.feature
    if feature.type.is_worded:
        return "" if one.enum else f"Any text of at most {feature.longest_text} characters."
    if feature.type is FeatureType.BOOLEAN:
        return ""
    noun = "A whole number" if feature.type is FeatureType.INTEGER else "A number"
    return f"{noun}{range_words(feature)}" + (f", in {feature.unit}." if feature.unit else ".")


def _sentence(text: str) -> str:
    """`text` with a full stop where it has no end."""
    text = text.strip()
    return text if not text or text.endswith((".", "?", "!", ")")) else f"{text}."
