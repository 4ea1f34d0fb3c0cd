from __future__ import annotations

from typing import Any

import pytest

from domain.callers import Scope
from tests.graph.ab_tests.test_result import DISPUTED, predict, tell
from tests.graph.conftest import Door

REPLAY = """
query ($algorithm: ID!, $where: RequestWhere, $limit: Int! = 10000) {
  replay(algorithm: $algorithm, where: $where, limit: $limit) {
    algorithm { name }
    requests
    skipped
    result {
      state verdict holds withheld isRetrospective eValue warnings
      arms { arm algorithm { name } withFeedback value }
      difference { estimate }
      discordance { challengerOnly championOnly bothRight bothWrong }
      sampleRatio { p }
    }
  }
}
"""


async def replay(door: Door, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await door.data(REPLAY, **variables))["replay"]
    return found


async def test_a_replay_says_whether_an_algorithm_would_have_done_better(door: Door) -> None:
    # "at zero" serves and calls 15 high; "at ten" would say the same, "at twenty" the contrary.
    asked = await predict(door, [15.0] * 60 + [30.0] * 60 + [1.0] * 5)
    await tell(door, asked[:120], ["low"] * 60 + ["high"] * 60)
    found = await replay(door, algorithm="3")
    assert (found["algorithm"]["name"], found["requests"], found["skipped"]) == ("at twenty", 120, 0)
    result = found["result"]
    assert result["isRetrospective"] is True
    # Whose answers were served then has decided which truths are known.
    assert (result["verdict"], result["holds"], result["withheld"]) == (
        None,
        ["UNKNOWN_OUTCOMES"],
        "PROMOTED",
    )
    assert result["discordance"] == {
        "challengerOnly": 60,
        "championOnly": 0,
        "bothRight": 60,
        "bothWrong": 0,
    }
    assert [(arm["arm"], arm["withFeedback"], arm["value"]) for arm in result["arms"]] == [
        ("CHAMPION", 120, 0.5),
        ("CHALLENGER", 120, 1.0),
    ]
    assert result["difference"] == {"estimate": 0.5}
    assert result["sampleRatio"] is None
    assert any("in retrospect" in warning for warning in result["warnings"])


async def test_a_replay_writes_nothing_and_changes_no_status(door: Door) -> None:
    asked = await predict(door, [DISPUTED] * 3)
    await tell(door, asked, ["low"] * 3)
    state = "{ requests { totalCount } statuses { totalCount } abTests { totalCount } algorithms { nodes { status } } }"
    before = await door.data(state)
    assert (await replay(door, algorithm="2"))["requests"] == 3
    assert await door.data(state) == before


async def test_a_replay_can_be_narrowed(door: Door) -> None:
    asked = await predict(door, [DISPUTED] * 6)
    await tell(door, asked, ["low", "high"] * 3)
    assert (await replay(door, algorithm="2", limit=4))["requests"] == 4
    found = await replay(door, algorithm="2", where={"feedback": "low"})
    assert (found["requests"], found["result"]["arms"][1]["value"]) == (3, 1.0)


async def test_a_replay_over_nothing_says_so(door: Door) -> None:
    found = await replay(door, algorithm="2")
    assert (found["requests"], found["result"]["verdict"], found["result"]["eValue"]) == (0, None, None)


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"algorithm": "99"}, "ALGORITHM_NOT_FOUND"),
        ({"algorithm": "x"}, "INVALID_ID"),
        ({"algorithm": "1", "limit": 0}, "BAD_USER_INPUT"),
        ({"algorithm": "1", "limit": 100_001}, "BAD_USER_INPUT"),
        ({"algorithm": "1", "where": {"endpoint": "nowhere"}}, "ENDPOINT_NOT_FOUND"),
    ],
)
async def test_a_replay_that_makes_no_sense_is_refused(
    door: Door, variables: dict[str, Any], reason: str
) -> None:
    error = await door.error(REPLAY, **variables)
    assert error["extensions"]["reason"] == reason


@pytest.mark.parametrize("anonymous", [True, False])
async def test_a_replay_needs_the_right_to_administer(door: Door, anonymous: bool) -> None:
    caller = door.seen_by(Scope.READ, Scope.PREDICT, Scope.FEEDBACK, anonymous=anonymous)
    error = await caller.error(REPLAY, algorithm="1")
    assert error["extensions"]["code"] == ("UNAUTHENTICATED" if anonymous else "FORBIDDEN")
