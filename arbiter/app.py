"""The ASGI application: routes of both edges, the middleware around them, services within its lifespan."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from arbiter import wiring
from arbiter.auth.bootstrap import ensure_first_key
from arbiter.auth.gate import Gate
from arbiter.auth.tokens import Tokens, is_token
from arbiter.http import refusals
from arbiter.http.compression import Compression
from arbiter.http.lean import LeanWay
from arbiter.http.middleware import RequestContext, RequestGuard
from arbiter.http.proxies import ProxyRewrite
from arbiter.packages import require_own_packages
from arbiter.retired_settings import warnings_of
from arbiter.settings import Profile, Settings, TrustedMode
from arbiter.telemetry.access_log import AccessLog
from arbiter.telemetry.log_queue import LogQueue
from domain.callers import Principal
from domain.errors import ArbiterError, InvalidSettings
from domain.extras import cure
from graph.edge import GraphQLEdge
from graph.history.exports import export_routes
from graph.http.console.routes import console_is_built
from graph.operation.limits import GraphLimits
from graph.options import GraphOptions
from rest.inference.v2 import inference_routes
from rest.legacy import legacy_routes
from rest.measures.degraded import DegradedCollector
from rest.measures.metrics import Metrics
from rest.measures.remote_calls import RemoteCollector
from rest.system import system_routes
from serving.services import Services

if TYPE_CHECKING:
    from arbiter.telemetry.tracing import Telemetry

log = logging.getLogger("arbiter")

DISTRIBUTION = "arbiter-server"
METHOD_NOT_ALLOWED = 405

Build = Callable[..., Awaitable[Services]]


class Application(Starlette):
    """Starlette without its outermost layer: `RequestContext` answers whatever nobody caught.

    `running` are the use cases while the lifespan runs.
    """

    running: Services

    def build_middleware_stack(self) -> ASGIApp:
        """The middleware of `create_app` around the routes."""
        return cast("ServerErrorMiddleware", super().build_middleware_stack()).app


def create_app(
    settings: Settings,
    *,
    build: Build = wiring.build,
    telemetry: Telemetry | None = None,
    lines: LogQueue | None = None,
    edge: GraphQLEdge | None = None,
    lean: bool = True,
    pid: int | None = None,
) -> Application:
    """The application that these settings ask for. Nothing is opened before its lifespan starts.

    `app.state` holds `settings`, `metrics`, `edge`, and while the lifespan runs `services`; `startup_error` is the
    ArbiterError that kept it from starting, or None. `telemetry` and `edge` take the place of what the settings
    ask for. The access log goes to `lines`, else to standard error. Without `lean` every call goes the ordinary way,
    which answers the same. With a `pid` the access log names the process, which is one of several workers.
    """
    metrics = Metrics(version(DISTRIBUTION))
    telemetry = telemetry or telemetry_of(settings)
    edge = edge or GraphQLEdge(graph_options_of(settings))
    watch(metrics, edge, lines)

    async def look_up(secret: str) -> Principal | None:
        tokens: Tokens | None = app.state.tokens
        if tokens is not None and is_token(secret):
            return await tokens.principal_of(secret)
        services: Services = app.state.services
        return services.keys.principal_of(secret)

    app: Application = Application(
        routes=[
            *edge.routes(),
            *export_routes(),
            *legacy_routes(**settings.retired_values("legacy_routes")),
            *inference_routes(version=version(DISTRIBUTION)),
            *system_routes(
                version=version(DISTRIBUTION),
                docs=docs_folder(),
                graphiql=settings.graphiql,
                console=console_is_built,
            ),
        ],
        middleware=[
            Middleware(ProxyRewrite, root=settings.root_path or "", proxies=settings.proxies),
            Middleware(
                RequestContext, observe=metrics.called, access_log=access_log_of(settings, lines, pid)
            ),
            *traced_by(telemetry),
            Middleware(
                RequestGuard,
                gate=Gate.of(settings),
                look_up=look_up,
                max_body=settings.max_body,
                proxies=settings.proxies,
            ),
            *(
                [Middleware(LeanWay, services=lambda: app.running, view=edge.view, served=metrics.lean_calls)]
                if lean
                else []
            ),
            Middleware(Compression),
        ],
        exception_handlers={HTTPException: http_error},
        lifespan=_lifespan(settings, metrics, build, edge),
    )
    # Both spellings of a URL are routes of their own where they exist; elsewhere a redirect would lose the body.
    app.router.redirect_slashes = False
    app.state.settings, app.state.metrics = settings, metrics
    app.state.edge = edge
    app.state.startup_error = None
    app.state.tokens = Tokens.of(settings)
    app.state.telemetry = telemetry
    return app


def watch(metrics: Metrics, edge: GraphQLEdge, lines: LogQueue | None) -> None:
    """Have the metrics show what the edge and the log count."""
    metrics.watch(edge.streams)
    if lines is not None:
        metrics.watch_log(lines)
    metrics.watch_documents(edge)
    metrics.watch_sockets(edge)


def access_log_of(settings: Settings, lines: LogQueue | None, pid: int | None = None) -> AccessLog | None:
    """Where each call's line goes, or None when the settings want none."""
    return (
        AccessLog(lines.write_access if lines else sys.stderr.write, settings.log, pid=pid)
        if (settings.access_log and logging.getLevelName(settings.log_level.upper()) <= logging.INFO)
        else None
    )


