"""A client of one Arbiter server: typed predictions, feedback and history, with calls that may be repeated."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
from features import IncomeClassifierFeatures

PREDICT_INCOME = """
mutation PredictIncome($input: PredictIncomeClassifierInput!) {
  predictIncomeClassifier(input: $input) {
    request { requestId label probability }
    userErrors { code message path }
  }
}
"""
GIVE_FEEDBACK = """
mutation GiveFeedback($requestId: ID!, $feedback: JSON) {
  giveFeedback(input: {requestId: $requestId, feedback: $feedback}) {
    request { correct }
    userErrors { code message path }
  }
}
"""
HISTORY = """
query History($where: RequestWhere, $first: Int!, $after: String) {
  requests(where: $where, first: $first, after: $after) {
    nodes { requestId label probability feedback }
    pageInfo { hasNextPage endCursor }
  }
}
"""

# Nothing was done, and the same call may succeed in a moment. Of an unknown commit the repeated call tells, since a
# prediction has its key and feedback may be given twice.
PASSING = {"OVERLOADED", "RATE_LIMITED", "DATABASE_UNAVAILABLE", "COMMIT_UNKNOWN"}


class ArbiterError(Exception):
    """What the server refused: a stable `code`, and the `path` to the cause where there is one."""

    def __init__(self, code: str, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.path = path


class Passing(ArbiterError):
    """A call that may be repeated, after `wait` seconds where the server says so."""

    def __init__(self, code: str, message: str, wait: float | None = None) -> None:
        super().__init__(code, message)
        self.wait = wait


@dataclass(frozen=True)
class Prediction:
    """An answer, and the number under which it is logged."""

    request_id: str
    label: str
    probability: float


@dataclass(frozen=True)
class Logged:
    """A request of the history; without a label when it failed, without feedback while none was given."""

    request_id: str
    label: str | None
    feedback: str | None


class Arbiter:
    """Calls the server at `url`, such as http://127.0.0.1:8000/graphql; close it, or use it in a `with`."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        attempts: int = 5,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Accept": "application/graphql-response+json"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        self._http = httpx.Client(headers=headers, timeout=30, transport=transport)
        self._url = url
        self._attempts = attempts
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def predict_income(
        self,
        features: IncomeClassifierFeatures,
        *,
        subject: str | None = None,
        idempotency_key: str | None = None,
    ) -> Prediction:
        """Does this person earn more than 50,000 dollars a year?

        A call without a key gets one, so that it is logged once, however often it has to be sent.
        """
        sent = {
            "features": features,
            "subject": subject,
            "idempotencyKey": idempotency_key or str(uuid.uuid4()),
        }
        request = self._changed(PREDICT_INCOME, {"input": sent})
        return Prediction(request["requestId"], request["label"], request["probability"])

    def give_feedback(self, request_id: str, feedback: str | float | None) -> bool | None:
        """Tell what was true; None takes it back. Whether the label was right, where that can be said.

        Telling the same twice changes nothing, so that this needs no key.
        """
        request = self._changed(GIVE_FEEDBACK, {"requestId": request_id, "feedback": feedback})
        correct: bool | None = request["correct"]
        return correct

    def history(self, where: Mapping[str, Any] | None = None, *, page: int = 100) -> Iterator[Logged]:
        """The requests that meet `where`, newest first; pages are fetched as they are needed."""
        after: str | None = None
        while True:
            requests = self.run(HISTORY, {"where": where, "first": page, "after": after})["requests"]
            for node in requests["nodes"]:
                yield Logged(node["requestId"], node["label"], node["feedback"])
            if not requests["pageInfo"]["hasNextPage"]:
                return
            after = requests["pageInfo"]["endCursor"]

    def run(self, document: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """The data of any operation, sent again while the server or the network is in trouble.

        Only for what may be repeated: queries, feedback, and predictions with an idempotency key.
        """
        for attempt in range(1, self._attempts):
            try:
                return self._once(document, variables)
            except Passing as error:
                self._sleep(error.wait if error.wait is not None else 0.1 * 2**attempt)
            except httpx.TransportError:
                self._sleep(0.1 * 2**attempt)
        return self._once(document, variables)

    def _once(self, document: str, variables: Mapping[str, object]) -> dict[str, Any]:
        response = self._http.post(self._url, json={"query": document, "variables": variables})
        if "json" not in response.headers.get("Content-Type", ""):
            # Not from Arbiter but from something on the way to it.
            refusal = Passing if response.status_code in {429, 502, 503, 504} else ArbiterError
            raise refusal("HTTP", f"{response.status_code} {response.reason_phrase}")
        answer: dict[str, Any] = response.json()
        for error in answer.get("errors", []):
            extensions = error.get("extensions", {})
            code = extensions.get("code", "UNKNOWN")
            if code in PASSING:
                raise Passing(code, error["message"], extensions.get("retryAfter"))
            raise ArbiterError(code, error["message"])
        data: dict[str, Any] = answer["data"]
        return data

    def _changed(self, document: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """The request that a mutation answers. Raises the first of its userErrors."""
        (payload,) = self.run(document, variables).values()
        for error in payload["userErrors"]:
            raise ArbiterError(error["code"], error["message"], tuple(error["path"]))
        request: dict[str, Any] = payload["request"]
        return request
