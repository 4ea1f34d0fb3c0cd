"""Endpoints: the use cases, as declared in their endpoint.json."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast

import strawberry
from strawberry import Parent

from domain.callers import Scope
from domain.catalog.entries import Endpoint as EndpointRow
from domain.errors import InvalidInput
from domain.history.retention import Retention
from graph.catalog.endpoint_revisions import EndpointRevision
from graph.catalog.retention import EndpointRetention
from graph.history.drift import drift_field
from graph.history.quality import quality_field
from graph.history.requests import requests_field
from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import FeatureType, Kind
from graph.vocabulary.field_cost import FieldCost, sized
from graph.vocabulary.fields import resolved
from graph.vocabulary.ids import ENDPOINT, Node, number
from graph.vocabulary.links import ABTestType, AlgorithmType, EndpointType
from graph.vocabulary.named import catalog_field
from graph.vocabulary.pagination import Connection, Paging, connect_all, paged
from graph.vocabulary.permissions import WithParent
from graph.vocabulary.scalars import JSON
from orm.queries.history.request_pages import Owner
from registry import features
from registry.endpoints import EndpointSpec
from serving.catalog.catalog import Snapshot

if TYPE_CHECKING:
    from graph.catalog.typed_features import TypedEndpoint, TypedFeature


@graphql_type
class CategoryValue:
    """One of the texts that a category may be."""

    name: str | None = strawberry.field(
        description="Its name in the enum of the endpoint's own mutation, as variables hold it; null where there is "
        "none, and the text is sent to `predict`."
    )
    text: str = strawberry.field(description="The text, as `predict` takes it and as the history shows it.")


@graphql_type
class Feature:
    """One named input of an endpoint, as a person declared it from the data's codebook."""

    endpoint_id: strawberry.Private[int]
    name: str = strawberry.field(description="The key of this feature in `features` of `predict`.")
    input_name: str | None = strawberry.field(
        description="Its field in the endpoint's own mutation, `Endpoint.predictField`; null where there is none."
    )
    type: FeatureType = strawberry.field(description="What kind of value it takes.")
    description: str = strawberry.field(description="What it means.")
    categories: list[str] | None = strawberry.field(
        description="The texts it may be, compared exactly; null where any text is allowed and for other types."
    )
    category_values: list[CategoryValue] | None = strawberry.field(
        description="The same texts in the same order, each with its enum value; null where `categories` is.",
        metadata=sized(10),
    )
    minimum: float | None = strawberry.field(
        description="The lowest value allowed, included; null for no bound."
    )
    maximum: float | None = strawberry.field(
        description="The highest value allowed, included; null for no bound."
    )
    unit: str | None = strawberry.field(description="The unit of a number.")
    length: int | None = strawberry.field(
        description="How many characters a text may have, and a category that lists no `categories`; null for others."
    )
    required: bool = strawberry.field(description="Whether its key must be sent.")
    nullable: bool = strawberry.field(description="Whether null may be sent; it is filled in as in training.")
    indexed: bool = strawberry.field(description="Whether requests can be searched by it.")
    private: bool = strawberry.field(
        description="Whether its values are hidden from callers without the scope `READ_PRIVATE`."
    )

    @classmethod
    def of(cls, feature: features.Feature, typed: TypedFeature | None, endpoint_id: int) -> Feature:
        """The GraphQL form of a declared feature, with its names in GraphQL where it has any."""
        return cls(
            endpoint_id=endpoint_id,
            name=feature.name,
            input_name=typed.name if typed else None,
            type=feature.type,
            description=feature.description,
            categories=None if feature.categories is None else list(feature.categories),
            category_values=None
            if feature.categories is None
            else [
                CategoryValue(name=typed.values[text] if typed else None, text=text)
                for text in feature.categories
            ],
            minimum=feature.minimum,
            maximum=feature.maximum,
            unit=feature.unit,
            length=feature.longest_text if feature.type.is_worded and feature.categories is None else None,
            required=feature.required,
            nullable=feature.nullable,
            indexed=feature.indexed,
            private=feature.private,
        )

    @resolved(needs=Scope.READ)
    async def indexed_since(self, info: Info) -> datetime | None:
        """Since when requests can be searched and grouped by it, where older requests have it too but were logged
        before it was declared as indexed; null where none is left out, and for one that is not indexed.

        Told from the index once a process.
        """
        if not self.indexed:
            return None
        gaps = await info.context.services.indexed_features.gaps((self.name,))
        return next((gap.since for gap in gaps if gap.endpoint_id == self.endpoint_id), None)


class HasTyped(Protocol):
    """What this room asks of the schema that executes: the endpoints' own mutations, by endpoint."""

    @property
    def typed(self) -> Mapping[str, TypedEndpoint]:
        """By the endpoint's name."""


def _typed(info: Info, endpoint: str) -> TypedEndpoint | None:
    return cast(HasTyped, info.schema).typed.get(endpoint)


def _declared(read: Callable[[EndpointSpec], object], description: str) -> Any:  # noqa: ANN401  of any type
    """A field with what `read` finds in the endpoint's declaration; null when that is no longer installed."""

    def find(snapshot: Snapshot, row: EndpointRow) -> object:
        spec = snapshot.specs.get(row.name)
        return None if spec is None else read(spec)

    return catalog_field(find, description)


