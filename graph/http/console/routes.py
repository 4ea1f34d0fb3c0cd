"""The URLs of the console: its page for every address below /console/, and its files."""

from __future__ import annotations

import asyncio
import html
from http import HTTPStatus
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from graph.http.console.built import FOLDER, BuiltConsole, built_console
from graph.http.files.asset import asset_response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cache-control": "no-cache",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def console_routes() -> list[BaseRoute]:
    """The routes of `/console` and everything below it."""
    return [
        Route("/console", to_console),
        Route("/console/assets/{name}", console_asset),
        Route("/console/{view:path}", console_page),
    ]


def console_is_built() -> bool:
    """Whether this installation has the console."""
    return built_console() is not None


async def to_console(request: Request) -> Response:
    """Lead to the same address with its slash."""
    query = f"?{request.url.query}" if request.url.query else ""
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/console/{query}", HTTPStatus.PERMANENT_REDIRECT)


async def console_page(request: Request) -> Response:
    """The one page that shows every view: the browser reads from the address which. Without a build, how to get it."""
    console = await asyncio.to_thread(built_console)
    root: str = request.scope.get("root_path", "")
    if console is None:
        return HTMLResponse(without(root), HTTPStatus.NOT_FOUND, HEADERS)
    return HTMLResponse(console.page_below(root), headers=HEADERS)


async def console_asset(request: Request) -> Response:
    """One file of the console. The name is looked up and never becomes a path."""
    console: BuiltConsole | None = await asyncio.to_thread(built_console)
    return await asset_response(request, console.assets.get(request.path_params["name"]) if console else None)


def without(root: str) -> str:
    """The page of an installation without the console, below the prefix `root`."""
    text = (FOLDER.parent / "without.html").read_text(encoding="utf-8")
    return Template(text).substitute(root=html.escape(root))
