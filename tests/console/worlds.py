"""What a server has lived through before a visitor comes: predictions, truths and A/B tests."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.graphiql.test_with_the_server import ROOT

INCOME = "income_classifier"
PREMIUM = "premium_insurance"
PATIENCE = 20
"""Seconds."""
TOLD, WAITING = 40, 3
"""How many truths of the running test are known, and how many disagreements wait for theirs."""


class Caller:
    """Somebody who sends predictions and truths to a server, and looks at it past the console."""

    def __init__(self, url: str) -> None:
        self._address = f"{url}/graphql"
        self._people = (
            {
                "sex": sex,
                "education": education,
                "age": age,
                "hours-per-week": hours,
                "occupation": occupation,
            }
            for age, hours, education, sex, occupation in itertools.product(
                range(25, 75, 7),
                (35, 50, 65),
                ("Masters", "HS-grad", "Bachelors", "Some-college"),
                ("Male", "Female"),
                ("Sales", "Exec-managerial", "Tech-support", "Craft-repair"),
            )
        )

    def graph(self, document: str, **variables: Any) -> Any:
        """The data of a GraphQL operation that has no errors."""
        body = json.dumps({"query": document, "variables": variables}).encode()
        asked = Request(self._address, body, {"content-type": "application/json"})
        with urlopen(asked, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return answer["data"]

    def begin(self, title: str, champion: str, challenger: str, endpoint: str = INCOME, **plan: Any) -> str:
        """Begin a test of two algorithms of an endpoint by name; its id."""
        found = self.graph(
            "query($e: String!) { endpoint(name: $e) { algorithms(first: 100) { nodes { id name } } } }",
            e=endpoint,
        )
        ids = {algorithm["name"]: algorithm["id"] for algorithm in found["endpoint"]["algorithms"]["nodes"]}
        given = {"title": title, "algorithms": [ids[champion], ids[challenger]], **plan}
        made = self.graph(
            "mutation($i: CreateABTestInput!) { createABTest(input: $i) { userErrors { message } abTest { id } } }",
            i=given,
        )["createABTest"]
        assert made["userErrors"] == []
        return str(made["abTest"]["id"])

    def predict(self, endpoint: str = INCOME, **changed: Any) -> dict[str, Any]:
        """Ask about the endpoint's example with these values changed; the request with both arms' answers."""
        example = json.loads((ROOT / f"artifacts/{endpoint}/endpoint.json").read_text())["example"]
        request = self.graph(
            "mutation($i: PredictInput!) { predict(input: $i) { userErrors { message } request { requestId label } } }",
            i={"endpoint": endpoint, "features": example | changed},
        )["predict"]["request"]
        return dict(request)

    def predict_someone(self) -> dict[str, Any] | None:
        """Ask about the next of many different people; with what both algorithms of a test answered, if one runs."""
        request = self.predict(**next(self._people))
        document = (
            "query($i: ID!) { request(id: $i) {"
            " abTest { state } abTestAnswers { champion { label } challenger { label } } } }"
        )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = self.graph(document, i=request["requestId"])["request"]
            # Whoever was not drawn answers a moment later, and no more where the test has ended since.
            if found["abTest"] is None or found["abTest"]["state"] != "RUNNING":
                return None
            both = found["abTestAnswers"]
            if both["champion"] and both["challenger"]:
                return request | dict(both)
        raise AssertionError(f"both arms have not answered {request['requestId']}")

    def tell(self, request: dict[str, Any], truth: Any) -> None:
        """Tell the ground truth of a request."""
        told = self.graph(
            "mutation($i: GiveFeedbackInput!) { giveFeedback(input: $i) { userErrors { message } } }",
            i={"requestId": request["requestId"], "feedback": truth},
        )["giveFeedback"]
        assert told["userErrors"] == []

    def test(self, test: str, fields: str) -> dict[str, Any]:
        """Some fields of a test."""
        return dict(self.graph(f"query($t: ID!) {{ abTest(id: $t) {{ {fields} }} }}", t=test)["abTest"])

    def statuses(self, endpoint: str = INCOME) -> dict[str, str | None]:
        """Each algorithm's status, by its name."""
        found = self.graph(
            "query($e: String!) { endpoint(name: $e) { algorithms(first: 100) { nodes { name status } } } }",
            e=endpoint,
        )
        return {
            algorithm["name"]: algorithm["status"] for algorithm in found["endpoint"]["algorithms"]["nodes"]
        }

    def waiting(self, test: str) -> list[str]:
        """The requests of the feedback queue, oldest first."""
        queue = self.graph(
            "query($t: ID!) { feedbackQueue(abTest: $t, first: 100) { nodes { request { requestId } } } }",
            t=test,
        )
        return [node["request"]["requestId"] for node in queue["feedbackQueue"]["nodes"]]

    def truth_of(self, request_id: str) -> str | None:
        """What is known of a request's truth."""
        found = self.graph("query($i: ID!) { request(id: $i) { feedback } }", i=request_id)
        truth: str | None = found["request"]["feedback"]
        return truth


def artifacts_with_an_index(folder: Path) -> Path:
    """The shipped artifacts, with one feature of the income classifier in the index."""
    copied = folder / "artifacts"
    shutil.copytree(ROOT / "artifacts", copied)
    declaration = copied / INCOME / "endpoint.json"
    declared = json.loads(declaration.read_text())
    for feature in declared["features"]:
        feature["indexed"] = feature["name"] == "sex"
    declaration.write_text(json.dumps(declared))
    return copied


def has_promoted(url: str) -> None:
    """A test that ended by itself, and promoted its challenger."""
    caller = Caller(url)
    test = caller.begin("Is CatBoost better?", "random forest", "catboost", outcomeSeen="ALL", minFeedback=20)
    while request := caller.predict_someone():
        caller.tell(request, request["challenger"]["label"])
    assert caller.test(test, "verdict") == {"verdict": "PROMOTED"}


def another_runs(url: str) -> None:
    """A test that runs, with disagreements whose truth is not known."""
    caller = Caller(url)
    running = caller.begin("Gradient boosting next?", "catboost", "gradient boosting", minFeedback=50)
    told = 0
    while len(caller.waiting(running)) < WAITING and (request := caller.predict_someone()):
        if request["champion"] == request["challenger"] and told < TOLD:
            told += 1
            caller.tell(request, request["champion"]["label"])
