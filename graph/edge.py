"""The GraphQL edge of one application: its routes, and the schema of what is served."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from weakref import ref

from starlette.routing import BaseRoute, Route, WebSocketRoute

from graph.http.console.built import built_console
from graph.http.console.routes import console_routes
from graph.http.graphiql.assets import graphiql_asset
from graph.http.pages import Pages
from graph.http.streams import Streams
from graph.http.view import GraphQLView
from graph.http.websocket import GraphQLSockets
from graph.operation.executable_schema import UsedLast
from graph.operation.trusted_documents import TrustedDocuments, read_manifests, refuse
from graph.options import GraphOptions
from graph.schema import NO_SPECS, Schema
from registry.endpoints import EndpointSpec
from serving.catalog.store import letting_others_run
from serving.services import Services

EARLIER_SCHEMAS = 3
"""Of so many schemas that were replaced, the last ones, the subscriptions go on."""

log = logging.getLogger("arbiter.graph")


class GraphQLEdge:
    """Routes that take operations, over a schema that is made once it is known what is served.

    The application's state must hold `services`, each request's `principal`. Whoever has the schema of what is
    served already, with the limits of these options, may give it.
    """

    def __init__(self, options: GraphOptions | None = None, schema: Schema | None = None) -> None:
        self.options = options or GraphOptions()
        self.streams = Streams(self.options.limits)
        self.view = GraphQLView(self.options, self.schema, self.streams, Pages(self.options, self.schema))
        self._sockets = GraphQLSockets(self.options, self.schema, self.streams)
        self._schema = schema
        self._next: Schema | None = None
        self._earlier: list[ref[Schema]] = []
        self._making = asyncio.Lock()
        self.schemas_made = 0

    def routes(self) -> list[BaseRoute]:
        """Operations and the page at the edge's path, the page's assets below it; and the console."""
        path = self.options.path
        return [
            Route(path, self.view),
            WebSocketRoute(path, self._sockets),
            Route(f"{path}/assets/{{name}}", graphiql_asset),
            *console_routes(),
        ]

    @property
    def documents_kept(self) -> int:
        """How many tokens the documents have together that were checked and are kept."""
        return self._schema.kept if self._schema else 0

    @property
    def documents_refused(self) -> Mapping[str, int]:
        """How many documents were refused so far, by the bound that they exceeded."""
        return self._schema.refused if self._schema else {}

    @property
    def operations_run(self) -> Mapping[str, int]:
        """How many operations ran so far: `compiled`, and the others by the reason why they did not."""
        return self._schema.compiled.counts if self._schema else {}

    @property
    def compiled_fields(self) -> int:
        """How many fields the plans have together that are kept."""
        return self._schema.compiled.plans.weight if self._schema else 0

    @property
    def sockets_open(self) -> Mapping[str, int]:
        """How many WebSockets there are, with a key and without."""
        places = self._sockets.places
        return {"key": places.open(keyed=True), "keyless": places.open(keyed=False)}

    @property
    def sockets_refused(self) -> Mapping[str, int]:
        """How many WebSockets were refused or had to make way so far, by the share that was full."""
        return self._sockets.places.refused

    def drain(self) -> None:
        """The server ends: strangers' documents that wait to be checked are refused instead of waited for."""
        if self._schema is not None:
            self._schema.turns.drain()

    async def schema(self, services: Services) -> Schema:
        """The schema of what `services` serve, made at the first call; the application asks before it listens."""
        if self._schema is None:
            async with self._making:
                if self._schema is None:
                    self._schema = await asyncio.to_thread(self._make, services)
                    self._follow(services)
        return self._schema

    def _follow(self, services: Services) -> None:
        """Have another schema where other declarations are served, made before they are."""
        if services.store is not None and self.options.typed_predictions:
            services.store.before_swap(self._prepare)
            services.catalog.on_change(partial(self._swap, services))

    async def _prepare(self, specs: Mapping[str, EndpointSpec]) -> None:
        """Make the schema of what is about to be served. Raises InvalidManifest where two names clash."""
        self._next = None
        if self._schema is not None and specs != self._schema.specs:
            with letting_others_run():
                used = self._schema.used_last()
                self._next = await asyncio.to_thread(self._successor, self._schema, specs, used)

    def _successor(self, before: Schema, specs: Mapping[str, EndpointSpec], used: UsedLast) -> Schema:
        schema = self._empty(specs, before.documents.trusted)
        for entry, problem in schema.pin().items():
            log.error("Trusted document %s cannot run any more: %s", entry, problem)
        schema.succeed(before, used)
        return schema

    def _swap(self, services: Services) -> None:
        """Answer by the schema of what is served now; subscriptions go on under the one that they began with."""
        new, old = self._next, self._schema
        if new is None or old is None or new.specs != services.catalog.snapshot.specs:
            return
        self._schema, self._next = new, None
        self.schemas_made += 1
        # Not held here: each goes with the last operation or subscription that runs under it.
        self._earlier = [*self._earlier, ref(old)][-EARLIER_SCHEMAS:]
        self.streams.end_others([new, *filter(None, (earlier() for earlier in self._earlier))])

    def _empty(self, specs: Mapping[str, EndpointSpec], trusted: TrustedDocuments) -> Schema:
        options = self.options
        return Schema(
            options.limits,
            public=not options.development,
            trusted=trusted,
            specs=specs,
            rules=options.rules,
            compiled=options.compiled,
        )

    def _make(self, services: Services) -> Schema:
        options = self.options
        trusted = TrustedDocuments()
        if options.trusted:
            trusted = read_manifests(options.trusted, only=options.only_trusted)
        if console := built_console():
            trusted = trusted.with_own(console.documents)
        specs = services.catalog.snapshot.specs if options.typed_predictions else NO_SPECS
        schema = self._empty(specs, trusted)
        problems = schema.pin()
        if problems and not services.catalog.snapshot.problems:
            raise refuse(problems)
        # Where part of the registry could not be loaded, a document may be about that part: all others are served.
        for entry, problem in problems.items():
            log.error("Trusted document %s cannot run: %s", entry, problem)
        return schema
