"""A new document is bounded and paid for before it is checked, and little is kept of what came of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from graphql import FieldNode, OperationDefinitionNode
from graphql.validation import ValidationRule
from starlette.applications import Starlette

from domain.callers import Principal, Scope
from graph.edge import GraphQLEdge
from graph.operation.limits import GraphLimits
from graph.options import GraphOptions
from serving.callers.budgets import Budgets
from serving.services import Services
from tests.graph.conftest import As, Door

STRANGER = Principal("anonymous", frozenset(), anonymous=True)
READER = Principal("ann", frozenset({Scope.READ}))
NAMES = "{{ viewer {{ {} }} }}"
MORE = "more need a key or token that holds a scope: send it as `Authorization: Bearer KEY`"


@dataclass
class Slow:
    """A rule of validation that notes which operations it sees, and waits for leave at each field named `scopes`."""

    seen: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    leave: threading.Event = field(default_factory=threading.Event)

    def rule(self) -> type[ValidationRule]:
        slow = self

        class SlowRule(ValidationRule):
            def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
                slow.seen.append(node.name.value if node.name else "")

            def enter_field(self, node: FieldNode, *_: object) -> None:
                if node.name.value != "scopes":
                    return
                slow.at_once += 1
                slow.most_at_once = max(slow.most_at_once, slow.at_once)
                slow.leave.wait(20)
                slow.at_once -= 1

        return SlowRule


class Public:
    """The edge in its public profile, with a slow rule of its own, for callers who say in the test who they are."""

    def __init__(
        self, services: Services, limits: GraphLimits | None = None, budget: int | None = 100_000
    ) -> None:
        self.slow = Slow()
        self.services = replace(services, budgets=Budgets(budget, 1e-3))
        self.edge = GraphQLEdge(
            GraphOptions(limits=limits or GraphLimits(), development=False, rules=(self.slow.rule(),))
        )
        self.app = Starlette(routes=self.edge.routes())
        self.app.state.services = self.services

    async def post(
        self, principal: Principal, query: str, *, address: str = "203.0.113.1", **headers: str
    ) -> httpx.Response:
        transport = httpx.ASGITransport(As(self.app, principal), client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post("/graphql", json={"query": query}, headers=headers)

    async def error(self, principal: Principal, query: str) -> dict[str, Any]:
        (error,) = (await self.post(principal, query)).json()["errors"]
        found: dict[str, Any] = error
        return found

    def left(self, principal: Principal) -> int:
        balance = self.services.budgets.balance(principal, "203.0.113.1" if principal.anonymous else "")
        assert balance is not None
        return balance.remaining

    async def kept(self) -> list[str]:
        schema = await self.edge.schema(self.services)
        return [*schema.documents.kept, *schema.shown_documents.kept]


async def until(holds: Callable[[], bool]) -> None:
    """Return when it holds; a test that waits for too long fails."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.001)


@pytest.fixture
def public(services: Services) -> Public:
    return Public(services)


@pytest.mark.parametrize(
    ("document", "reason", "found", "limit"),
    [
        (NAMES.format("name") + "#" + "x" * 5_000, "MAX_CHARACTERS", 5_020, 5_000),
        (f"{{ viewer(a: [{'1 ' * 500}]) {{ name }} }}", "MAX_TOKENS", 512, 500),
        (NAMES.format("name " * 100), "MAX_DOCUMENT_FIELDS", 101, 100),
        (NAMES.format("name") + " fragment F on Viewer { name }" * 11, "MAX_FRAGMENTS", 11, 10),
    ],
)
async def test_without_a_scope_a_document_is_small_or_is_not_validated(
    public: Public, document: str, reason: str, found: int, limit: int
) -> None:
    error = await public.error(STRANGER, document)
    assert error["extensions"] == {
        "code": "GRAPHQL_VALIDATION_FAILED",
        "reason": reason,
        "found": found,
        "limit": limit,
    }
    assert error["message"].endswith(f", at most {limit} are allowed; {MORE}")
    assert public.slow.seen == []
    assert public.edge.documents_refused == {reason: 1}
    await public.post(READER, document)
    assert public.slow.seen == [""]


