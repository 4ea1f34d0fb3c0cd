"""Every recorded exchange of the old service, replayed in order against a fresh server."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.rest.intended_differences import (
    ANYTHING,
    BEFORE,
    DIFFERENCES,
    RECORDED,
    WITHOUT_SLASH,
    Call,
    Difference,
)

if TYPE_CHECKING:
    from tests.rest.conftest import Serve

TRANSCRIPTS = Path(__file__).with_name("transcripts.jsonl")
RECORDED_BASE = "http://127.0.0.1:21000"
NONE = Difference("")

# The old service had four algorithms; here a CatBoost one stands third and sixth.
ALGORITHMS = {1: 1, 2: 2, 3: 4, 4: 5}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
PATH_ID = re.compile(r"/(mlrequests|mlalgorithms|abtests|stop_ab_test)/(\d+)(?=/|$)")


@dataclass
class Ids:
    """Ids that the recording and this server gave to the same things."""

    algorithms: dict[int, int] = field(default_factory=lambda: dict(ALGORITHMS))
    requests: dict[int, int] = field(default_factory=dict)
    ab_tests: dict[int, int] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)

    def of_path(self, path: str) -> dict[int, int]:
        """The ids of the things that a URL is about."""
        if "mlrequests" in path or "predict" in path:
            return self.requests
        if "mlalgorithmstatuses" in path:
            return self.statuses
        return self.algorithms if "mlalgorithms" in path else self.ab_tests

    def translated(self, path: str) -> str:
        """The path with this server's ids in it."""
        return PATH_ID.sub(lambda found: f"/{found[1]}/{self._of(found[1], int(found[2]))}", path)

    def _of(self, resource: str, recorded: int) -> int:
        return self.of_path(resource).get(recorded, recorded)


def exchanges() -> list[dict[str, Any]]:
    return [json.loads(line) for line in TRANSCRIPTS.read_text().splitlines()]


async def test_every_recorded_exchange_is_answered_as_recorded_or_better(serve: Serve) -> None:
    ids = Ids()
    wrong: list[str] = []
    replayed = 0
    # The old service asked nobody for a key; scopes granted by name answer CORS to everyone, as it did.
    async with serve(anonymous_scopes="read predict feedback admin") as client:
        for exchange in exchanges():
            if exchange["n"] in BEFORE:
                await make(client, BEFORE[exchange["n"]], ids)
            wrong += await replay(client, exchange, ids)
            replayed += 1
    assert "\n".join(wrong) == ""
    assert replayed == 142


def test_every_intended_difference_is_one_of_a_recorded_exchange() -> None:
    recorded = {exchange["n"] for exchange in exchanges()}
    assert set(DIFFERENCES) <= recorded
    assert set(BEFORE) <= recorded
    assert all(difference.reason for difference in DIFFERENCES.values())


async def make(client: httpx.AsyncClient, call: Call, ids: Ids) -> None:
    response = await client.request(call.method, ids.translated(call.path), json=call.body)
    assert response.status_code == call.status, (call, response.text)
    if call.stands_for is not None:
        ids.ab_tests[call.stands_for] = response.json()["id"]


async def replay(client: httpx.AsyncClient, exchange: dict[str, Any], ids: Ids) -> list[str]:
    request, recorded = exchange["request"], exchange["response"]
    difference = DIFFERENCES.get(exchange["n"], NONE)
    path = ids.translated(request["path"])
    response = await client.request(
        request["method"], path, headers=request["headers"], content=body_of(request, ids)
    )
    wrong = list(compare_heads(difference, recorded, response))
    if difference.body is WITHOUT_SLASH:
        plain = await client.request(request["method"], path.rstrip("/"))
        if (plain.status_code, plain.content) != (response.status_code, response.content):
            wrong.append(f"not what {path.rstrip('/')} answers")
    else:
        expected = recorded["body"] if difference.body is RECORDED else difference.body
        varies = difference.varies | {name.removeprefix("[].") for name in exchange["vary"]}
        actual = response.text if isinstance(expected, str) or expected is ANYTHING else response.json()
        comparison = Comparison(ids, request["path"], varies, str(client.base_url).rstrip("/"))
        wrong += comparison.differences(expected, actual)
    return [f"{exchange['n']} ({exchange['note']}): {what} in {response.text[:300]}" for what in wrong]


