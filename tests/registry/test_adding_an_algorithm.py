"""Follows docs/adding-an-algorithm.md: writes its files, runs its commands, asks what it promises."""

from __future__ import annotations

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
from registry.discovery import default_artifacts_root, discover
from registry.endpoints import load_endpoint
from registry.publishing.parity import frame_of
from registry.publishing.rows import parity_rows

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "adding-an-algorithm.md").read_text()
BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)

ASK = """
import json, sys
from registry.discovery import discover

registry = discover()
answers = {}
for registered in registry.algorithms[7:]:
    if registered.endpoint == "wine_cultivar":
        continue
    spec = registry.endpoints[registered.endpoint]
    row = spec.features.validate(dict(spec.example))
    answers[str(registered)] = [str(registered.status), registered.instance.predict([row])[0].label]
json.dump({"problems": [str(problem) for problem in registry.problems], "answers": answers}, sys.stdout)
"""


def adult_like(path: Path, rows: int = 600) -> None:
    """A made-up file with the columns of the Adult data set."""
    spec = load_endpoint(default_artifacts_root() / "income_classifier")
    made = parity_rows(spec, [spec.features.validate(dict(spec.example))], rows)
    frame = frame_of(spec, made, {}, spec.features.names)
    frame[spec.target] = [">50K" if (row[12] or 0) > 40 else "<=50K" for row in made]  # type: ignore[operator]
    frame.to_csv(path, index=False)


class Project:
    """A folder in which the page is followed, with an environment that its package is installed into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / "site"
        paths = (REPOSITORY, folder, self.site)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ARBITER_")}
        self.environment = kept | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "OMP_NUM_THREADS": "1"}

    def write(self, name: str, body: str, *, append: bool) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.read_text()}\n\n{body}" if append else body)

    def run(self, line: str) -> None:
        program, *arguments = shlex.split(line)
        if program == "pip":
            self.install()
            return
        command = {
            "python": [sys.executable],
            "arbiter": [sys.executable, "-c", "from arbiter.cli import main; main()"],
        }
        done = self.done([*command[program], *arguments])
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"

    def done(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
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
def test_page_leads_to_one_more_algorithm_and_to_a_new_endpoint(tmp_path: Path) -> None:
    project = Project(tmp_path)
    adult_like(tmp_path / "adult.csv")
    lines = []
    for block in BLOCK.finditer(PAGE):
        info = block["info"].split()
        if len(info) > 1 and info[1].startswith("file="):
            project.write(info[1].removeprefix("file="), block["body"], append="append" in info)
        elif info == ["console"]:
            lines += [line.removeprefix("$ ") for line in block["body"].splitlines()]
            for line in block["body"].splitlines():
                project.run(line.removeprefix("$ "))
    assert [line.split()[0] for line in lines] == [
        *("python", "pip", "arbiter"),
        *("python", "arbiter", "python", "arbiter", "arbiter"),
    ]
    answer = project.done([sys.executable, "-c", ASK])
    assert answer.stdout == (
        '{"problems": [], "answers": {"income_classifier: small forest 0.0.1": ["testing", ">50K"], '
        '"iris_species: logistic regression 0.0.1": ["production", "setosa"]}}'
    ), answer.stderr


def test_special_algorithm_of_the_page_predicts(tmp_path: Path) -> None:
    [body] = [block["body"] for block in BLOCK.finditer(PAGE) if block["info"] == "python"]
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


@pytest.mark.parametrize("field", ["required", "nullable", "indexed", "private", "categories", "unit"])
def test_page_explains_every_field_of_a_feature(field: str) -> None:
    assert f"`{field}`" in PAGE
