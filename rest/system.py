"""The system pages: is it alive, is it ready, what does it count, and what runs here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from domain.types import Algorithm, Scope
from serving.catalog import Snapshot
from serving.services import Services

CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


def system_routes(*, version: str, docs: Path | None, graphiql: bool) -> list[BaseRoute]:
    """The routes of `/`, `/livez`, `/readyz`, `/metrics` and `/docs`.

    `docs` is the folder of the Markdown documents, or None when they are not installed; `graphiql` says
    whether `/graphql` shows a page in a browser.
    """
    page = _Page(version, _documents(docs), graphiql)
    return [
        Route("/", page.front),
        Route("/docs", page.list_documents),
        Route("/docs/{name:path}", page.document),
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]


async def livez(_request: Request) -> Response:
    """200 while the process answers at all."""
    return _json({"status": "alive"})


async def readyz(request: Request) -> Response:
    """200 when predictions can be served and kept, else 503; each algorithm is ready or says why not."""
    services: Services = request.app.state.services
    database = await services.log.health.problem()
    snapshot = services.catalog.snapshot
    algorithms = [_algorithm_state(algorithm, snapshot) for algorithm in snapshot.algorithms.values()]
    ready = database is None and any(state["ready"] for state in algorithms)
    body = {
        "status": "ready" if ready else "unready",
        "database": {"ready": database is None, "reason": database},
        "algorithms": algorithms,
        "problems": [
            {"name": problem.name, "endpoint": problem.endpoint, "reason": problem.reason}
            for problem in snapshot.problems
        ],
    }
    return _json(body, status=200 if ready else 503)


async def metrics(request: Request) -> Response:
    """The counts and times of this process, in the text format that Prometheus scrapes."""
    services: Services = request.app.state.services
    request.app.state.metrics.storable(services.log.health.glance() is None)
    return Response(request.app.state.metrics.render(), headers={"content-type": CONTENT_TYPE_LATEST})


@dataclass(frozen=True, slots=True)
class _Page:
    """The pages for people: what runs here, and the documents that came with it."""

    version: str
    documents: Mapping[str, Path]
    graphiql: bool

    async def front(self, request: Request) -> Response:
        """What runs here, with links; callers without the scope `read` see no endpoints."""
        services: Services = request.app.state.services
        may_read = request.state.principal.may(Scope.READ)
        snapshot = services.catalog.snapshot
        if _wants_json(request):
            return _json(self._summary(snapshot if may_read else None))
        template = Template(files("rest").joinpath("system_page.html").read_text("utf-8"))
        html = template.substitute(
            version=escape(self.version),
            endpoints=_endpoint_table(snapshot)
            if may_read
            else "<p>Send an API key to see the endpoints.</p>",
            graphql="GraphiQL: explore and try" if self.graphiql else "GraphQL (POST only here)",
            documents=_links((f"/docs/{name}", name) for name in self.documents),
        )
        return HTMLResponse(html, headers={"content-security-policy": CSP})

    async def list_documents(self, _request: Request) -> Response:
        """The names of the documents."""
        return _json({"documents": [f"/docs/{name}" for name in self.documents]})

    async def document(self, request: Request) -> Response:
        """One document as Markdown text; only listed names exist."""
        path = self.documents.get(request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        return PlainTextResponse(await asyncio.to_thread(path.read_text, "utf-8"))

    def _summary(self, snapshot: Snapshot | None) -> dict[str, object]:
        links = {
            "graphql": "/graphql",
            "rest": "/api/v1/",
            "docs": "/docs",
            "ready": "/readyz",
            "alive": "/livez",
        }
        summary: dict[str, object] = {"name": "Arbiter", "version": self.version, "links": links}
        if snapshot is not None:
            summary["algorithms"] = [_algorithm_state(a, snapshot) for a in snapshot.algorithms.values()]
        return summary


def _documents(folder: Path | None) -> dict[str, Path]:
    """Every Markdown file below `folder`, by its relative name."""
    if folder is None:
        return {}
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.md"))}


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
                algorithm.status or "no status",
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


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _json(body: object, status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/json")
