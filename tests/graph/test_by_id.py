from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from domain.callers import Scope
from domain.catalog.entries import LoadProblem
from graph.vocabulary.ids import TypeName, global_id
from tests.graph.conftest import Door
from tests.serving.world import command, row


async def test_every_object_is_found_again_by_its_global_id(door: Door) -> None:
    await door.services.predictor.predict(command(row(1)))
    await door.data('mutation { createABTest(input: {title: "t", algorithms: [1, 2]}) { abTest { id } } }')
    roots = await door.data(
        """{ endpoints { nodes { id } } algorithms { nodes { id } } statuses { nodes { id } }
             requests { nodes { id } } abTests { nodes { id } } }"""
    )
    ids = [connection["nodes"][0]["id"] for connection in roots.values()]
    query = "query ($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id __typename } node(id: $id) { id } }"
    data = await door.data(query, ids=ids, id=ids[0])
    assert data["nodes"] == [
        {"id": id, "__typename": name}
        for id, name in zip(
            ids, ("Endpoint", "Algorithm", "AlgorithmStatus", "Request", "ABTest"), strict=True
        )
    ]
    assert data["node"] == {"id": ids[0]}


@pytest.mark.parametrize("name", ["Endpoint", "Algorithm", "AlgorithmStatus", "Request", "ABTest"])
@pytest.mark.parametrize("number", [0, 999, 2**40, 2**63 - 1])
async def test_an_id_of_nothing_is_null(door: Door, name: str, number: int) -> None:
    id = global_id(TypeName(name), number)
    assert await door.data("query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", id=id) == {
        "node": None,
        "nodes": [None],
    }


@pytest.mark.parametrize(
    "junk", ["", "1", "x", "====", "ÄÖÜ", global_id(TypeName("Server"), 1), "UmVxdWVzdDp4"]
)
async def test_a_junk_id_is_a_clean_error(door: Door, junk: str) -> None:
    error = await door.error("query ($id: ID!) { node(id: $id) { id } }", id=junk)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "reason": "INVALID_ID", "argument": ["id"]}


@pytest.mark.parametrize("root", ["endpoint", "algorithm", "request", "abTest"])
async def test_a_root_takes_global_ids_and_digits_and_says_what_else_it_got(door: Door, root: str) -> None:
    query = f"query ($id: ID!) {{ {root}(id: $id) {{ id }} }}"
    for junk in ("", "x", "-1", str(2**63), global_id(TypeName("Server"), 1)):
        assert (await door.error(query, id=junk))["extensions"]["reason"] == "INVALID_ID"
    for nothing in ("0", "999", 2**31, 2**63 - 1):
        assert await door.data(query, id=str(nothing)) == {root: None}


async def test_more_than_100_nodes_at_once_are_refused(door: Door) -> None:
    error = await door.error("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 101)
    assert error["extensions"]["reason"] == "INVALID_PAGE"


async def test_an_endpoint_is_found_by_name_or_id_but_not_by_both_or_neither(door: Door) -> None:
    data = await door.data(
        '{ a: endpoint(name: "levels") { id } b: endpoint(id: 1) { id } c: endpoint(name: "no") { id } }'
    )
    assert data["a"] == data["b"]
    assert data["c"] is None
    for arguments in ("", '(name: "levels", id: 1)'):
        error = await door.error(f"{{ endpoint{arguments} {{ id }} }}")
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_endpoint_shows_its_declaration(door: Door) -> None:
    data = await door.data(
        """{ endpoint(name: "levels") {
          name owner description kind target classes positiveClass unit example featureSchema
          features { name type description categories minimum maximum unit required nullable }
        } }"""
    )
    schema = data["endpoint"].pop("featureSchema")
    assert data["endpoint"] == {
        "name": "levels",
        "owner": "tests",
        "description": "A use case of the tests.",
        "kind": "CLASSIFIER",
        "target": "truth",
        "classes": ["low", "high"],
        "positiveClass": "high",
        "unit": None,
        "example": {"x": 1.0, "colour": "red"},
        "features": [
            {
                "name": "x",
                "type": "NUMBER",
                "description": "What counts.",
                "categories": None,
                "minimum": -1e6,
                "maximum": 1e6,
                "unit": None,
                "required": True,
                "nullable": True,
            },
            {
                "name": "colour",
                "type": "CATEGORY",
                "description": "Noise.",
                "categories": ["red", "blue"],
                "minimum": None,
                "maximum": None,
                "unit": None,
                "required": True,
                "nullable": True,
            },
        ],
    }
    assert schema["required"] == ["x", "colour"]


async def test_algorithms_are_narrowed_by_endpoint_kind_and_status(door: Door) -> None:
    query = """query ($endpoint: ID, $kind: AlgorithmKind, $status: StatusName) {
      algorithms(endpoint: $endpoint, kind: $kind, status: $status) { nodes { name ready problem } totalCount } }"""
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["at zero", "at ten", "at twenty", "plus one", "plus two"]),
        ({"endpoint": "heights"}, ["plus one", "plus two"]),
        ({"kind": "CLASSIFIER"}, ["at zero", "at ten", "at twenty"]),
        ({"status": "PRODUCTION"}, ["at zero", "plus one"]),
        ({"status": "TESTING", "endpoint": "1"}, ["at ten"]),
    ]
    for arguments, names in cases:
        found = (await door.data(query, **arguments))["algorithms"]
        assert [node["name"] for node in found["nodes"]] == names
        assert {(node["ready"], node["problem"]) for node in found["nodes"]} == {(True, None)}
        assert found["totalCount"] == len(names)
    assert (await door.error(query, endpoint="level"))["extensions"]["reason"] == "ENDPOINT_NOT_FOUND"