@pytest.mark.parametrize(
    ("bounds", "document", "reason"),
    [
        ({"fields": 3}, NAMES.format("a: name b: name c: name"), "MAX_DOCUMENT_FIELDS"),
        ({"fragments": 1}, NAMES.format("...A ...B") + " fragment A on Viewer { name }" * 2, "MAX_FRAGMENTS"),
    ],
)
async def test_with_a_key_fields_and_fragments_are_bounded_before_validation_too(
    services: Services, bounds: dict[str, int], document: str, reason: str
) -> None:
    public = Public(services, GraphLimits(**bounds))
    error = await public.error(READER, document)
    (limit,) = bounds.values()
    assert error["extensions"]["reason"] == reason
    assert error["message"].endswith(f"at most {limit} are allowed.")
    assert public.slow.seen == []


async def test_fields_that_repeat_too_often_are_refused_with_a_reason_of_its_own(services: Services) -> None:
    public = Public(services, GraphLimits(comparisons=30))
    assert (await public.post(READER, NAMES.format("name " * 5))).json() == {
        "data": {"viewer": {"name": "ann"}}
    }
    error = await public.error(READER, NAMES.format("name " * 7))
    assert error == {
        "message": "The document asks for the same fields too often, in selections or fragments that must be "
        "compared with each other more than 30 times: ask for each field once, and spread fewer fragments.",
        "extensions": {"code": "GRAPHQL_VALIDATION_FAILED", "reason": "MAX_COMPARISONS", "limit": 30},
    }


async def test_without_a_scope_tokens_are_paid_before_parsing_and_with_one_only_the_operation(
    public: Public,
) -> None:
    query = NAMES.format("name anonymous")
    answer = (await public.post(STRANGER, query, **{"graphql-cost": "1"})).json()
    assert answer["extensions"]["cost"]["requested"] == 7 + 1
    assert public.left(STRANGER) == 99_992
    await public.post(READER, query)
    assert public.left(READER) == 99_999
    await public.post(STRANGER, query)
    assert public.left(STRANGER) == 99_984
    for wrong, price in (("{ nothing }", 3 + 1), ("{ viewer { name", 4 + 1), ("#" * 6_000, 1)):
        before = public.left(STRANGER)
        await public.post(STRANGER, wrong)
        assert before - public.left(STRANGER) == price


async def test_who_cannot_pay_the_tokens_is_refused_before_parsing(services: Services) -> None:
    public = Public(services, budget=10)
    response = await public.post(STRANGER, "{ viewer { name " * 3)
    assert (response.status_code, response.json()["errors"][0]["message"]) == (
        429,
        "this costs 12 points, and the whole budget is 10: ask for less at once",
    )
    assert public.left(STRANGER) == 10
    assert public.edge.documents_refused == {"RATE_LIMITED": 1}


async def test_nothing_is_kept_of_callers_without_a_scope_but_they_use_what_others_left(
    public: Public,
) -> None:
    for _ in range(2):
        await public.post(STRANGER, "query Strange { viewer { name } }")
    assert public.slow.seen == ["Strange", "Strange"]
    assert await public.kept() == []
    writer = Principal("bob", frozenset({Scope.PREDICT}))
    await public.post(writer, "query Known { viewer { name } }")
    await public.post(STRANGER, "query Known { viewer { name } }")
    assert public.slow.seen == ["Strange", "Strange", "Known"]
    assert await public.kept() == ["query Known { viewer { name } }"]
    assert public.edge.documents_kept == 8


async def test_a_subscription_of_a_caller_without_a_scope_is_checked_and_paid_once(public: Public) -> None:
    query = "subscription S { requestLogged { requestId } }"
    response = await public.post(STRANGER, query, accept="text/event-stream")
    assert '"UNAUTHENTICATED"' in response.text
    assert public.slow.seen == ["S"]
    assert 100_000 - public.left(STRANGER) == 8 + 11


