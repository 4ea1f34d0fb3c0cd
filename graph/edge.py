"""The GraphQL edge of one application: its routes, and the schema of what is served."""

from __future__ import annotations

import asyncio

from starlette.routing import BaseRoute, Route

from graph.graphiql.assets import graphiql_asset
from graph.options import GraphOptions
from graph.schema import Schema
from graph.view import GraphQLView
from serving.services import Services


class GraphQLEdge:
    """Routes that take operations, over a schema that is made once it is known what is served.

    The application's state must hold `services`, each request's `principal`.
    """

    def __init__(self, options: GraphOptions | None = None) -> None:
        self.options = options or GraphOptions()
        self._schema: Schema | None = None
        self._making = asyncio.Lock()

    def routes(self) -> list[BaseRoute]:
        """Operations and the page at the edge's path, the page's assets below it."""
        path = self.options.path
        routes: list[BaseRoute] = [Route(path, GraphQLView(self.options, self.schema))]
        if self.options.development:
            routes.append(Route(f"{path}/assets/{{name}}", graphiql_asset))
        return routes

    async def schema(self, services: Services) -> Schema:
        """The schema of what `services` serve, made at the first call; the application asks before it listens."""
        if self._schema is None:
            async with self._making:
                if self._schema is None:
                    self._schema = await asyncio.to_thread(self._make, services)
        return self._schema

    def _make(self, services: Services) -> Schema:
        return Schema(self.options.limits, public=not self.options.development)