def body_of(request: dict[str, Any], ids: Ids) -> bytes | None:
    if "body_hex" in request:
        return bytes.fromhex(request["body_hex"])
    if request["body"] is None:
        return None
    text: str = request["body"]
    if text.endswith("…"):
        # The recording was cut in a value of more than 10,000 characters.
        text = text[:-1] + "x" * 10_000 + '"}'
    if "parent_mlalgorithm" in text and text.startswith("{"):
        body = json.loads(text)
        for name, value in body.items():
            if name.startswith("parent_mlalgorithm") and isinstance(value, int):
                body[name] = ids.algorithms[value]
        text = json.dumps(body)
    return text.encode()


def compare_heads(difference: Difference, recorded: dict[str, Any], response: httpx.Response) -> list[str]:
    wrong = []
    status = recorded["status"] if difference.status is RECORDED else difference.status
    if response.status_code != status:
        wrong.append(f"status {response.status_code}, not {status}")
    recorded_type = recorded["headers"].get("content-type")
    media_type = recorded_type if difference.content_type is RECORDED else difference.content_type
    actual_type = response.headers.get("content-type")
    if (actual_type or "").partition(";")[0] != (media_type or "").partition(";")[0]:
        wrong.append(f"content type {actual_type}, not {media_type}")
    allow = recorded["headers"].get("allow")
    if allow is not None and response.headers.get("allow") != allow:
        wrong.append(f"allow {response.headers.get('allow')}, not {allow}")
    if recorded["headers"].get("access-control-allow-origin") != response.headers.get(
        "access-control-allow-origin"
    ):
        wrong.append("another access-control-allow-origin")
    return wrong


@dataclass(frozen=True)
class Comparison:
    """Compares a body with its recording: ids mapped, times and probabilities by shape, the rest exactly."""

    ids: Ids
    path: str
    varies: frozenset[str]
    base: str

    def differences(self, expected: Any, actual: Any, name: str = "") -> list[str]:
        if expected is ANYTHING:
            return [] if actual not in (None, "", [], {}) else [f"{name} is empty"]
        if isinstance(expected, dict) and isinstance(actual, dict):
            return self._objects(expected, actual, name)
        if isinstance(expected, list) and isinstance(actual, list):
            if len(expected) != len(actual):
                return [f"{name} has {len(actual)} items, not {len(expected)}"]
            pairs = zip(expected, actual, strict=True)
            return [wrong for one, other in pairs for wrong in self.differences(one, other, name)]
        return [] if self._same(expected, actual, name) else [f"{name} is {actual!r}, not {expected!r}"]

    def _objects(self, expected: dict[str, Any], actual: dict[str, Any], name: str) -> list[str]:
        if list(expected) != list(actual):
            return [f"{name} has the keys {list(actual)}, not {list(expected)}"]
        # What an algorithm, or the check of its features, says of a failed row is a free text.
        free = {"message"} if "request_id" in expected and self.path.count("predict") else set()
        wrong: list[str] = []
        for key, value in expected.items():
            is_free = key in free and value is not ANYTHING and not value.startswith("ML algorithm")
            wrong += self.differences(ANYTHING if is_free else value, actual[key], key)
        return wrong

    def _same(self, expected: Any, actual: Any, name: str) -> bool:
        if name in {"request_id", "id"}:
            return self._same_id(expected, actual, new=name == "request_id" or name in self.varies)
        if name.startswith("parent_mlalgorithm") and isinstance(expected, int) and name not in self.varies:
            return bool(actual == self.ids.algorithms[expected])
        if name == "full_response":
            return self.differences(ast.literal_eval(expected), ast.literal_eval(actual), name) == []
        if name in {"created_at", "ended_at"} and expected is not None:
            return isinstance(actual, str) and TIME.fullmatch(actual) is not None
        if name == "probability" and expected != 1.0:
            return isinstance(actual, float) and 0 <= actual <= 1
        return self._same_value(expected, actual, name)

    def _same_id(self, expected: int, actual: Any, *, new: bool) -> bool:
        known = self.ids.of_path(self.path)
        if new:
            known[expected] = actual
            return isinstance(actual, int)
        return bool(actual == known.get(expected, expected))

    def _same_value(self, expected: Any, actual: Any, name: str) -> bool:
        if isinstance(expected, str) and expected.startswith(RECORDED_BASE):
            return bool(actual == expected.replace(RECORDED_BASE, self.base))
        if name in self.varies:
            return type(actual) is type(expected) and actual != ""
        return bool(actual == expected)
