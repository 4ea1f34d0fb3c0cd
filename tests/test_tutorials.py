"""What the tutorials tell their readers to type works, in the order in which it stands there.

In a tutorial, a fenced block is one of these; anything else is refused, so that nothing stands there untried:
- `bash`: the commands run in the tutorial's folder, with the variables and in the directory that the blocks before
  left behind; `bash fails`: the same, and they must fail.
- `text`: what the block before printed; `…` stands for anything.
- a language and a path, such as `ts src/main.ts`: the reader writes this file.
- `graphql`, then perhaps `json variables` and `json answer`: an operation that answers without errors; in the answer
  strings and numbers may be `"…"`.
- without a language: shown, not run.
Every tutorial has a new server of its own at http://127.0.0.1:8000. Other places that it names are others here: see
`Places`. What a tutorial leaves running is ended with it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.arbiter.processes import ROOT, environment, serving
from tests.examples.npm import require_npm
from tests.tutorial_places import SOCKETS, Places, several_machines

TUTORIALS = sorted((ROOT / "docs/tutorials").glob("*.md"))
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"
NOWHERE = Places({}, None)
PATIENCE = 300
MANY_COMMANDS = 8


@dataclass
class Reader:
    """Somebody who does what a tutorial says, block by block, in a folder of their own."""

    folder: Path
    url: str
    places: Places = NOWHERE
    printed: str = ""
    started: list[int] = field(default_factory=list)
    asked: dict[str, Any] = field(default_factory=dict)
    answered: Any = None

    def follow(self, kind: str, text: str) -> None:
        """Do what one block says."""
        for named, here in {ADDRESS: self.url, **self.places.here}.items():
            text = text.replace(named, here)
        if kind in {"bash", "bash fails"}:
            self.type(text, succeeds=kind == "bash")
        elif kind == "text":
            assert matches(self.printed, text), f"expected\n{text}\nbut it was\n{self.printed}"
        elif kind == "graphql":
            self.asked = {"query": text}
            if "$" not in text:
                self.ask()
        elif kind == "json variables":
            self.asked["variables"] = json.loads(text)
            self.ask()
        elif kind == "json answer":
            assert fits(self.answered, json.loads(text)), self.answered
        else:
            language, _, path = kind.partition(" ")
            assert not language or path, f"a block of {kind!r} is not run by anything"
            if path:
                self.write(path, text)

    def type(self, commands: str, *, succeeds: bool) -> None:
        """Run commands in a shell that goes on where the last one ended."""
        state = self.folder / ".state"
        script = (
            f'set -aeu; [ ! -e "{state}" ] || . "{state}"\n'
            f'trap \'{{ declare -px; declare -f; printf "cd %q\\n" "$PWD"; }} > "{state}"\' EXIT\n'
        )
        said, complaints = self.folder / ".said", self.folder / ".complaints"
        with (
            said.open("wb") as out,
            complaints.open("wb") as err,
        ):  # what goes on in the background holds no pipe
            shell = subprocess.Popen(
                ["bash", "-c", script + commands],
                cwd=self.folder,
                env=with_commands(environment(), self.places.commands),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                process_group=0,
            )
        self.started.append(shell.pid)
        code = shell.wait(PATIENCE)
        self.printed = said.read_text("utf-8")
        assert (code == 0) is succeeds, f"{commands}\n{self.printed}\n{complaints.read_text('utf-8')}"

    def end(self) -> None:
        """End what the commands have left running; workers end with their supervisor."""
        for group in self.started:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def write(self, path: str, text: str) -> None:
        """Write a file below the directory in which the last commands ended."""
        state = (self.folder / ".state").read_text("utf-8") if (self.folder / ".state").exists() else ""
        where = re.findall(r"^cd (.*)$", state, re.MULTILINE)
        target = Path(where[-1] if where else self.folder) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")

    def ask(self) -> None:
        """Send the operation, which must have no errors."""
        answer = httpx.post(f"{self.url}/graphql", json=self.asked, timeout=PATIENCE).json()
        assert "errors" not in answer, answer
        self.answered = answer["data"]


def with_commands(variables: dict[str, str], others: Path | None) -> dict[str, str]:
    """The variables with this environment's commands on the path, as after its activation, and `others` before."""
    places = [str(Path(sys.executable).parent), variables["PATH"], "/usr/sbin"]
    return variables | {"PATH": os.pathsep.join([str(others), *places] if others else places)}


