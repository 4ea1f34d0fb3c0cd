"""Jobs as an operator orders and watches them; the workers are real."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from arbiter.cli.application import run
from bench.jobs import fill

pytestmark = pytest.mark.matrix  # each command loads all models


@pytest.fixture
def say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs one command line against a SQLite file with forty requests; what it printed."""
    fill(tmp_path / "arbiter.db", 40)
    monkeypatch.setenv("ARBITER_DATABASE_URL", f"sqlite://{tmp_path / 'arbiter.db'}")
    capsys.readouterr()

    def call(*arguments: str, code: int = 0) -> str:
        assert run(arguments) == code
        captured = capsys.readouterr()
        return captured.out if code == 0 else captured.out + captured.err

    return call


def test_a_replay_is_ordered_worked_on_and_shown(say: Callable[..., str]) -> None:
    assert say("jobs", "list") == "there are no jobs\n"
    said = say("replay", "3", "--job")
    assert said.startswith("job 1 (replay) waits: 1 units, 40 rows; `arbiter work` works on it")
    lines = say("work", "--once").splitlines()
    assert lines[0] == "job 1 (replay) is done"
    assert lines[1].endswith("has done 1 units")
    found = json.loads(say("jobs", "show", "1", "--json"))
    plain = json.loads(say("replay", "3", "--json"))
    assert (found["state"], found["units_done"], found["rows_done"]) == ("done", 1, 40)
    assert "_salt" not in found["parameters"]
    assert list(found["workers"].values()) == [1]
    assert found["result"]["reason"] == plain["result"]["reason"]
    assert [one["request_id"] for one in found["result"]["differing"]] == [
        one["request_id"] for one in plain["differing"]
    ]
    assert "state: done\n" in say("jobs", "show", "1")


def test_a_job_is_cancelled_and_resumed(say: Callable[..., str]) -> None:
    say("replay", "3", "--job")
    assert say("jobs", "cancel", "1") == "job 1 (replay) is cancelled; `arbiter jobs resume 1` has it go on\n"
    assert say("work", "--once").endswith("has done 0 units\n")
    assert [row["id"] for row in json.loads(say("jobs", "list", "--state", "cancelled", "--json"))] == [1]
    assert say("jobs", "resume", "1").startswith("job 1 (replay) waits")
    assert "There is no job with id 9" in say("jobs", "cancel", "9", code=1)


def test_an_index_and_a_rebuild_are_ordered_too(say: Callable[..., str]) -> None:
    assert say("index", "income_classifier", "--job").startswith("job 1 (index) waits")
    assert say("rebuild-summary", "--job").startswith("job 2 (rebuild) waits")
    assert "Job 2 (rebuild) does this already" in say("rebuild-summary", "--job", code=1)
    assert [line for line in say("work", "--once").splitlines() if "done" in line][:2] == [
        "job 1 (index) is done",
        "job 2 (rebuild) is done",
    ]
    assert say("rebuild-summary", "--check") == "the daily summaries equal the request log\n"


def test_what_a_job_does_not_take_is_refused(say: Callable[..., str]) -> None:
    assert "neither --limit nor --change" in say("replay", "3", "--job", "--limit", "5", code=2)
    assert "leave out --check" in say("rebuild-summary", "--job", "--check", code=2)
