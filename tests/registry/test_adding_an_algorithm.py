"""Follows docs/adding-an-algorithm.md: writes its files, runs its commands, asks what it promises."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from domain.words import Kind
from registry.algorithm import Regressor
from registry.discovery import discover

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "adding-an-algorithm.md").read_text()
BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)

ASK = """
import json, sys
from pathlib import Path
from registry.discovery import discover

answers, problems = {}, []
for registry in (discover(Path("models"), entry_points=False), discover()):
    problems += map(str, registry.problems)
    for registered in registry.algorithms:
        if registered.endpoint != "iris_species" and registered.owner != "Acme":
            continue
        spec = registry.endpoints[registered.endpoint]
        (answer,) = registered.instance.predict([spec.features.validate(dict(spec.example))])
        answers[str(registered)] = [registered.source, str(registered.status), answer.label or answer.value]
json.dump({"problems": problems, "answers": answers}, sys.stdout)
"""


class Project:
    """A folder in which the page is followed, with an environment that its package is installed into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / "site"
        paths = (REPOSITORY, folder, self.site)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ARBITER_")}
        self.environment = kept | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "OMP_NUM_THREADS": "1"}

    def write(self, name: str, body: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body)

    def run(self, line: str) -> None:
        program, *arguments = shlex.split(line)
        environment = self.environment
        while "=" in program:
            environment = environment | dict([program.split("=", 1)])
            program, *arguments = arguments
        if program == "pip":
            self.install()
            return
        command = {
            "python": [sys.executable],
            "arbiter": [sys.executable, "-c", "from arbiter.cli import main; main()"],
        }
        done = self.done([*command[program], *arguments], environment)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"

    def done(
        self, command: list[str], environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment or self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self) -> None:
        """What `pip install -e .` leaves behind, without a network: metadata with the entry points."""
        project = tomllib.loads((self.folder / "pyproject.toml").read_text())["project"]
        info = self.site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        )
        groups = project["entry-points"].items()
        lines = [
            f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()) for group, points in groups
        ]
        (info / "entry_points.txt").write_text("\n".join(lines))


@pytest.mark.matrix
def test_page_leads_to_two_algorithms_without_a_class_and_to_one_with_a_class(tmp_path: Path) -> None:
    project = Project(tmp_path)
    lines = []
    for block in BLOCK.finditer(PAGE):
        info = block["info"].split()
        if len(info) > 1 and info[1].startswith("file="):
            project.write(info[1].removeprefix("file="), block["body"])
        elif info == ["console"]:
            lines += [line.removeprefix("$ ") for line in block["body"].splitlines()]
            for line in block["body"].splitlines():
                project.run(line.removeprefix("$ "))
    assert [line.split()[0] for line in lines] == [
        *("python", "python", "arbiter", "ARBITER_ARTIFACTS=models"),
        *("pip", "arbiter"),
    ]
    answer = project.done([sys.executable, "-c", ASK])
    assert json.loads(answer.stdout or "null") == {
        "problems": [],
        "answers": {
            "iris_species: logistic regression 0.0.1": ["store", "None", "setosa"],
            "iris_species: random forest 0.0.1": ["store", "None", "setosa"],
            "premium_insurance: by age 0.0.1": ["class", "testing", 45000.0],
        },
    }, answer.stderr


def test_special_algorithm_of_the_page_predicts() -> None:
    [body] = [block["body"] for block in BLOCK.finditer(PAGE) if "acme_models" in block["info"]]
    names: dict[str, object] = {"__name__": "special"}
    exec(compile(body, "page", "exec"), names)
    algorithm = names["SameAsAge"]
    assert isinstance(algorithm, type)
    assert issubclass(algorithm, Regressor)
    assert algorithm.kind is Kind.REGRESSOR
    spec = discover(entry_points=False).endpoints["premium_insurance"]
    instance = algorithm(spec)
    instance.load(None)
    rows = [spec.features.validate({**spec.example, "Age": age}) for age in (45, None)]
    assert [answer.value for answer in instance.predict(rows)] == [45_000.0, 42_000.0]


@pytest.mark.parametrize(
    "field", ["required", "nullable", "indexed", "private", "categories", "unit", "breaking"]
)
def test_page_explains_every_field_of_a_feature(field: str) -> None:
    assert f"`{field}`" in PAGE