async def test_pages_of_the_catalogue_walk_in_both_directions(door: Door) -> None:
    query = """query ($first: Int, $after: String, $last: Int, $before: String) {
      algorithms(first: $first, after: $after, last: $last, before: $before) {
        nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    first = (await door.data(query, first=2))["algorithms"]
    assert [node["name"] for node in first["nodes"]] == ["at zero", "at ten"]
    rest = (await door.data(query, first=3, after=first["pageInfo"]["endCursor"]))["algorithms"]
    assert [node["name"] for node in rest["nodes"]] == ["at twenty", "plus one", "plus two"]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)
    last = (await door.data(query, last=2, before=rest["pageInfo"]["startCursor"]))["algorithms"]
    assert [node["name"] for node in last["nodes"]] == ["at zero", "at ten"]
    assert (last["pageInfo"]["hasNextPage"], last["pageInfo"]["hasPreviousPage"]) == (True, False)


async def test_viewer_tells_everybody_who_they_are(door: Door) -> None:
    query = "{ viewer { name anonymous scopes } }"
    assert await door.data(query) == {
        "viewer": {
            "name": "anonymous",
            "anonymous": True,
            "scopes": ["READ", "PREDICT", "FEEDBACK", "ADMIN", "READ_PRIVATE"],
        }
    }
    assert await door.seen_by(Scope.PREDICT).data(query) == {
        "viewer": {"name": "somebody", "anonymous": False, "scopes": ["PREDICT"]}
    }
    assert await door.seen_by().data(query) == {
        "viewer": {"name": "somebody", "anonymous": False, "scopes": []}
    }


async def test_server_names_its_database_and_what_could_not_be_loaded(door: Door) -> None:
    query = "{ server { version database problems { name endpoint reason } } }"
    data = await door.data(query)
    assert data["server"]["database"] == "sqlite"
    assert data["server"]["problems"] == []
    catalog = door.services.catalog
    problem = LoadProblem("forest", "its digest differs", "levels")
    catalog._snapshot = dataclasses.replace(catalog.snapshot, problems=(problem,))
    assert (await door.data(query))["server"]["problems"] == [
        {"name": "forest", "endpoint": "levels", "reason": "its digest differs"}
    ]


@pytest.mark.parametrize(
    "field",
    [
        "endpoints{totalCount}",
        "endpoint(id:1){id}",
        "algorithms{totalCount}",
        "algorithm(id:1){id}",
        "statuses{totalCount}",
        "requests{totalCount}",
        "request(id:1){id}",
        "abTests{totalCount}",
        "abTest(id:1){id}",
        'node(id:"x"){id}',
        "nodes(ids:[]){id}",
        "server{version}",
    ],
)
async def test_reading_without_the_scope_is_denied(door: Door, field: str) -> None:
    for anonymous, code in ((True, "UNAUTHENTICATED"), (False, "FORBIDDEN")):
        caller = door.seen_by(Scope.PREDICT, Scope.FEEDBACK, Scope.ADMIN, anonymous=anonymous)
        answer = await caller.post(f"{{ {field} }}")
        assert [error["extensions"] for error in answer["errors"]] == [{"code": code}]
