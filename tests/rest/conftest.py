"""A whole server in this process for each test: real middleware, services, algorithms, on a fresh database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from registry.discovery import Registry

BASE = "http://127.0.0.1:8000"

Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def serve(migrated_sqlite_url: str, shipped: Registry) -> Serve:
    """Starts a server with these settings; gives a client whose `app` attribute is the application."""

    @asynccontextmanager
    async def serve(**settings: Any) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(
            Settings.model_validate({"database_url": migrated_sqlite_url, "access_log": False} | settings),
            build=partial(wiring.build, registry=shipped),
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url=BASE) as client,
        ):
            client.app = app  # type: ignore[attr-defined]
            yield client

    return serve


@pytest.fixture
async def client(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server on loopback, where everything is allowed."""
    async with serve() as client:
        yield client


@pytest.fixture
def app(client: httpx.AsyncClient) -> Starlette:
    """The application behind `client`."""
    application: Starlette = client.app  # type: ignore[attr-defined]
    return application
