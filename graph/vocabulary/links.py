"""The types that fields lead to, by name alone: an endpoint leads to its algorithms, and an algorithm to its endpoint.

Strawberry looks the types up when the schema is made, so no module needs another one to name its type. This is the
only file of the package in which lazy names stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

if TYPE_CHECKING:
    from graph.ab_tests.ab_test import ABTest
    from graph.catalog.algorithms import Algorithm
    from graph.catalog.endpoints import Endpoint
    from graph.catalog.statuses import AlgorithmStatus
    from graph.history.requests import RequestConnection
    from graph.schema import Query

ABTestType: TypeAlias = Annotated["ABTest", strawberry.lazy("graph.ab_tests.ab_test")]
AlgorithmType: TypeAlias = Annotated["Algorithm", strawberry.lazy("graph.catalog.algorithms")]
EndpointType: TypeAlias = Annotated["Endpoint", strawberry.lazy("graph.catalog.endpoints")]
QueryType: TypeAlias = Annotated["Query", strawberry.lazy("graph.schema")]
RequestsType: TypeAlias = Annotated["RequestConnection", strawberry.lazy("graph.history.requests")]
StatusType: TypeAlias = Annotated["AlgorithmStatus", strawberry.lazy("graph.catalog.statuses")]