def telemetry_of(settings: Settings) -> Telemetry | None:
    """What records traces, or None when the settings want none. Raises InvalidSettings without the extra."""
    if not settings.telemetry:
        return None
    try:
        from arbiter.telemetry.tracing import Telemetry
    except ImportError as error:
        raise InvalidSettings(
            "ARBITER_TELEMETRY is true, but OpenTelemetry is not installed: set it to false, or "
            + cure("telemetry")
        ) from error
    return Telemetry.of_environment()


def traced_by(telemetry: Telemetry | None) -> list[Middleware]:
    """The middleware that records calls, where they are recorded."""
    if telemetry is None:
        return []
    from arbiter.telemetry.tracing import TracingMiddleware

    return [Middleware(TracingMiddleware, telemetry=telemetry)]


def graph_options_of(settings: Settings) -> GraphOptions:
    """What the settings choose about the GraphQL edge."""
    return GraphOptions(
        limits=limits_of(settings),
        development=settings.effective_profile is Profile.DEVELOPMENT,
        typed_predictions=settings.typed_predictions,
        trusted=settings.effective_trusted_documents,
        only_trusted=settings.trusted_documents_mode is TrustedMode.ONLY,
        compiled=settings.compiled,
        **settings.retired_values("GraphOptions"),
    )


def limits_of(settings: Settings) -> GraphLimits:
    """The bounds of a GraphQL operation that the settings give."""
    return GraphLimits(
        body=settings.max_body,
        cost=settings.max_cost,
        batch=settings.max_batch,
        seconds=settings.max_seconds,
        **settings.retired_values("GraphLimits"),
    )


def docs_folder() -> Path | None:
    """The folder docs/ beside the checkout, else the one that the wheel installed, else None."""
    beside = Path(__file__).resolve().parent.parent / "docs"
    installed = Path(sys.prefix) / "share" / "arbiter" / "docs"
    return next((folder for folder in (beside, installed) if folder.is_dir()), None)