def matches(printed: str, promised: str) -> bool:
    """Whether the lines are the same, where `…` is anything within a line.

    >>> matches("a 1\\nb\\n", "a …\\nb\\n"), matches("a 1\\n", "a 2\\n")
    (True, False)
    """
    pattern = "\n".join(map(pattern_of, promised.strip().splitlines()))
    return re.fullmatch(pattern, printed.strip()) is not None


def pattern_of(line: str) -> str:
    return ".*".join(map(re.escape, line.split("…")))


def fits(answer: Any, promised: Any) -> bool:
    """Whether an answer is as promised, where `"…"` is any string or number."""
    if isinstance(promised, dict):
        return (
            isinstance(answer, dict)
            and answer.keys() == promised.keys()
            and all(fits(answer[key], promised[key]) for key in promised)
        )
    if isinstance(promised, list):
        return isinstance(answer, list) and len(answer) == len(promised) and all(map(fits, answer, promised))
    return answer == promised or (promised == "…" and isinstance(answer, str | int | float))


def blocks_of(tutorial: Path) -> Iterator[tuple[str, str]]:
    for kind, text in BLOCK.findall(tutorial.read_text("utf-8")):
        yield kind.strip(), text


def needs_npm(tutorial: Path) -> bool:
    return any(re.search(r"\bnp[mx] ", text) for kind, text in blocks_of(tutorial) if kind.startswith("bash"))


def marks_of(tutorial: Path) -> list[str]:
    """Its marks: a tutorial of many commands takes long, since each of them starts Python."""
    many = sum(kind.startswith("bash") for kind, _ in blocks_of(tutorial)) >= MANY_COMMANDS
    return [*(["npm"] if needs_npm(tutorial) else []), *(["matrix"] if many else [])]


@pytest.mark.parametrize(
    "tutorial",
    [
        pytest.param(path, id=path.stem, marks=[getattr(pytest.mark, mark) for mark in marks_of(path)])
        for path in TUTORIALS
    ],
)
def test_reader_reaches_the_goal(tutorial: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    blocks = list(blocks_of(tutorial))
    if needs_npm(tutorial):
        require_npm()
    reading, beside = tmp_path / "reader", tmp_path / "server"
    reading.mkdir()
    beside.mkdir()
    with ExitStack() as stack:
        server = stack.enter_context(serving(beside, database_url=f"sqlite://{beside / 'arbiter.db'}"))
        reader = Reader(reading, server.url)
        if any(SOCKETS in text for _, text in blocks):
            found = several_machines(request.getfixturevalue("postgres_server"))
            reader.places = stack.enter_context(found)
        stack.callback(reader.end)
        for kind, text in blocks:
            reader.follow(kind, text)


def test_reader_goes_on_where_the_last_block_ended(tmp_path: Path) -> None:
    reader = Reader(tmp_path, "http://127.0.0.1:1")
    reader.follow("bash", "mkdir below && cd below\nname=Ada\ngreet() { echo Hello, $1.; }\n")
    reader.follow("bash fails", "name=Grace; exit 3\n")
    reader.follow("sh made.sh", f"echo {ADDRESS}\n")
    reader.follow("bash", "greet $name; . ./made.sh; pwd\n")
    assert reader.printed == f"Hello, Grace.\nhttp://127.0.0.1:1\n{tmp_path / 'below'}\n"
    reader.follow("text", "Hello, ….\n…:1\n…/below\n")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("bash", "true\nfalse\ntrue\n"),
        ("bash fails", "echo done\n"),
        ("text", "what was not printed\n"),
        ("python", "print()\n"),
        ("json answer", '{"viewer": {"name": "somebody else", "scopes": ["…"]}}'),
        ("json answer", '{"viewer": {"name": "…"}}'),
    ],
)
def test_reader_stumbles_over_what_is_not_so(kind: str, text: str, tmp_path: Path) -> None:
    reader = Reader(tmp_path, ADDRESS, printed="what was printed\n")
    reader.answered = {"viewer": {"name": "anonymous", "scopes": ["READ"]}}
    reader.follow("json answer", '{"viewer": {"name": "…", "scopes": ["READ"]}}')
    with pytest.raises(AssertionError):
        reader.follow(kind, text)


def test_there_are_tutorials() -> None:
    assert "frontend" in {tutorial.stem for tutorial in TUTORIALS}
