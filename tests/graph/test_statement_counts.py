"""How many statements lists below lists cost: the same for one parent and for many, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from domain.requests.feedback import FeedbackCommand
from domain.words import Traffic
from tests.conftest import Statements
from tests.graph.conftest import Door, of_operations
from tests.serving.world import EVERYBODY, Dice, command, row


@pytest.fixture
async def busy(door_to_each: Door, dice: Dice) -> Door:
    """Requests of four algorithms of two endpoints, half of them in a test of each endpoint."""
    door = door_to_each
    predict = door.services.predictor.predict
    for endpoint in ("levels", "heights"):
        for status in ("production", "testing"):
            found = await predict(command(row(1), row(2), row(3), endpoint=endpoint, status=status))
            truth = "high" if endpoint == "levels" else "7"
            await door.services.feedback.give(FeedbackCommand(found[0].request.id, truth), EVERYBODY)
    for algorithms in ((1, 2), (4, 5)):
        await door.services.ab_tests.create(
            title="t", algorithms=algorithms, traffic=Traffic.ALL, created_by="me"
        )
    dice.numbers = [0.9, 0.1] * 4
    for endpoint in ("levels", "heights"):
        await predict(command(row(4), row(5), row(6), row(7), endpoint=endpoint))
    return door


LIST = "requests(first: 2) { nodes { requestId input algorithm { name } } pageInfo { hasNextPage } }"
COUNT = "requests(where: {withFeedback: false}) { totalCount totalCountIsCapped }"


@pytest.mark.parametrize(
    ("parents", "own"), [("endpoints", 0), ("algorithms", 0), ("abTests", 1), ("algorithms(last: 5)", 0)]
)
@pytest.mark.parametrize(("selection", "each"), [(LIST, 1), (COUNT, 1)])
async def test_requests_below_one_parent_and_below_many_cost_the_same(
    busy: Door, statements: Statements, parents: str, own: int, selection: str, each: int
) -> None:
    name, _, arguments = parents.partition("(")
    for page in (f"{name}(first: 1)", f"{name}({arguments}" if arguments else name):
        with statements() as sql:
            nodes = (await busy.data(f"{{ {page} {{ nodes {{ {selection} }} }} }}"))[name]["nodes"]
        assert len(of_operations(sql)) == own + each
        assert len(nodes) == 1 or len(nodes) == {"endpoints": 2, "algorithms": 5, "abTests": 2}[name]


async def test_lists_that_ask_alike_share_a_statement_and_others_do_not(
    busy: Door, statements: Statements
) -> None:
    for second, count in (("first: 2", 1), ("first: 3", 2), ("first: 2, orderBy: FEEDBACK_AT_DESC", 2)):
        with statements() as sql:
            await busy.data(
                f"""{{
                  a: algorithm(id: 1) {{ requests(first: 2) {{ nodes {{ id }} }} }}
                  b: algorithm(id: 2) {{ requests({second}) {{ nodes {{ id }} }} }}
                }}"""
            )
        assert len(of_operations(sql)) == count


async def test_each_parent_gets_its_own_page(busy: Door) -> None:
    whole: list[dict[str, Any]] = (
        await busy.data("{ requests(first: 100) { nodes { requestId algorithm { id } } } }")
    )["requests"]["nodes"]
    assert len(whole) == 20
    nodes = (
        await busy.data(
            "{ algorithms { nodes { id requests(first: 2) { nodes { requestId } totalCount } } } }"
        )
    )["algorithms"]["nodes"]
    assert [node["requests"]["totalCount"] for node in nodes] == [5, 5, 0, 5, 5]
    for node in nodes:
        own = [one["requestId"] for one in whole if one["algorithm"]["id"] == node["id"]]
        assert [one["requestId"] for one in node["requests"]["nodes"]] == own[:2]


async def test_walking_a_list_below_a_parent_meets_every_request_once_both_ways(busy: Door) -> None:
    query = """query ($first: Int, $after: String, $last: Int, $before: String) {
      algorithm(id: 1) { requests(
        orderBy: FEEDBACK_AT_DESC, first: $first, after: $after, last: $last, before: $before
      ) { nodes { requestId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
    whole = await busy.data(query)
    expected = [node["requestId"] for node in whole["algorithm"]["requests"]["nodes"]]
    assert len(expected) == 5
    first = (await busy.data(query, first=3))["algorithm"]["requests"]
    rest = (await busy.data(query, first=3, after=first["pageInfo"]["endCursor"]))["algorithm"]["requests"]
    assert [node["requestId"] for node in first["nodes"] + rest["nodes"]] == expected
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    last = (await busy.data(query, last=2, before=rest["pageInfo"]["startCursor"]))["algorithm"]["requests"]
    assert [node["requestId"] for node in last["nodes"]] == expected[1:3]
    assert last["pageInfo"]["hasPreviousPage"] is True


@pytest.mark.parametrize("field", ["statuses", "abTests", "requests"])
async def test_one_object_and_many_by_global_id_cost_one_statement(
    busy: Door, statements: Statements, field: str
) -> None:
    nodes = (await busy.data(f"{{ {field} {{ nodes {{ id }} }} }}"))[field]["nodes"]
    ids = [node["id"] for node in nodes]
    assert len(ids) >= 2
    for some in (ids[:1], ids):
        with statements() as sql:
            data = await busy.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=some)
        assert data == {"nodes": [{"id": id} for id in some]}
        assert len(of_operations(sql)) == 1


async def test_changes_of_the_truth_of_one_request_and_of_a_page_cost_one_statement(
    busy: Door, statements: Statements
) -> None:
    for page, log_of in (
        ("requests(where: {withFeedback: true}, first: 1)", 1),
        ("requests(first: 100)", 20),
    ):
        with statements() as sql:
            data = await busy.data(f"{{ {page} {{ nodes {{ feedbackEvents {{ feedback createdBy }} }} }} }}")
        assert len(of_operations(sql)) == 2
        assert len(data["requests"]["nodes"]) == log_of


async def test_declarations_of_one_endpoint_and_of_all_cost_one_statement(
    busy: Door, statements: Statements
) -> None:
    for query in (
        "{ endpoint(id: 1) { revisions { number } } }",
        "{ endpoints { nodes { revisions { number declaration } } } }",
    ):
        with statements() as sql:
            await busy.data(query)
        assert len(of_operations(sql)) == 1


async def test_rules_of_one_endpoint_and_of_all_cost_one_statement_and_their_history_another(
    busy: Door, statements: Statements
) -> None:
    for query, cost in (
        ("{ endpoint(id: 1) { retention { rowsDays keptFrom removed { rows } } } }", 1),
        ("{ endpoints { nodes { retention { rowsDays keptFrom removed { rows } } } } }", 1),
        ("{ endpoints { nodes { retention { changes { rowsDays } } } } }", 2),
    ):
        with statements() as sql:
            await busy.data(query)
        assert len(of_operations(sql)) == cost


async def test_three_levels_of_lists_cost_a_statement_each_and_figures_one_a_test(
    busy: Door, statements: Statements
) -> None:
    query = """{ endpoints { nodes { abTests { nodes {
      requests(first: 3) { nodes { requestId } totalCount } arms { served } events { kind }
    } } } } }"""
    with statements() as sql:
        nodes = (await busy.data(query))["endpoints"]["nodes"]
    (level,), (height,) = (node["abTests"]["nodes"] for node in nodes)
    assert (level["requests"]["totalCount"], height["requests"]["totalCount"]) == (4, 4)
    assert [arm["served"] for arm in level["arms"] + height["arms"]] == [2, 2, 2, 2]
    # Tests, their requests, the counts of these, their events; and for the figures the tests, the sums of each, and a
    # classifier's delays or a regressor's errors.
    assert len(of_operations(sql)) == 4 + 1 + 4
