from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
from starlette.applications import Starlette

from arbiter.app import graph_options_of
from arbiter.settings import Settings
from domain.callers import Principal, Scope
from domain.catalog.entries import LoadProblem
from domain.errors import InvalidSettings
from graph.edge import GraphQLEdge
from graph.operation.limits import GraphLimits
from graph.operation.trusted_documents import read_manifests
from graph.options import GraphOptions
from serving.services import Services
from tests.graph.conftest import As
from tests.serving.world import EVERYBODY

ME = "query Me { viewer { name } }"
LIST = "query List($first: Int = 1) { endpoints(first: $first) { nodes { name } } }"
OTHER = "{ viewer { name } }"
ANSWER = {"data": {"viewer": {"name": "anonymous"}}}
LISTED = {"data": {"endpoints": {"nodes": [{"name": "levels"}]}}}

Write: TypeAlias = Callable[[object], Path]
Digest: TypeAlias = Callable[[str], str]


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def apollo(*texts: str) -> dict[str, Any]:
    """A manifest in the shape of Apollo's generator."""
    operations = [{"id": sha256(text), "name": "N", "type": "query", "body": text} for text in texts]
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a manifest and says where it is."""

    def write_manifest(content: object) -> Path:
        path = tmp_path / "persisted-documents.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write_manifest


class House:
    """An edge with a manifest over running services; `edge` stays the same, so that caches can be looked at."""

    def __init__(
        self,
        services: Services,
        path: Path | None,
        *,
        only: bool = False,
        principal: Principal = EVERYBODY,
        **options: Any,
    ) -> None:
        self.services = services
        self.edge = GraphQLEdge(GraphOptions(trusted=path, only_trusted=only, **options))
        app = Starlette(routes=self.edge.routes())
        app.state.services = services
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(As(app, principal)), base_url="http://127.0.0.1"
        )

    async def post(self, **body: Any) -> Any:
        response = await self.client.post("/graphql", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def code(self, **body: Any) -> str:
        answer = await self.post(**body)
        assert set(answer) == {"errors"}
        (error,) = answer["errors"]
        code: str = error["extensions"]["code"]
        return code


Open: TypeAlias = Callable[..., House]


@pytest.fixture
async def opened(services: Services) -> AsyncIterator[Open]:
    houses: list[House] = []

    def open_house(path: Path | None, **options: Any) -> House:
        houses.append(House(services, path, **options))
        return houses[-1]

    yield open_house
    for house in houses:
        await house.client.aclose()


@pytest.mark.parametrize("digest", [md5, sha1, sha256])
async def test_a_manifest_of_hashes_and_texts_is_called_by_its_hashes(
    write: Write, opened: Open, digest: Digest
) -> None:
    house = opened(write({digest(ME): ME, digest(LIST): LIST}))
    name = digest.__name__
    for document_id in (digest(ME), f"{name}:{digest(ME)}", f"{name}:{digest(ME).upper()}"):
        assert await house.post(documentId=document_id) == ANSWER
    assert await house.post(documentId=digest(LIST), variables={"first": 1}) == LISTED


async def test_an_apollo_manifest_is_called_by_apollos_extension(write: Write, opened: Open) -> None:
    house = opened(write(apollo(ME, LIST)))
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(ME)}}
    assert await house.post(extensions=extensions) == ANSWER
    assert await house.post(extensions=extensions, operationName="Me", query=None) == ANSWER


async def test_every_document_goes_by_its_sha256_whatever_the_manifest_calls_it(
    write: Write, opened: Open
) -> None:
    house = opened(write({md5(ME): ME, "getList": LIST}))
    assert await house.post(documentId=f"sha256:{sha256(ME)}") == ANSWER
    assert await house.post(documentId="getList") == LISTED
    assert await house.post(documentId=f"sha256:{sha256(LIST)}") == LISTED
    assert await house.code(documentId="getlist") == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_folder_holds_the_manifests_of_several_front_ends(tmp_path: Path, opened: Open) -> None:
    for name, text in (("web.json", ME), ("app.json", LIST)):
        (tmp_path / name).write_text(json.dumps({sha256(text): text}), encoding="utf-8")
    (tmp_path / "README.txt").write_text("no manifest", encoding="utf-8")
    house = opened(tmp_path)
    assert await house.post(documentId=sha256(ME)) == ANSWER
    assert await house.post(documentId=sha256(LIST)) == LISTED


async def test_a_query_may_name_a_trusted_document_in_its_url(write: Write, opened: Open) -> None:
    house = opened(write({sha256(ME): ME}))
    response = await house.client.get("/graphql", params={"documentId": f"sha256:{sha256(ME)}"})
    assert (response.status_code, response.json()) == (200, ANSWER)


async def test_an_unknown_id_is_an_error_with_a_code_of_its_own(write: Write, opened: Open) -> None:
    house = opened(write({sha256(ME): ME}))
    assert await house.code(documentId=sha256(OTHER)) == "PERSISTED_QUERY_NOT_FOUND"
    newer = await house.client.post(
        "/graphql", json={"documentId": "x"}, headers={"accept": "application/graphql-response+json"}
    )
    assert newer.status_code == 400
    assert "'x' is not in the server's manifest" in newer.json()["errors"][0]["message"]


async def test_without_a_manifest_ids_are_not_supported_and_clients_are_told_so(opened: Open) -> None:
    house = opened(None)
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(OTHER)}}
    assert await house.code(extensions=extensions) == "PERSISTED_QUERY_NOT_SUPPORTED"
    assert await house.code(documentId=sha256(OTHER)) == "PERSISTED_QUERY_NOT_SUPPORTED"


async def test_clients_cannot_register_documents(write: Write, opened: Open) -> None:
    house = opened(write({sha256(ME): ME}))
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(OTHER)}}
    assert await house.post(query=OTHER, extensions=extensions) == ANSWER
    assert await house.code(extensions=extensions) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_document_beside_its_id_must_be_that_document(write: Write, opened: Open) -> None:
    house = opened(write({sha256(ME): ME, "getList": LIST}))
    assert await house.post(documentId=sha256(ME), query=ME) == ANSWER
    for document_id in (sha256(ME), "getList", sha256(LIST), md5(ME), "junk"):
        assert await house.code(documentId=document_id, query=OTHER) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"documentId": 1}, "documentId must be a text"),
        ({"documentId": ["x"]}, "documentId must be a text"),
        ({"documentId": ""}, "query is absent"),
        ({"documentId": None}, "query is absent"),
        ({"extensions": {"persistedQuery": 1}}, "persistedQuery must be an object"),
        ({"extensions": {"persistedQuery": {"version": 1}}}, "persistedQuery must be an object"),
        ({"extensions": {"persistedQuery": {"sha256Hash": 1}}}, "persistedQuery must be an object"),
    ],
)
async def test_an_id_that_is_no_text_is_400(
    write: Write, opened: Open, body: dict[str, Any], says: str
) -> None:
    response = await opened(write({sha256(ME): ME})).client.post("/graphql", json=body)
    assert response.status_code == 400
    assert says in response.json()["errors"][0]["message"]


async def test_only_trusted_documents_run_where_only_they_may(write: Write, opened: Open) -> None:
    house = opened(write({sha256(ME): ME}), only=True)
    assert await house.post(documentId=sha256(ME)) == ANSWER
    assert await house.post(query=ME) == ANSWER
    for body in (
        {"query": OTHER},
        {"query": OTHER, "documentId": sha256(OTHER)},
        {"query": ME + " "},
        {"query": "{ __schema { types { name } } }"},
    ):
        assert await house.code(**body) == "PERSISTED_QUERY_ID_REQUIRED"


async def test_where_only_trusted_documents_run_nothing_else_is_parsed_or_kept(
    write: Write, opened: Open
) -> None:
    house = opened(write({sha256(ME): ME}), only=True)
    assert await house.code(query="{ not even GraphQL") == "PERSISTED_QUERY_ID_REQUIRED"
    documents = (await house.edge.schema(house.services)).documents
    assert (len(documents.kept), list(documents.pinned)) == (0, [ME])


async def test_where_only_trusted_documents_run_there_is_no_graphiql(write: Write, opened: Open) -> None:
    path = write({sha256(ME): ME})
    browser = {"accept": "text/html"}
    assert (await opened(path).client.get("/graphql", headers=browser)).status_code == 200
    closed = opened(path, only=True)
    page = await closed.client.get("/graphql", headers=browser)
    assert (page.status_code, page.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "ARBITER_TRUSTED_DOCUMENTS_MODE" in page.text
    assert "levels" not in page.text
    assert "<script" not in page.text
    assert (await closed.client.get("/graphql/assets/graphiql.js")).status_code == 404
    settings = Settings(trusted_documents=path, trusted_documents_mode="only")
    assert (Settings().graphiql, settings.graphiql) == (True, False)


async def test_where_only_trusted_documents_run_a_browser_may_still_open_the_answer_to_one(
    write: Write, opened: Open
) -> None:
    closed = opened(write({sha256(ME): ME}), only=True)
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    response = await closed.client.get("/graphql", params={"documentId": sha256(ME)}, headers=browser)
    assert (response.status_code, response.json()) == (200, ANSWER)


async def test_a_key_opens_no_page_and_no_introspection_where_only_trusted_documents_run(
    write: Write, opened: Open
) -> None:
    reader = Principal("ann", frozenset({Scope.READ}))
    closed = opened(write({sha256(ME): ME}), only=True, development=False, principal=reader)
    page = await closed.client.get("/graphql", headers={"accept": "text/html"})
    assert page.status_code == 403
    assert "levels" not in page.text
    assert await closed.code(query="{ __schema { types { name } } }") == "PERSISTED_QUERY_ID_REQUIRED"
    by_get = await closed.client.get("/graphql", params={"documentId": sha256(ME)})
    assert by_get.json() == {"data": {"viewer": {"name": "ann"}}}


async def test_trusted_documents_are_parsed_once_and_never_forgotten(write: Write, opened: Open) -> None:
    house = opened(write({sha256(ME): ME}), limits=GraphLimits(kept=16))
    documents = (await house.edge.schema(house.services)).documents
    before = documents.pinned[ME]
    for number in range(5):
        await house.post(query=f"query Q{number} {{ viewer {{ name }} }}")
    assert await house.post(documentId=sha256(ME)) == ANSWER
    assert documents.pinned[ME] is before
    assert len(documents.kept) == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is no JSON"),
        ("[]", "is no manifest"),
        ('"x"', "is no manifest"),
        ({"a": 1}, "is no manifest"),
        ({"": ME}, "is no manifest"),
        ({"format": "apollo-persisted-query-manifest"}, "is no manifest"),
        ({"format": "apollo-persisted-query-manifest", "operations": [1]}, "is no manifest"),
        ({"format": "apollo-persisted-query-manifest", "operations": [{"id": "x"}]}, "is no manifest"),
        ({}, "holds no document"),
        ({sha256(OTHER): ME}, r"\(Me\) of persisted-documents.json is not the sha256 of its text"),
        ({sha1(OTHER): ME}, "is not the sha1 of its text"),
        ({md5(OTHER).upper(): ME}, "is not the md5 of its text"),
        ({f"sha256:{sha1(ME)}": ME}, "is not the sha256 of its text"),
        ({md5(ME): ME, md5(ME).upper(): ME + " "}, "names two documents"),
    ],
)
def test_a_manifest_that_is_none_is_refused_with_the_reason(write: Write, content: object, says: str) -> None:
    with pytest.raises(InvalidSettings, match=says):
        read_manifests(write(content), only=False)


def test_a_manifest_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"gone\.json cannot be read: No such file"):
        read_manifests(tmp_path / "gone.json", only=False)


def test_two_files_may_not_give_one_id_to_two_documents(tmp_path: Path) -> None:
    for name, text in (("a.json", ME), ("b.json", LIST)):
        (tmp_path / name).write_text(json.dumps({"home": text}), encoding="utf-8")
    with pytest.raises(InvalidSettings, match="the id home names two documents"):
        read_manifests(tmp_path, only=False)


async def test_documents_that_cannot_run_keep_the_server_from_starting_by_name(
    write: Write, opened: Open
) -> None:
    broken = {
        "syntax": "query Syntax {",
        "field": "query Field { nothing }",
        "deep": "query Deep { endpoints { nodes { algorithms { nodes { name } } } } }",
        "good": ME,
    }
    house = opened(write(broken), limits=GraphLimits(depth=3))
    with pytest.raises(InvalidSettings) as refused:
        await house.edge.schema(house.services)
    message = refused.value.message
    assert "lists 3 documents that cannot run" in message
    for named in ("syntax (Syntax) of", "field (Field) of", "deep (Deep) of", "4 levels deep"):
        assert named in message
    assert "good" not in message


async def test_only_the_first_few_broken_documents_are_listed(write: Write, opened: Open) -> None:
    house = opened(write({f"d{number}": f"{{ nothing{number} }}" for number in range(9)}))
    with pytest.raises(InvalidSettings) as refused:
        await house.edge.schema(house.services)
    assert "lists 9 documents" in refused.value.message
    assert refused.value.message.endswith("; and 4 more")


def test_the_settings_say_which_manifest_and_what_of_others(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write({sha256(ME): ME})
    monkeypatch.setenv("ARBITER_TRUSTED_DOCUMENTS", str(path))
    for mode, trusted, only in (("off", None, False), ("allow", path, False), ("only", path, True)):
        monkeypatch.setenv("ARBITER_TRUSTED_DOCUMENTS_MODE", mode)
        options = graph_options_of(Settings.load())
        assert (options.trusted, options.only_trusted) == (trusted, only)
    monkeypatch.setenv("ARBITER_TRUSTED_DOCUMENTS", "")
    with pytest.raises(InvalidSettings, match="`only` needs a manifest in ARBITER_TRUSTED_DOCUMENTS"):
        Settings.load()


async def test_while_a_part_cannot_be_loaded_broken_documents_are_reported_and_the_others_served(
    write: Write, opened: Open, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    gone = LoadProblem(name="gone", endpoint=None, reason="its artifact is missing")
    services.catalog._snapshot = dataclasses.replace(services.catalog.snapshot, problems=(gone,))
    house = opened(write({"broken": "query Broken { nothing }", "good": ME}))
    with caplog.at_level(logging.ERROR, "arbiter.graph"):
        assert await house.post(documentId="good") == ANSWER
    (record,) = caplog.records
    assert "broken (Broken) of persisted-documents.json cannot run: Cannot query field" in record.getMessage()
    assert await house.code(documentId="broken") == "GRAPHQL_VALIDATION_FAILED"
