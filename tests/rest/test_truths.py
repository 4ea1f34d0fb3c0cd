"""Ground truth over the old URLs: stored as it always was, scored only where it is a declared class."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rest.rows import INCOME, POOR, PREMIUM

PREFIX = "/api/v1"
FIGURES = "count withFeedback scored correct accuracy unscoredFeedback"
LABEL = "<=50K"


async def graph(client: Any, query: str, **variables: Any) -> Any:
    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    return answer["data"]


@pytest.mark.parametrize("kind", ["json", "data"])
async def test_any_text_is_stored_and_counted_but_not_scored(
    serve: Any, database_url: str, kind: str
) -> None:
    async with serve(database_url=database_url) as client:
        made = (await client.post(f"{PREFIX}/income_classifier/predict_batch", json=[POOR] * 4)).json()
        assert [answer["label"] for answer in made] == [LABEL] * 4
        urls = [f"{PREFIX}/mlrequests/{answer['request_id']}" for answer in made]
        for url, truth in zip(urls, [LABEL, f"{LABEL}.", "rich"], strict=False):
            answer = await client.patch(url, **{kind: {"feedback": truth}})
            assert (answer.status_code, answer.json()["feedback"]) == (200, truth)
        query = f"""{{
          days: requests {{ aggregate {{ {FIGURES} }} }}
          rows: requests(where: {{latency: {{min: 0}}}}) {{ aggregate {{ {FIGURES} }} }}
          truths: requests(where: {{withFeedback: true}}) {{ aggregate {{ {FIGURES} }} nodes {{ correct }} }}
          groups: requests {{ groupedAggregates(by: FEEDBACK) {{
            groups {{ feedback aggregate {{ unscoredFeedback }} }} }} }}
        }}"""
        data = await graph(client, query)
        expected = {
            "count": 4,
            "withFeedback": 3,
            "scored": 1,
            "correct": 1,
            "accuracy": 1.0,
            "unscoredFeedback": 2,
        }
        assert data["days"]["aggregate"] == data["rows"]["aggregate"] == expected
        assert data["truths"]["aggregate"] == expected | {"count": 3}
        assert [node["correct"] for node in data["truths"]["nodes"]] == [None, None, True]
        assert [
            (one["feedback"], one["aggregate"]["unscoredFeedback"])
            for one in data["groups"]["groupedAggregates"]["groups"]
        ] == [(LABEL, 0), (f"{LABEL}.", 1), ("rich", 1), (None, 0)]
        for truth, scored in (("rich", 0), (LABEL, 1), ("", 0)):
            await client.put(urls[0], **{kind: {"feedback": truth}})
            data = await graph(client, "{ requests { aggregate { scored } } }")
            assert data["requests"]["aggregate"]["scored"] == scored


async def test_a_test_says_how_many_truths_are_no_class(serve: Any, database_url: str) -> None:
    body = {"title": "t", "created_by": "c", "parent_mlalgorithm1": 1, "parent_mlalgorithm2": 2}
    async with serve(database_url=database_url) as client:
        assert (await client.post(f"{PREFIX}/abtests", json=body)).status_code == 201
        for truth in (LABEL, "rich", "<=50k"):
            answer = await client.post(f"{PREFIX}/income_classifier/predict?status=ab_testing", json=POOR)
            await client.put(f"{PREFIX}/mlrequests/{answer.json()['request_id']}", json={"feedback": truth})
        data = await graph(
            client, "{ abTest(id: 1) { arms { withFeedback } result { warnings arms { withFeedback } } } }"
        )
        assert sum(arm["withFeedback"] for arm in data["abTest"]["arms"]) == 1
        assert sum(arm["withFeedback"] for arm in data["abTest"]["result"]["arms"]) == 1
        assert (
            "2 requests have a ground truth that is no class of the endpoint and are not scored; "
            "give them a declared class"
        ) in data["abTest"]["result"]["warnings"]


@pytest.mark.parametrize("truth", ["25,5", "1,234.5", "nan", "inf", "tall", "1_000"])
async def test_a_regressors_truth_is_a_number_in_json(client: Any, truth: str) -> None:
    answer = (await client.post(f"{PREFIX}/premium_insurance/predict", json=PREMIUM)).json()
    told = await client.put(f"{PREFIX}/mlrequests/{answer['request_id']}", json={"feedback": truth})
    assert told.status_code == 400
    assert "must be a finite number" in told.json()["feedback"][0]


TEXTS: dict[str, Any] = {name: str(value) for name, value in INCOME.items()}


async def test_numbers_as_text_in_json_are_answered_as_numbers(serve: Any, database_url: str) -> None:
    async with serve(database_url=database_url) as client:
        url = f"{PREFIX}/income_classifier/predict"
        plain = (await client.post(url, json=INCOME)).json()
        assert plain["status"] == "OK"
        for body in (TEXTS, TEXTS | {"age": "32.0"}, [TEXTS]):
            answer = (await client.post(url, json=body)).json()
            assert {**answer, "request_id": 0} == {**plain, "request_id": 0}
        rows = [INCOME, TEXTS, TEXTS | {"age": ""}, TEXTS | {"age": "nan"}, TEXTS | {"age": "old"}]
        answers = (await client.post(f"{url}_batch", json=rows)).json()
        assert [answer["status"] for answer in answers] == ["OK", "OK", "Error", "Error", "Error"]
        assert answers[1]["probability"] == plain["probability"]
        assert answers[4]["message"].startswith("age must be a whole number")


async def test_graphql_takes_no_number_as_text(client: Any) -> None:
    query = """mutation ($rows: JSON!) {
      predict(input: {endpoint: "income_classifier", features: $rows}) { userErrors { code message } } }"""
    data = await graph(client, query, rows=TEXTS)
    error, *_ = data["predict"]["userErrors"]
    assert (error["code"], error["message"].split(",")[0]) == (
        "INVALID_FEATURES",
        "age must be a whole number from 0 to 120 years",
    )


@pytest.mark.parametrize(("text", "same"), [("1.0", 1), ("0.0", 0), ("true", 1), ("False", 0)])
async def test_a_form_takes_a_boolean_as_tables_write_it(client: Any, text: str, same: int) -> None:
    url = f"{PREFIX}/premium_insurance/predict"
    form = {name: str(value) for name, value in PREMIUM.items()} | {"Diabetes": text}
    answer = (await client.post(url, data=form)).json()
    plain = (await client.post(url, json=PREMIUM | {"Diabetes": same})).json()
    assert (answer["status"], answer.get("label")) == ("OK", plain["label"])


@pytest.mark.parametrize("text", ["2", "0.5", "yes", "1e999"])
async def test_a_form_takes_no_other_number_for_a_boolean(client: Any, text: str) -> None:
    form = {name: str(value) for name, value in PREMIUM.items()} | {"Diabetes": text}
    answer = (await client.post(f"{PREFIX}/premium_insurance/predict", data=form)).json()
    assert answer["message"].startswith("Diabetes must be true or false")
