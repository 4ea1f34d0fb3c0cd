"""The old URLs on SQLite and on PostgreSQL: one story, and calls of every nonsense."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

from tests.rest.rows import INCOME, POOR

PREFIX = "/api/v1"
WRITES = [
    ("POST", "income_classifier/predict"),
    ("POST", "premium_insurance/predict"),
    ("POST", "income_classifier/predict_batch"),
    ("PUT", "income_classifier/feedback"),
    ("POST", "income_classifier/feedback_batch"),
    ("POST", "mlalgorithmstatuses"),
    ("POST", "abtests"),
    ("PUT", "abtests/1"),
    ("PATCH", "abtests/1"),
    ("POST", "stop_ab_test/1"),
    ("PUT", "mlrequests/{request}"),
    ("PATCH", "mlrequests/{request}"),
]
READS = [
    ("GET", name + tail)
    for name in ("mlrequests", "mlalgorithmstatuses", "abtests")
    for tail in ("", "/1", "/99999999999", "/999999999999999999")
]
VALUES: list[Any] = [
    *(None, True, 0, -1, 1.5, 1e308, 10**25, 2**63, 2**53, -0.0),
    *("", "x", "\0", "ü" * 300, "nan", "inf", "1e5", " 5 ", "\U0001f600", "testing", "production"),
    *([], {}, [[]], {"a": {"b": [1]}}),
]
NAMES = [
    *INCOME,
    "status",
    "created_by",
    "title",
    "parent_mlalgorithm",
    "feedback",
    "label",
    "external_id",
    "rows",
    "external_ids",
]
PARAMETERS = ("status", "version", "algorithm", "subject", "external_id", "limit", "after")
TEST = {"title": "t", "created_by": "c", "parent_mlalgorithm1": 1, "parent_mlalgorithm2": 2}


def nonsense(chance: random.Random) -> dict[str, Any]:
    """What a client might send: often nearly right, in any of the three kinds of body."""
    body: Any = chance.choice([{}, dict(INCOME), dict(TEST)])
    body |= {name: chance.choice(VALUES) for name in chance.sample(NAMES, chance.randint(0, 4))}
    query = {name: str(chance.choice(VALUES)) for name in PARAMETERS if chance.random() < 0.15}
    kind = chance.choice(["json", "json", "rows", "value", "form", "multipart"])
    if kind == "form":
        return {"params": query, "data": {name: str(value) for name, value in body.items()}}
    if kind == "multipart":
        return {
            "params": query,
            "files": [("a", (None, "b")), *((n, (None, str(v))) for n, v in body.items())],
        }
    body = {"json": body, "rows": [body] * chance.randint(0, 3), "value": chance.choice(VALUES)}[kind]
    return {
        "params": query,
        "content": json.dumps(body).encode(),
        "headers": {"content-type": chance.choice(["application/json", "application/json; charset=latin-1"])},
    }


async def test_nothing_that_a_client_sends_breaks_the_server(serve: Any, database_url: str) -> None:
    chance = random.Random(1234)
    answers: Counter[int] = Counter()
    async with serve(database_url=database_url) as client:
        first = (await client.post(f"{PREFIX}/income_classifier/predict", json=POOR)).json()
        for _ in range(400):
            method, path = chance.choice(WRITES + READS)
            url = f"{PREFIX}/{path.format(request=first['request_id'])}"
            call = nonsense(chance)
            if method == "GET":
                call = {"params": call["params"]}
            response = await client.request(method, url, **call)
            assert response.status_code < 500, (method, url, call, response.text)
            json.loads(response.content)
            answers[response.status_code] += 1
        plain = await client.post(f"{PREFIX}/income_classifier/predict?algorithm=1", json=POOR)
        assert plain.status_code in {200, 400}
    assert set(answers) >= {200, 400, 404}


async def test_story_is_the_same_on_both_databases(serve: Any, database_url: str) -> None:
    async with serve(database_url=database_url) as client:
        assert (await client.post(f"{PREFIX}/abtests", data=TEST)).json()["id"] == 1
        predict = f"{PREFIX}/income_classifier/predict"
        ids = []
        for number in range(12):
            answer = (await client.post(f"{predict}?status=ab_testing&subject=s{number}", data=POOR)).json()
            ids.append(answer["request_id"])
            told = await client.put(f"{PREFIX}/mlrequests/{ids[-1]}", data={"feedback": answer["label"]})
            assert told.json()["feedback"] == answer["label"]
        assert [row["id"] for row in (await client.get(f"{PREFIX}/mlrequests")).json()] == ids
        page = (await client.get(f"{PREFIX}/mlrequests?limit=5&after={ids[2]}")).json()
        assert [row["id"] for row in page] == ids[3:8]
        stopped = (await client.post(f"{PREFIX}/stop_ab_test/1")).json()
        assert "Algorithm #1 accuracy: 1.0, Algorithm #2 accuracy: 1.0" in stopped["summary"]
        assert "nconclusive" in stopped["summary"]
        algorithms = (await client.get(f"{PREFIX}/mlalgorithms")).json()
        assert [row["current_status"] for row in algorithms[:3]] == ["production", "testing", None]
        log = (await client.get(f"{PREFIX}/mlalgorithmstatuses")).json()
        assert [(row["parent_mlalgorithm"], row["status"], row["active"]) for row in log] == [
            (1, "production", False),
            (2, "testing", False),
            (4, "production", True),
            (5, "testing", True),
            (8, "production", True),
            (9, "testing", True),
            (1, "ab_testing", False),
            (2, "ab_testing", False),
            (1, "production", True),
            (2, "testing", True),
        ]
