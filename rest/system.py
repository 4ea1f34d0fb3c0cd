"""The system pages: is it alive, is it ready, what does it count, and what runs here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.callers import Scope
from domain.catalog.entries import Algorithm
from rest.measures.metrics import Metrics
from serving.catalog.catalog import Snapshot
from serving.catalog.explanation import Degraded, degraded
from serving.catalog.store import ArtifactStore
from serving.services import Services

NOT_FOR_STRANGERS = "the log says why, and so does this page to a key with the scope `read`"

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b5cad"/>'
    b'<path d="M3 5h10M8 3v10M5 13h6M3 5l-1 4h3zM13 5l-1 4h3z" fill="none" stroke="#fff"/></svg>'
)
"""A pair of scales. Browsers ask for it at /favicon.ico by themselves and take any kind of image there."""


def system_routes(
    *, version: str, docs: Path | None, graphiql: bool, console: Callable[[], bool] = lambda: False
) -> list[BaseRoute]:
    """The routes of `/`, `/livez`, `/readyz`, `/metrics`, `/docs` and the icon.

    `docs` is the folder of the Markdown documents, or None when they are not installed; `graphiql` says
    whether `/graphql` shows a page in a browser, `console` whether there is one to lead browsers to.
    """
    page = _Page(version, _documents(docs), _documents(docs, "*.png"), graphiql, console)
    return [
        Route("/", page.front),
        Route("/docs", page.list_documents),
        Route("/docs/{name:path}", page.document),
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route("/favicon.ico", icon),
    ]


async def livez(_request: Request) -> Response:
    """200 while the process answers at all."""
    return _json({"status": "alive"})


async def readyz(request: Request) -> Response:
    """200 when predictions can be served and kept, else 503; each algorithm is ready or says why not.

    `degraded` names what should answer and does not, with who answers instead: the server stays ready for the others.
    Reasons may hold paths and the words of exceptions: callers without the scope `read` are told where to look.
    """
    services: Services = request.app.state.services
    may_read = request.state.principal.may(Scope.READ)
    database = await services.log.health.problem()
    snapshot = services.catalog.snapshot
    algorithms = [_algorithm_state(algorithm, snapshot) for algorithm in snapshot.algorithms.values()]
    store = services.store
    problems: list[dict[str, object]] = [
        {"name": problem.name, "endpoint": problem.endpoint, "reason": problem.reason}
        for problem in snapshot.problems
    ]
    wanting = [_degraded_state(one) for one in degraded(snapshot)]
    if not may_read:
        for state in (*algorithms, *problems, *wanting):
            state["reason"] = state["reason"] and NOT_FOR_STRANGERS
    ready = database is None and any(state["ready"] for state in algorithms)
    return _json(
        {
            "status": "ready" if ready else "unready",
            "database": {"ready": database is None, "reason": database},
            "degraded": wanting,
            "algorithms": algorithms,
            "problems": problems,
            **({} if store is None or not may_read else {"store": _store_state(store)}),
        },
        status=200 if ready else 503,
    )


async def metrics(request: Request) -> Response:
    """The counts and times of this server, in the text format that Prometheus scrapes.

    Of several workers these are the sums over all of them; 503 where they cannot be had.
    """
    services: Services = request.app.state.services
    await services.recent_quality.refresh()
    counted: Metrics = request.app.state.metrics
    found: bytes | None
    if counted.of_all is None:
        counted.read(services)
        found = counted.render()
    else:
        found = await counted.of_all()
    if found is None:
        return PlainTextResponse("The workers did not tell their numbers in time.", 503)
    return Response(found, headers={"content-type": CONTENT_TYPE_LATEST})


async def icon(_request: Request) -> Response:
    """The picture that browsers show beside the title of a page."""
    return Response(
        ICON,
        headers={"cache-control": "public, max-age=86400", "x-content-type-options": "nosniff"},
        media_type="image/svg+xml",
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """The pages for people: what runs here, and the documents that came with it."""

    version: str
    documents: Mapping[str, Path]
    pictures: Mapping[str, Path]
    graphiql: bool
    console: Callable[[], bool]

    async def front(self, request: Request) -> Response:
        """What runs here, with links; without the scope `read` no endpoints. A browser goes to the console."""
        if _wants_page(request) and self.console():
            return RedirectResponse(
                f"{_root(request)}/console/", 307, {"cache-control": "no-cache", "vary": "Accept"}
            )
        services: Services = request.app.state.services
        may_read = request.state.principal.may(Scope.READ)
        snapshot = services.catalog.snapshot
        if _wants_json(request):
            return _json(self._summary(snapshot if may_read else None, _root(request)))
        return _html(
            "system_page.html",
            root=_root(request),
            version=escape(self.version),
            endpoints=_endpoint_table(snapshot)
            if may_read
            else "<p>Send an API key to see the endpoints.</p>",
            graphql="GraphiQL: explore and try" if self.graphiql else "GraphQL",
            documents=self._links(request),
        )

    async def list_documents(self, request: Request) -> Response:
        """The names of the documents: as links where a page is asked for, else as JSON."""
        if _wants_page(request):
            return _html("documents_page.html", root=_root(request), documents=self._links(request))
        return _json({"documents": [f"{_root(request)}/docs/{name}" for name in self.documents]})

    async def document(self, request: Request) -> Response:
        """One document as Markdown text, or a picture that one shows; only names that were there at the start exist."""
        picture = self.pictures.get(request.path_params["name"])
        if picture is not None:
            return Response(await asyncio.to_thread(picture.read_bytes), media_type="image/png")
        path = self.documents.get(request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        return PlainTextResponse(await asyncio.to_thread(path.read_text, "utf-8"))

    def _links(self, request: Request) -> str:
        if not self.documents:
            return "<li>They are not installed here.</li>"
        return _links((f"{_root(request)}/docs/{name}", name) for name in self.documents)

    def _summary(self, snapshot: Snapshot | None, root: str) -> dict[str, object]:
        links = {
            "graphql": f"{root}/graphql",
            "rest": f"{root}/api/v1/",
            "docs": f"{root}/docs",
            "ready": f"{root}/readyz",
            "alive": f"{root}/livez",
        }
        summary: dict[str, object] = {"name": "Arbiter", "version": self.version, "links": links}
        if snapshot is not None:
            summary["algorithms"] = [_algorithm_state(a, snapshot) for a in snapshot.algorithms.values()]
        return summary


def _documents(folder: Path | None, named: str = "*.md") -> dict[str, Path]:
    """Every file below `folder` that is named so, by its relative name."""
    if folder is None:
        return {}
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob(named))}


def _algorithm_state(algorithm: Algorithm, snapshot: Snapshot) -> dict[str, object]:
    reason = snapshot.unready.get(algorithm.id)
    return {
        "id": algorithm.id,
        "endpoint": snapshot.endpoints[algorithm.endpoint_id].name,
        "name": algorithm.name,
        "version": algorithm.version,
        "status": algorithm.status,
        "ready": reason is None,
        "reason": reason,
    }


def _degraded_state(one: Degraded) -> dict[str, object]:
    return {
        "endpoint": one.endpoint,
        "algorithm": f"{one.algorithm.name} {one.algorithm.version}",
        "status": one.algorithm.status,
        "answered_by": one.answered_by,
        "reason": one.reason,
    }


def _store_state(store: ArtifactStore) -> dict[str, object]:
    counts = store.counts
    return {
        "folder": str(store.root),
        "swaps": counts.swaps,
        "refused": counts.refused,
        "last_error": counts.last_error,
    }


def _endpoint_table(snapshot: Snapshot) -> str:
    rows = []
    for endpoint in snapshot.endpoints.values():
        for algorithm in snapshot.algorithms_of(endpoint.id):
            reason = snapshot.unready.get(algorithm.id)
            cells = (
                endpoint.name,
                algorithm.name,
                algorithm.version,
                algorithm.kind,
                algorithm.status or ("no status" if algorithm.withdrawn_at is None else "withdrawn"),
                "ready" if reason is None else reason,
            )
            rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    heads = "".join(
        f'<th scope="col">{head}</th>'
        for head in ("Endpoint", "Algorithm", "Version", "Kind", "Status", "State")
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _links(links: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<li><a href="{escape(href)}">{escape(text)}</a></li>' for href, text in links)


def _root(request: Request) -> str:
    """What stands before each path where a proxy shows the server under a prefix; a setting, so it is safe HTML."""
    root: str = request.scope.get("root_path", "")
    return root


def _html(template: str, **values: str) -> Response:
    return HTMLResponse(
        Template(files("rest").joinpath(template).read_text("utf-8")).substitute(values),
        headers={"content-security-policy": CSP},
    )


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _json(body: object, status: int = 200) -> Response:
    return Response(
        orjson.dumps(body), status, headers={"cache-control": "no-store"}, media_type="application/json"
    )
