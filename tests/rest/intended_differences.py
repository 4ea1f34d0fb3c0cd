"""Where this server answers otherwise than the recorded one, each difference with its reason.

`DIFFERENCES` gives, by the number of the exchange, what is expected instead. `BEFORE` gives calls that the replay
makes before an exchange, where the better answer to an earlier one left another state behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


class _Anything:
    """Equal to any value that is not empty: free texts, new ids, what chance decides."""

    def __repr__(self) -> str:
        return "ANYTHING"


ANYTHING: Final = _Anything()
RECORDED: Final = object()
WITHOUT_SLASH: Final = object()

JSON = "application/json"


@dataclass(frozen=True)
class Difference:
    """What is expected instead of the recording; RECORDED fields stay as they were.

    `varies` names fields of the body that are compared by type only; body WITHOUT_SLASH means the very answer
    that the same call gets without its trailing slash.
    """

    reason: str
    status: Any = RECORDED
    content_type: Any = RECORDED
    body: Any = RECORDED
    varies: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Call:
    """A call that the recording lacks, with recorded ids.

    With `stands_for`, the test that it creates takes the place of the one with that recorded id.
    """

    reason: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    status: int = 200
    stands_for: int | None = None


def _error(message: Any) -> dict[str, Any]:
    return {"status": "Error", "message": message, "request_id": ANYTHING}


SLASH = "a trailing slash was an HTML 404; both spellings work"
HTML = "browsers got the HTML of a framework; everybody gets JSON"
LOGGED = "a call that finds no algorithm is logged too, and its answer names the logged request"
NO_FREE_TEXT = "any text was taken as a status, now only production and testing are"
ONE_ENDPOINT = "no test joins two endpoints, so none runs on premium_insurance here"
ANOTHER_ENDPOINT = "one more endpoint ships, after the two of the old service"
DRAWN = "chance decides which of the two algorithms answers a call of a test"

NOT_AVAILABLE = _error("ML algorithm not available")
AMBIGUOUS = _error("ML algorithm selection is ambiguous. Please specify algorithm version")
ANSWER = {"probability": ANYTHING, "label": ANYTHING, "status": "OK", "request_id": ANYTHING}
REFUSED = {"detail": ANYTHING}
DRAW = frozenset({"label", "response", "parent_mlalgorithm"})
ENDPOINTS = [
    {"id": id_, "name": name, "owner": "DTA", "created_at": ANYTHING}
    for id_, name in enumerate(("income_classifier", "premium_insurance", "wine_cultivar"), 1)
]
NEW_TEST = {"title": "t0", "created_by": "me", "parent_mlalgorithm1": 1, "parent_mlalgorithm2": 2}


def _test(title: str) -> dict[str, Any]:
    return {
        "id": ANYTHING,
        "title": title,
        "model_type": "classifier",
        "created_by": "me",
        "created_at": ANYTHING,
        "ended_at": None,
        "summary": "",
        "parent_mlalgorithm1": 1,
        "parent_mlalgorithm2": 2,
    }


def _request(feedback: str) -> dict[str, Any]:
    return {
        "id": ANYTHING,
        "input_data": ANYTHING,
        "full_response": ANYTHING,
        "response": ANYTHING,
        "feedback": feedback,
        "created_at": ANYTHING,
        "parent_mlalgorithm": 1,
    }


def _status(status: str, algorithm: int) -> dict[str, Any]:
    return {
        "id": ANYTHING,
        "active": True,
        "status": status,
        "created_by": "me",
        "created_at": ANYTHING,
        "parent_mlalgorithm": algorithm,
    }


DIFFERENCES: Mapping[int, Difference] = {
    **{n: Difference(ANOTHER_ENDPOINT, body=ENDPOINTS) for n in (3, 33, 39, 46)},
    **{n: Difference(SLASH, status=200, content_type=JSON, body=WITHOUT_SLASH) for n in (6, 10, 16, 18, 28)},
    **{n: Difference(SLASH, content_type=JSON, body=WITHOUT_SLASH) for n in (24, 30)},
    37: Difference(
        HTML,
        content_type=JSON,
        body=ENDPOINTS,
    ),
    45: Difference("the preflight has no body, and so no content type", content_type=None),
    54: Difference("the root is a page that says what runs here", status=200, body=ANYTHING),
    56: Difference(
        "there is no admin site",
        status=404,
        content_type=JSON,
        body={"detail": "Not found.", "code": "NOT_FOUND"},
    ),
    **{n: Difference(LOGGED, body=NOT_AVAILABLE) for n in (63, 64, 65, 66, 67, 139)},
    **{n: Difference(LOGGED, body=AMBIGUOUS) for n in (140, 141)},
    70: Difference(SLASH, status=200, content_type=JSON, body=ANSWER),
    73: Difference("an unknown URL was an HTML 404", content_type=JSON, body={"detail": "Not found."}),
    88: Difference(
        "several rows were a puzzling error; they are refused with a pointer to predict_batch",
        status=400,
        body={
            "status": "Error",
            "message": "predict takes one row, and the list has 2: "
            "send it to POST /api/v1/income_classifier/predict_batch.",
        },
    ),
    **{
        n: Difference(
            "a number or null instead of a row broke the service",
            status=400,
            content_type=JSON,
            body=_error(ANYTHING),
        )
        for n in (91, 92)
    },
    102: Difference("an empty or nan value in a form is missing, and filled as in training", body=ANSWER),
    **{n: Difference(HTML, content_type=JSON, body=ANSWER) for n in (104, 105)},
    111: Difference(
        "features were taken by position, so another order gave another price",
        body={"probability": 1.0, "label": ANYTHING, "status": "OK", "request_id": ANYTHING},
    ),
    118: Difference(SLASH, status=200, content_type=JSON, body=_request("x")),
    121: Difference("feedback that was cleared reads as feedback that was never given", body=_request("")),
    143: Difference(NO_FREE_TEXT, status=400, body={"status": [ANYTHING]}),
    144: Difference(NO_FREE_TEXT, status=400, body=NOT_AVAILABLE),
    150: Difference(SLASH, status=201, content_type=JSON, body=_status("testing", 2)),
    157: Difference(SLASH, status=201, content_type=JSON, body=_test("t")),
    160: Difference(
        "a test without requests could not be stopped (division by zero); it ends inconclusive",
        status=200,
        body={"message": "A/B testing completed", "summary": ANYTHING},
    ),
    162: Difference("a test took its endpoint out of service; the champion answers", status=200, body=ANSWER),
    163: Difference(LOGGED, body=NOT_AVAILABLE),
    **{n: Difference(DRAWN, varies=DRAW) for n in (164, 165, 166, 167, 168, 169)},
    210: Difference(SLASH, status=200, body={"message": "A/B testing completed", "summary": ANYTHING}),
    213: Difference(
        "the call with a slash stopped it", body={"message": "A/B testing is already completed."}
    ),
    219: Difference("a second test at once was taken", status=400, body=REFUSED),
    220: Difference("a test across endpoints was taken", status=400, body=REFUSED),
    **{
        n: Difference(ONE_ENDPOINT, status=400, content_type=JSON, body=NOT_AVAILABLE)
        for n in range(222, 226)
    },
    226: Difference("a test of an algorithm against itself was taken", status=400, body=REFUSED),
}

BEFORE: Mapping[int, Call] = {
    119: Call(
        "exchange 118, now answered, gave another ground truth than the following ones expect",
        "PATCH",
        "/api/v1/mlrequests/38",
        {"feedback": ">50K"},
    ),
    158: Call(
        "exchange 157, now answered, began a test; it must end before the next one",
        "POST",
        "/api/v1/stop_ab_test/1",
    ),
    162: Call(
        "exchange 160, now answered, ended the test that the following exchanges use",
        "POST",
        "/api/v1/abtests",
        NEW_TEST,
        status=201,
        stands_for=1,
    ),
    219: Call(
        "a test ran here whose creation was not recorded", "POST", "/api/v1/abtests", NEW_TEST, status=201
    ),
}