async def http_error(request: Request, error: Exception) -> Response:
    """Unknown URLs and methods as JSON, in the shape of the edge that was called."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == METHOD_NOT_ALLOWED:
        code, message = "METHOD_NOT_ALLOWED", f'Method "{request.method}" not allowed.'
    else:
        code, message = "NOT_FOUND", "Not found."
    return Response(
        orjson.dumps(refusals.body_of(request.scope["path"], code, message)),
        error.status_code,
        headers=error.headers,
        media_type="application/json",
    )


def _lifespan(
    settings: Settings, metrics: Metrics, build: Build, edge: GraphQLEdge
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        tokens: Tokens | None = app.state.tokens
        telemetry: Telemetry | None = app.state.telemetry
        async with AsyncExitStack() as opened:
            try:
                require_own_packages()
                if telemetry is not None:
                    opened.push_async_callback(telemetry.close)
                    await telemetry.open()
                if tokens is not None:
                    opened.push_async_callback(tokens.keys.close)
                    await tokens.keys.open()
                services = await build(settings, observe=metrics.predicted)
                opened.push_async_callback(services.stop)
                metrics.watch_budgets(services.budgets)
                if services.store is not None:
                    metrics.watch_store(services.store.counts)
                metrics.watch_ab_tests(services.ab_tests.looks)
                metrics.registry.register(RemoteCollector(services.catalog))
                metrics.registry.register(DegradedCollector(services.catalog))
                metrics.watch_queues(services.log, services.catalog)
                metrics.watch_quality(services.recent_quality, services.catalog)
                metrics.watch_retention(services.retentions, services.catalog)
                database = services.database
                metrics.watch_readers(
                    {
                        "callers": database.callers_turns,
                        "heavy": database.heavy_turns,
                        "server": database.own_turns,
                    }
                )
                await ensure_first_key(settings, services)
                await require_any_caller(settings, services)
                await require_connections(settings, services)
                await edge.schema(services)
            except ArbiterError as error:
                app.state.startup_error = error
                raise
            warn_of_a_secret_of_its_own(settings, services)
            await warn_of_too_little_room(services)
            for warning in warnings_of(settings.retired):
                log.warning(warning)
            cast("Application", app).running = app.state.services = services
            yield

    return lifespan


def warn_of_a_secret_of_its_own(settings: Settings, services: Services) -> None:
    """Say that links work in one process only, where there are likely to be several: on PostgreSQL."""
    if settings.secret is None and services.database.dialect == "postgres":
        log.warning(
            "ARBITER_SECRET is not set: a link to an export works only in the process that made it; "
            "give all processes of this database the same secret"
        )


async def require_connections(settings: Settings, services: Services) -> None:
    """Refuse more workers than the database has connections for, before calls would find none.

    One more is counted, which stands beside the others while they are renewed. Raises InvalidSettings.
    """
    room = None if settings.workers == 1 else await services.database.room()
    if room is None:
        return
    needed = (settings.workers + 1) * room.each
    if needed > room.most:
        raise InvalidSettings(
            f"ARBITER_WORKERS is {settings.workers}: with one more while they are renewed they open up to {needed} "
            f"connections, and the database takes {room.most}: start at most "
            f"{max(1, room.most // room.each - 1)}, or raise its max_connections"
        )


async def warn_of_too_little_room(services: Services) -> None:
    """Say that the processes of this database, this one included, may ask for more connections than there are."""
    others = await services.database.room()
    if (
        others is not None
        and (problem := replace(others, processes=others.processes + 1).problem) is not None
    ):
        log.warning(problem)


async def require_any_caller(settings: Settings, services: Services) -> None:
    """Refuse to listen where others can reach the server while nobody could call it.

    Raises InvalidSettings with the reason and both cures.
    """
    if settings.on_loopback or settings.anonymous_by_name or settings.jwt_jwks is not None:
        return
    if any(key.revoked_at is None for key in await services.keys.list()):
        return
    raise InvalidSettings(
        f"ARBITER_HOST is {settings.host!r}, which other machines can reach, but there is no API key and nothing "
        "is granted to anonymous callers: create a key with `arbiter keys create NAME --scope admin`, or set "
        'ARBITER_ANONYMOUS_SCOPES, for example to "predict feedback"'
    )