async def test_what_is_kept_is_bounded_in_tokens_and_comments_count(services: Services) -> None:
    public = Public(services, GraphLimits(kept=30))
    texts = [f"{{ viewer {{ a{number}: name }} }}" for number in range(4)]
    for text in texts:
        await public.post(READER, text)
    assert await public.kept() == texts[1:]
    assert public.edge.documents_kept == 24
    commented = "{ viewer { name } } #" + "x" * 250
    await public.post(READER, commented)
    assert await public.kept() == [commented]
    assert public.edge.documents_kept == 27
    await public.post(READER, commented + "x" * 200)
    assert (await public.kept(), public.edge.documents_kept) == ([], 0)


async def test_one_new_document_of_a_caller_is_checked_at_a_time(public: Public) -> None:
    documents = [f"query Q{number} {{ viewer {{ {'name ' * 50} scopes }} }}" for number in range(4)]
    calls = [asyncio.create_task(public.post(READER, document)) for document in documents]
    await until(lambda: public.slow.at_once == 1)
    # Who is known already, and who else calls, does not wait.
    assert (await public.post(STRANGER, "{ viewer { name } }")).status_code == 200
    assert public.slow.seen == ["Q0", ""]
    public.slow.leave.set()
    answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert public.slow.most_at_once == 1


async def test_callers_who_send_the_same_new_document_at_once_have_it_checked_once(public: Public) -> None:
    document = NAMES.format("name " * 50 + "scopes")
    calls = [asyncio.create_task(public.post(READER, document)) for _ in range(5)]
    await until(lambda: public.slow.at_once == 1)
    public.slow.leave.set()
    await asyncio.gather(*calls)
    assert public.slow.seen == [""]


@pytest.mark.parametrize(("principal", "on_loop"), [(STRANGER, False), (READER, True)])
async def test_a_strangers_document_is_checked_off_the_loop_however_short_it_is(
    services: Services, principal: Principal, on_loop: bool
) -> None:
    where: list[int] = []

    class Notes(ValidationRule):
        def enter_operation_definition(self, *_: object) -> None:
            where.append(threading.get_ident())

    public = Public(services)
    public.edge = GraphQLEdge(GraphOptions(development=False, rules=(Notes,)))
    public.app = Starlette(routes=public.edge.routes())
    public.app.state.services = public.services
    assert (await public.post(principal, NAMES.format("name"))).json()["data"]["viewer"]["name"]
    assert [one == threading.get_ident() for one in where] == [on_loop]


async def test_a_server_that_ends_checks_documents_of_keys_only(public: Public) -> None:
    public.edge.drain()  # before there is a schema there is nothing to end
    assert (await public.post(STRANGER, NAMES.format("name"))).json()["data"]["viewer"]["name"] == "anonymous"
    public.edge.drain()
    assert (await public.error(STRANGER, NAMES.format("a: name")))["extensions"]["code"] == "RATE_LIMITED"
    assert (await public.post(READER, NAMES.format("b: name"))).json()["data"]["viewer"] == {"b": "ann"}


async def test_a_stranger_who_sends_too_much_at_once_is_told_to_come_back(public: Public) -> None:
    documents = [
        f"query Q{number} {{ viewer {{ {'name ' * 20} scopes a: name b: name }} }}" for number in range(5)
    ]
    long = [document.replace("scopes", "anonymous " * 25 + "scopes") for document in documents]
    calls = [asyncio.create_task(public.post(STRANGER, document)) for document in long[:4]]
    await until(lambda: public.slow.at_once == 1)
    refused = await public.post(STRANGER, long[4])
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["errors"][0]["message"].startswith(
        "4 of your documents that are new to this server"
    )
    public.slow.leave.set()
    assert [answer.status_code for answer in await asyncio.gather(*calls)] == [200] * 4
    assert public.slow.most_at_once == 1


async def test_operators_documents_may_have_more_fields_than_others(door: Door) -> None:
    limits = GraphLimits().of_operator()
    assert (limits.fields, limits.fragments, limits.comparisons) == (4_000, 4_000, 500_000)
