"""The README's first screen works when it is copied line by line."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.arbiter.processes import ROOT, ServerProcess, serving

README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"^```(bash|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"
FIRST_SCREEN_LINES = 40


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with serving(tmp_path, database_url=f"sqlite://{tmp_path / 'arbiter.db'}") as running:
        assert running.url
        yield running


def run(commands: str, url: str) -> list[Any]:
    """The JSON values that the commands print, run line after line in one shell at the repository's root."""
    script = "set -e\n" + commands.replace(ADDRESS, url)
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def shape(value: Any) -> Any:
    """The value with what differs from run to run put aside: ids, and the last digits of probabilities."""
    if isinstance(value, dict):
        return {key: "id" if key == "requestId" else shape(below) for key, below in value.items()}
    return round(value, 6) if isinstance(value, float) else value


def test_the_first_screen_predicts_takes_the_truth_and_reaches_a_verdict(server: ServerProcess) -> None:
    blocks = BLOCK.findall(README)
    commands = "".join(text for kind, text in blocks if kind == "bash")
    promised = [json.loads(line) for kind, text in blocks if kind == "json" for line in text.splitlines()]
    answered = run(commands, server.url)
    assert [shape(value) for value in answered] == [shape(value) for value in promised]
    assert answered[-1]["data"]["abTests"]["nodes"][0]["verdict"] == "PROMOTED"


@pytest.mark.matrix
def test_a_second_run_of_the_first_screen_shows_the_second_test(server: ServerProcess) -> None:
    commands = "".join(text for kind, text in BLOCK.findall(README) if kind == "bash")
    run(commands, server.url)
    (shown,) = run(commands, server.url)[-1]["data"]["abTests"]["nodes"]
    # The winner of the first test is the champion of the second, and right about the same person again.
    assert shown == {
        "state": "DECIDED",
        "verdict": "KEPT",
        "champion": {"status": "PRODUCTION"},
        "challenger": {"status": "TESTING"},
    }


def test_the_first_screen_is_a_screen() -> None:
    end = README.index("## What else")
    assert README[:end].count("\n") <= FIRST_SCREEN_LINES
    assert README.index("make serve") < end


def test_every_command_is_one_line() -> None:
    lines = [line for kind, text in BLOCK.findall(README) if kind == "bash" for line in text.splitlines()]
    for line in lines:
        assert subprocess.run(["bash", "-n", "-c", line], check=False).returncode == 0, line
