"""What lists and figures say once requests are gone: never less without saying so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.callers import Principal, Scope
from domain.requests.feedback import FeedbackCommand
from domain.words import FeedbackForm
from serving.services import Services
from tests.graph.conftest import Door
from tests.serving.kept_world import Time, opened
from tests.serving.private_world import FAILS, loan, private_registry
from tests.serving.world import EVERYBODY, Dice, command

SET = """mutation ($input: SetRetentionInput!) { setRetention(input: $input) {
  retention { inputsDays rowsDays changedBy } userErrors { code message path } } }"""
SHOW = """{ endpoint(name: "loans") { retention { inputsDays rowsDays changedBy changedAt keptFrom inputsKeptFrom
  rowsRemovedAt inputsRemovedAt removed { inputs rows features observations feedbackEvents externalIds }
  waits { reason message until } changes { inputsDays rowsDays createdBy createdAt } } } }"""
FIGURES = """query ($where: RequestWhere) { requests(where: $where) {
  aggregate { count withFeedback scored correct unscoredFeedback }
  groupedAggregates(by: [LABEL, FEEDBACK]) { groups {
    label feedback aggregate { count scored unscoredFeedback } } } } }"""
BY_SUBJECT = "{ requests { groupedAggregates(by: [SUBJECT]) { groups { subject aggregate { count } } } } }"
TOTAL = "query ($where: RequestWhere) { requests(where: $where) { totalCount } }"
BY_TOWN = """{ requests { groupedAggregates(by: FEATURE, feature: "town") {
  groups { featureText aggregate { count } } } } }"""


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def bank(database_url: str, dice: Dice, time: Time) -> AsyncIterator[Services]:
    services = await opened(database_url, private_registry(), dice, time)
    yield services
    await services.stop()


@pytest.fixture
def dice() -> Dice:
    return Dice()


async def ask(services: Services, *rows: Any, subject: str = "ann", truths: tuple[Any, ...] = ()) -> None:
    made = await services.predictor.predict(command(*rows, endpoint="loans", subject=subject))
    for prediction, truth in zip(made, truths, strict=False):
        given = FeedbackCommand(prediction.request.id, truth, FeedbackForm.LEGACY)
        await services.feedback.give(given, EVERYBODY)


async def answer(services: Services, query: str, **variables: Any) -> dict[str, Any]:
    found = await Door(services).post(query, **variables)
    assert "errors" not in found, found
    return found


async def some_days(bank: Services, time: Time) -> None:
    """Right, wrong, failed by itself, by the caller, and a truth that is no class; the last day stays."""
    rows = (loan("1"), loan("2", 1), loan("3", town=FAILS), loan("4", "x"), loan("5"))
    await ask(bank, *rows, truths=("yes", "yes", "no", "no", "perhaps"))
    await bank.retentions.set_rule("loans", 5, 6, Principal("boss", frozenset({Scope.ADMIN})))
    time.forward(9)
    await ask(bank, *rows[:3], subject="ben", truths=("yes", "no", "yes"))


async def test_figures_of_the_summaries_stay_to_the_last_number(bank: Services, time: Time) -> None:
    await some_days(bank, time)
    exact = "{ requests { aggregate { count errors withFeedback scored correct unscoredFeedback } } }"
    before = await answer(bank, exact)
    assert before["data"]["requests"]["aggregate"] == {
        "count": 8, "errors": 2, "withFeedback": 8, "scored": 6, "correct": 3, "unscoredFeedback": 1,
    }  # fmt: skip
    await bank.retentions.round()
    assert await answer(bank, exact) == before
    assert await bank.summaries.check() == []


async def test_confusion_is_still_told_of_all_where_every_truth_was_a_class(
    bank: Services, time: Time
) -> None:
    rows = (loan("1"), loan("2", 1), loan("3", town=FAILS), loan("4", "x"))
    await ask(bank, *rows, truths=("yes", "yes", "no", "no"))
    await bank.retentions.set_rule("loans", None, 6, Principal("boss", frozenset({Scope.ADMIN})))
    time.forward(9)
    await ask(bank, *rows[:3], subject="ben", truths=("yes", "no", "yes"))
    where = {"withFeedback": True}
    before = await answer(bank, FIGURES, where=where)
    await bank.retentions.round()
    after = await answer(bank, FIGURES, where=where)
    ours = before["data"]["requests"]["groupedAggregates"]["groups"]
    # The caller's failure counts for nothing, so that its truth is not kept either.
    moved = [dict(one) for one in after["data"]["requests"]["groupedAggregates"]["groups"]]
    assert (
        sum(one["aggregate"]["count"] for one in moved) == sum(one["aggregate"]["count"] for one in ours) == 7
    )
    assert [one for one in moved if one["label"]] == [one for one in ours if one["label"]]
    assert after["data"]["requests"]["aggregate"] == before["data"]["requests"]["aggregate"]


async def test_what_is_told_from_requests_says_since_when_these_are_kept(bank: Services, time: Time) -> None:
    await some_days(bank, time)
    assert "extensions" not in await answer(bank, BY_SUBJECT)
    await bank.retentions.round()
    found = await answer(bank, BY_SUBJECT)
    groups = found["data"]["requests"]["groupedAggregates"]["groups"]
    assert [(one["subject"], one["aggregate"]["count"]) for one in groups] == [("ben", 3)]
    since = "2026-03-04T00:00:00.000+00:00"
    assert found["extensions"]["warnings"] == [
        {
            "code": "NOT_ALL_KEPT",
            "message": f"Requests of loans before {since} are no longer kept, and this is told from single requests: "
            "they are not in it.",
            "endpoint": "loans",
            "since": since,
        }
    ]
    later = BY_SUBJECT.replace("requests", 'requests(where: {createdFrom: "2026-03-04T00:00:00Z"})')
    assert "extensions" not in await answer(bank, later)
    other = BY_SUBJECT.replace("requests", 'requests(where: {endpoint: "levels"})')
    assert "extensions" not in await answer(bank, other)


async def test_a_list_counts_the_requests_that_are_kept(bank: Services, time: Time) -> None:
    await some_days(bank, time)
    assert (await answer(bank, TOTAL))["data"]["requests"]["totalCount"] == 8
    await bank.retentions.round()
    for where, after in (
        (None, 3),
        ({"endpoint": "loans"}, 3),
        ({"createdFrom": "2026-03-10T00:00:00Z"}, 3),
        ({"createdBefore": "2026-03-04T00:00:00Z"}, 0),
    ):
        assert (await answer(bank, TOTAL, where=where))["data"]["requests"]["totalCount"] == after


async def test_features_that_went_with_their_inputs_are_said_to_have_gone(bank: Services, time: Time) -> None:
    await ask(bank, loan("1"))
    await bank.retentions.set_rule("loans", 5, None, Principal("boss", frozenset({Scope.ADMIN})))
    time.forward(9)
    await ask(bank, loan("2"))
    await bank.retentions.round()
    found = await answer(bank, BY_TOWN)
    groups = found["data"]["requests"]["groupedAggregates"]["groups"]
    assert [(one["featureText"], one["aggregate"]["count"]) for one in groups] == [("Ulm", 1), (None, 1)]
    assert [(one["code"], one["since"]) for one in found["extensions"]["warnings"]] == [
        ("NO_INPUTS_KEPT", "2026-03-05T00:00:00.000+00:00")
    ]


async def test_rule_is_set_by_admins_and_shown_with_what_it_did(bank: Services, time: Time) -> None:
    reader = Door(bank, Principal("eve", frozenset({Scope.READ})))
    refused = await reader.post(SET, input={"endpoint": "loans", "rowsDays": 6})
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    wrong = await answer(bank, SET, input={"endpoint": "loans", "inputsDays": 9, "rowsDays": 6})
    assert wrong["data"]["setRetention"]["userErrors"][0]["code"] == "BAD_USER_INPUT"
    assert wrong["data"]["setRetention"]["userErrors"][0]["path"] == ["input", "rowsDays"]
    shown = (await answer(bank, SHOW))["data"]["endpoint"]["retention"]
    assert (shown["rowsDays"], shown["changedBy"], shown["changes"], shown["waits"]) == (None, None, [], [])
    boss = Door(bank, Principal("boss", frozenset(Scope)))
    done = await boss.post(SET, input={"endpoint": "loans", "inputsDays": 5, "rowsDays": 6})
    assert done["data"]["setRetention"] == {
        "retention": {"inputsDays": 5, "rowsDays": 6, "changedBy": "boss"}, "userErrors": [],
    }  # fmt: skip
    await ask(bank, loan("1"), loan("2"), truths=("yes",))
    time.forward(9)
    await bank.retentions.round()
    shown = (await answer(bank, SHOW))["data"]["endpoint"]["retention"]
    assert shown == {
        "inputsDays": 5,
        "rowsDays": 6,
        "changedBy": "boss",
        "changedAt": "2026-03-01T12:00:00+00:00",
        "keptFrom": "2026-03-04T00:00:00+00:00",
        "inputsKeptFrom": "2026-03-05T00:00:00+00:00",
        "rowsRemovedAt": "2026-03-10T12:00:00+00:00",
        "inputsRemovedAt": None,
        "removed": {
            "inputs": 0, "rows": 2, "features": 6, "observations": 0, "feedbackEvents": 1, "externalIds": 0,
        },
        "waits": [],
        "changes": [
            {"inputsDays": 5, "rowsDays": 6, "createdBy": "boss", "createdAt": "2026-03-01T12:00:00+00:00"}
        ],
    }  # fmt: skip


async def test_request_is_forgotten_by_its_external_id(bank: Services) -> None:
    forget = """mutation ($input: ForgetRequestInput!) { forgetRequest(input: $input) {
      requestsForgotten userErrors { code path } } }"""
    ask_ = """mutation ($input: PredictInput!) { predict(input: $input) { userErrors { message } } }"""
    asked = {"endpoint": "loans", "features": loan("1"), "externalId": "Ann's"}
    await answer(bank, ask_, input=asked)
    found = await answer(bank, forget, input={"endpoint": "loans", "externalId": "Ann's"})
    assert found["data"]["forgetRequest"] == {"requestsForgotten": 1, "userErrors": []}
    again = await answer(bank, forget, input={"endpoint": "loans", "externalId": "Ann's"})
    assert again["data"]["forgetRequest"]["requestsForgotten"] == 0
    wrong = await answer(bank, forget, input={"endpoint": "loan", "externalId": "Ann's"})
    assert wrong["data"]["forgetRequest"]["userErrors"] == [
        {"code": "ENDPOINT_NOT_FOUND", "path": ["input", "endpoint"]}
    ]