@graphql_type
class Endpoint(Node):
    """A use case: what its data means, which features it has, what is predicted.

    The declaration is absent when its endpoint.json has gone.
    """

    name: str = strawberry.field(description="Its unique name, as predictions ask for it.")
    owner: str = strawberry.field(description="Who answers for it.")
    description: str = strawberry.field(description="What it is for.")
    created_at: datetime = strawberry.field(description="When the server first saw it.")
    kind: Kind | None = _declared(
        lambda spec: spec.kind,
        "What its algorithms answer; null when its declaration is no longer installed.",
    )
    target: str | None = _declared(
        lambda spec: spec.target, "What is predicted: the name of the ground truth."
    )
    target_description: str | None = _declared(
        lambda spec: spec.target_description, "What the ground truth means."
    )
    classes: list[str] | None = _declared(
        lambda spec: spec.classes or None, "The labels a classifier may answer."
    )
    positive_class: str | None = _declared(
        lambda spec: spec.positive_class,
        "The label whose probability `Request.probability` is; null with more than two classes.",
    )
    unit: str | None = _declared(lambda spec: spec.unit, "The unit of a regressor's value.")
    largest_error: float | None = _declared(
        lambda spec: spec.largest_error,
        "The size from which on one error of a regressor counts for no more in an A/B test.",
    )
    example: JSON | None = _declared(
        lambda spec: dict(spec.example), "Features that can be sent to `predict` as they stand."
    )

    @resolved(needs=WithParent(), cost=FieldCost(size=50))
    def features(self, row: Parent[EndpointRow], info: Info) -> list[Feature]:
        """The features that a prediction needs, in their declared order.

        None without a declaration.
        """
        typed, spec = _typed(info, row.name), info.context.snapshot.specs.get(row.name)
        names = {one.feature.name: one for one in typed.features} if typed else {}
        declared = spec.features.features if spec else ()
        return [Feature.of(feature, names.get(feature.name), row.id) for feature in declared]

    @resolved(needs=WithParent())
    def predict_field(self, row: Parent[EndpointRow], info: Info) -> str | None:
        """The mutation that is this endpoint's own, such as `predictIncomeClassifier`; null when none is made, and
        `predict` serves.
        """
        typed = _typed(info, row.name)
        return typed.mutation if typed else None

    @resolved(needs=WithParent())
    def feature_schema(self, row: Parent[EndpointRow], info: Info) -> JSON | None:
        """The same as a JSON Schema (2020-12) of `features` of `predict`, for forms and validators."""
        spec = info.context.snapshot.specs.get(row.name)
        return cast(JSON, spec.json_schema()) if spec else None

    @paged(needs=Scope.READ)
    def algorithms(self, row: Parent[EndpointRow], info: Info, paging: Paging) -> Connection[AlgorithmType]:
        """The algorithms of this endpoint, oldest first."""
        return connect_all(info, "algorithms", info.context.snapshot.algorithms_of(row.id), paging)

    @resolved(needs=Scope.READ, cost=FieldCost(size=20))
    async def revisions(self, row: Parent[EndpointRow], info: Info) -> list[EndpointRevision]:
        """The declarations that it had, newest first; the last twenty.

        For all endpoints of an answer together.
        """
        return cast("list[EndpointRevision]", await info.context.loaders.revisions.load(row.id) or [])

    @resolved(needs=Scope.READ)
    async def retention(self, row: Parent[EndpointRow], info: Info) -> EndpointRetention:
        """How long its requests are kept, and what of them is gone.

        For all endpoints of an answer together.
        """
        found = await info.context.loaders.retention.load(row.id)
        return cast("EndpointRetention", found or Retention(row.id))

    requests = requests_field(Owner.ENDPOINT, "The predictions that were asked of this endpoint.")
    quality = quality_field(
        Owner.ENDPOINT,
        "How good the answers of this endpoint were, by day, week or month, told from daily summaries.",
    )
    drift = drift_field(
        Owner.ENDPOINT,
        "How far what is asked of this endpoint, and its answers, have moved; null when its declaration is no longer "
        "installed.",
    )

    @paged(needs=Scope.READ)
    async def ab_tests(self, row: Parent[EndpointRow], info: Info, paging: Paging) -> Connection[ABTestType]:
        """The A/B tests of this endpoint, newest first.

        For all endpoints of an answer together.
        """
        newest_first = await info.context.loaders.ab_tests_of_endpoint.load(row.id) or []
        return connect_all(info, "abTests", newest_first[::-1], paging, newest_first=True)

    @resolved(name="runningABTest", needs=Scope.READ)
    def running_ab_test(self, row: Parent[EndpointRow], info: Info) -> ABTestType | None:
        """The A/B test that runs now, if one does; there is at most one."""
        return info.context.snapshot.running_tests.get(row.id)


@strawberry.type
class Queries:
    """Root queries for endpoints."""

    @paged(needs=Scope.READ)
    def endpoints(
        self,
        info: Info,
        paging: Paging,
    ) -> Connection[EndpointType]:
        """All endpoints, oldest first."""
        rows = sorted(info.context.snapshot.endpoints.values(), key=lambda row: row.id)
        return connect_all(info, "endpoints", rows, paging)

    @resolved(needs=Scope.READ)
    async def endpoint(
        self,
        info: Info,
        *,
        name: Annotated[str | None, strawberry.argument(description="Its name. Send this or `id`.")] = None,
        id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Its id, global or in digits. Send this or `name`."),
        ] = None,
    ) -> EndpointType | None:
        """One endpoint by its name or its id; null when there is none."""
        if (name is None) == (id is None):
            raise InvalidInput("send either name or id", path=("name",))
        endpoints = info.context.snapshot.endpoints
        if id is not None:
            return endpoints.get(number(ENDPOINT, id, path=("id",)))
        return next((row for row in endpoints.values() if row.name == name), None)
