"""Which page a browser gets at the URL of operations: GraphiQL, a box that asks for a key, or why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Protocol

from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse, Response

from domain.callers import Principal, Scope
from graph.catalog.typed_features import TypedEndpoint
from graph.http.graphiql.examples import example_endpoints, example_tabs
from graph.http.graphiql.page import CLOSED, SIGN_IN, page_headers, render_notice, render_page
from graph.http.parameters import NAMES
from graph.http.refusal import Refusal
from graph.options import GraphOptions
from serving.services import Services

# What is shown to a key stays in the tab that asked with it.
FOR_ONE_CALLER = {"cache-control": "no-store"}


class ShownSchema(Protocol):
    """What a page asks of a schema: who may see it, and which endpoints have a mutation of their own."""

    typed: Mapping[str, TypedEndpoint]

    def is_shown_to(self, principal: Principal) -> bool:
        """Whether a caller may ask for the types."""


class Pages:
    """The pages of one edge."""

    def __init__(
        self, options: GraphOptions, schema_of: Callable[[Services], Awaitable[ShownSchema]]
    ) -> None:
        self.options = options
        self.schema_of = schema_of

    def wanted(self, parameters: QueryParams) -> bool:
        """Whether a browser that opens a URL with these parameters gets a page.

        Where only trusted documents run there is no GraphiQL to open a document in: its answer is shown as it is.
        """
        return self.options.graphiql or not any(name in parameters for name in NAMES)

    async def page(self, principal: Principal, services: Services, *, root: str = "") -> Response:
        """The page for a caller, below the prefix `root` under which a proxy shows the server.

        Raises Refusal for a key or token that may not see the schema.
        """
        path = root + self.options.path
        if not self.options.graphiql:
            closed = await asyncio.to_thread(render_notice, CLOSED, endpoint_path=path)
            return HTMLResponse(closed, HTTPStatus.FORBIDDEN, page_headers() | FOR_ONE_CALLER)
        schema = await self.schema_of(services)
        if schema.is_shown_to(principal):
            return await asyncio.to_thread(self._examples, services, schema.typed, path)
        if principal.anonymous:
            return HTMLResponse(
                await asyncio.to_thread(render_notice, SIGN_IN, endpoint_path=path), headers=page_headers()
            )
        raise Refusal(
            HTTPStatus.FORBIDDEN,
            f"this page needs a key or token with the scope `{Scope.READ}`, which {principal.name!r} lacks",
            code="FORBIDDEN",
        )

    def _examples(self, services: Services, typed: Mapping[str, TypedEndpoint], path: str) -> Response:
        """The page with examples of the endpoints that are served."""
        tabs = example_tabs(example_endpoints(services.catalog.snapshot, typed))
        signed_in = not self.options.development
        page = render_page(tabs=tabs, endpoint_path=path, signed_in=signed_in)
        return HTMLResponse(page, headers=page_headers() | (FOR_ONE_CALLER if signed_in else {}))
