"""The features of an endpoint under names that GraphQL allows, and the way from there to a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeAlias

from domain.errors import Failure, InvalidFeatures, InvalidManifest
from domain.words import JSONValue
from graph.catalog.naming import field_name, type_name, value_name
from registry.endpoints import EndpointSpec
from registry.features import LARGEST_INTEGER, Feature, FeatureSchema, FeatureType

LARGEST_INT = 2**31 - 1
SMALLEST_INT = -(2**31)
SWITCH = "or switch typed predictions off (ARBITER_TYPED_PREDICTIONS=false)"

Convert: TypeAlias = Callable[[Any], JSONValue]


@dataclass(frozen=True, slots=True)
class TypedFeature:
    """A feature and its GraphQL names: of the input field, of its enum, and of the enum's value by category.

    `enum` is None and `values` empty unless the feature lists its categories.
    """

    feature: Feature
    name: str
    enum: str | None
    values: Mapping[str, str]

    @property
    def is_whole(self) -> bool:
        """Whether its values fit GraphQL's Int, which has 32 bits."""
        low, high = self.feature.bounds
        return self.feature.type is FeatureType.INTEGER and low >= SMALLEST_INT and high <= LARGEST_INT

    def value_of(self, value: JSONValue) -> JSONValue:
        """A valid value of the feature as a client sends it to the input field."""
        if value is None:
            return None
        if isinstance(value, str):
            return self.values.get(value, value)
        return bool(value) if self.feature.type is FeatureType.BOOLEAN else value

    def converter(self) -> Convert | None:
        """What makes the feature's value of a coerced one that is not null; None where they are the same."""
        if self.enum is not None:
            return attrgetter("_value_")
        if self.feature.type is FeatureType.NUMBER or (
            self.feature.type is FeatureType.INTEGER and not self.is_whole
        ):
            return _as_sent
        return None


def _as_sent(number: float) -> JSONValue:
    """Whole numbers as JSON has them: GraphQL's Float has made 155.0 of 155."""
    return int(number) if number.is_integer() and abs(number) <= LARGEST_INTEGER else number


@dataclass(frozen=True, slots=True)
class TypedEndpoint:
    """An endpoint and its GraphQL names; `part` is the one that all its types begin with or contain."""

    spec: EndpointSpec
    part: str
    features: tuple[TypedFeature, ...]
    _plan: tuple[tuple[str, str, Convert | None], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_plan", tuple((one.name, one.feature.name, one.converter()) for one in self.features)
        )

    @property
    def mutation(self) -> str:
        """The name of the mutation."""
        return f"predict{self.part}"

    @property
    def input_type(self) -> str:
        """The name of the mutation's input."""
        return f"Predict{self.part}Input"

    @property
    def features_type(self) -> str:
        """The name of the input that holds the features."""
        return f"{self.part}Features"

    def row(self, values: Mapping[str, object]) -> dict[str, JSONValue]:
        """The row under its own names and in the declared order, of coerced values by input field.

        A field that was left out is left out.
        """
        row: dict[str, JSONValue] = {}
        for key, name, convert in self._plan:
            if key in values:
                value: Any = values[key]
                row[name] = value if convert is None or value is None else convert(value)
        return row

    def variables(self, row: Mapping[str, JSONValue]) -> dict[str, JSONValue]:
        """A valid row as a client sends it in `features` of the typed mutation."""
        return {
            one.name: one.value_of(row[one.feature.name]) for one in self.features if one.feature.name in row
        }

    def told(self, failure: Failure, row: Mapping[str, JSONValue]) -> Failure:
        """`failure` of `row` in the words of the typed mutation: its input fields instead of the features."""
        if failure.code != InvalidFeatures.code:
            return failure
        found = [(one.name, text) for one in self.features if (text := _problem(one, row))]
        if not found:
            return failure
        return InvalidFeatures([text for _, text in found], names=[name for name, _ in found]).as_failure()


def _problem(one: TypedFeature, row: Mapping[str, JSONValue]) -> str | None:
    """What is wrong with this one feature of the row, by the name of its input field."""
    name = one.feature.name
    try:
        FeatureSchema((one.feature,)).validate({name: row[name]} if name in row else {})
    except InvalidFeatures as error:
        # Each message begins with the name of the feature that it is about.
        return one.name + error.message.removeprefix(name)
    return None


def typed_endpoints(
    specs: Mapping[str, EndpointSpec], taken: Mapping[str, str] = MappingProxyType({})
) -> dict[str, TypedEndpoint]:
    """The endpoints with their GraphQL names, by their own name and in its order.

    taken: the names of types and mutations that exist already, and what each is.
    Raises InvalidManifest when two things would have one name; it names both and the cure.
    """
    endpoints = {name: _typed(specs[name]) for name in sorted(specs)}
    owners = dict(taken)
    for endpoint in endpoints.values():
        for name, owner in _names_of(endpoint):
            if name in owners:
                raise InvalidManifest(
                    f"{owner} and {owners[name]} would both be called {name} in GraphQL: rename one, {SWITCH}",
                    path=(endpoint.spec.name,),
                )
            owners[name] = owner
    return endpoints


def _typed(spec: EndpointSpec) -> TypedEndpoint:
    part = type_name(spec.name)
    place = f"endpoint {spec.name!r}"
    names = _distinct(field_name, spec.features.names, f"{place}: features")
    return TypedEndpoint(
        spec, part, tuple(_typed_feature(place, part, one, names[one.name]) for one in spec.features.features)
    )


def _typed_feature(place: str, part: str, feature: Feature, name: str) -> TypedFeature:
    if feature.categories is None:
        return TypedFeature(feature, name, None, {})
    values = _distinct(value_name, feature.categories, f"{place}, feature {feature.name!r}: categories")
    return TypedFeature(feature, name, part + type_name(feature.name), values)


def _distinct(make: Callable[[str], str], texts: Iterable[str], place: str) -> dict[str, str]:
    """The name that `make` gives to each text. Raises InvalidManifest when two get the same one."""
    first: dict[str, str] = {}
    for text in texts:
        name = make(text)
        if name in first:
            raise InvalidManifest(
                f"{place} {first[name]!r} and {text!r} would both be called {name} in GraphQL: "
                f"rename one, {SWITCH}",
                path=(text,),
            )
        first[name] = text
    return {text: name for name, text in first.items()}


def _names_of(endpoint: TypedEndpoint) -> Iterator[tuple[str, str]]:
    """The name of everything that is generated for the endpoint, and what it is."""
    owner = f"endpoint {endpoint.spec.name!r}"
    yield endpoint.mutation, f"the mutation of {owner}"
    yield endpoint.input_type, f"the input of {owner}"
    yield endpoint.features_type, f"the features of {owner}"
    for one in endpoint.features:
        if one.enum is not None:
            yield one.enum, f"the categories of feature {one.feature.name!r} of {owner}"
