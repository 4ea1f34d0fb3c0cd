"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from arbiter.settings import PREFIX, Settings
from arbiter.settings_page import describe
from domain import errors

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("arbiter", "graph", "rest", "serving", "registry", "orm", "domain")
CODE = (*PACKAGES, "training", "bench", "tests")
MOST_LINES = 600
LONGEST_FUNCTION = 80
KINDS = {"utils", "util", "helpers", "common", "misc", "resolvers", "mutations"}
HEAVY = {
    "catboost",
    "cryptography",
    "distributed",
    "jwt",
    "lightgbm",
    "matplotlib",
    "numpy",
    "onnx",
    "onnxconverter_common",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "ray",
    "skl2onnx",
    "sklearn",
    "skops",
    "threadpoolctl",
    "xgboost",
}
"""Libraries that may be imported inside a function, since a server must not load what it does not need.

`jwt` and `cryptography` come with the extra `jwt`; where no tokens are accepted they may be absent."""

OWN_HEAVY = {"registry.runtimes", "registry.publishing", "registry.checks", "arbiter.telemetry.tracing"}
"""Modules of ours that stand for a heavy or an optional library, or that no server needs."""

ERROR_HEADING = re.compile(r"^#{2,3} ([A-Z_]+) \(`(\w+)`\)$", re.MULTILINE)
SETTING_HEADING = re.compile(r"^## (ARBITER_[A-Z_]+)$", re.MULTILINE)

ANNOUNCED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")
"""Promises instead of code."""

WORKPLACE = re.compile(r"(?<![\w.])/" + r"work/|(?<![\w.-])/" + r"root/|\bissue" + r" \d", re.IGNORECASE)
"""Places and papers that a reader of the repository does not have."""


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    return tuple(
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "__pycache__" not in path.parts
    )


@cache
def tracked_texts() -> tuple[Path, ...]:
    """Every text file that is, or will be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    binary = {".onnx", ".cbm", ".skops", ".png", ".ico"}
    return tuple(path for path in paths if path.is_file() and path.suffix not in binary)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_longer_than_six_hundred_lines() -> None:
    lengths = {name_of(path): path.read_text("utf-8").count("\n") for path in python_files(*CODE)}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_function_is_longer_than_eighty_lines() -> None:
    long = [
        f"{name_of(path)}: {function.name}"
        for path in python_files(*CODE)
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_half_of_all_functions_are_shorter_than_ten_lines() -> None:
    lengths = sorted(
        (function.end_lineno or 0) - function.body[0].lineno + 1
        for path in python_files(*PACKAGES)
        for function in functions(path)
    )
    assert lengths[len(lengths) // 2] < 10


def test_every_package_states_its_rule_in_one_docstring() -> None:
    bare = [
        name_of(path)
        for path in python_files(*PACKAGES)
        if path.name == "__init__.py"
        and not (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").strip()
    ]
    assert bare == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in python_files(*PACKAGES)}
    # aerich loads migrations by file name; they are no package of ours.
    assert (
        sorted(name_of(f) for f in folders if not (f / "__init__.py").exists() and f.name != "models") == []
    )


def test_tests_are_no_package() -> None:
    assert [name_of(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_modules_are_cut_by_entity_and_never_by_kind() -> None:
    assert [name_of(path) for path in python_files(*CODE) if path.stem in KINDS] == []


def inner_imports(path: Path) -> set[str]:
    """The modules that a file imports inside functions."""
    found: set[str] = set()
    for function in functions(path):
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
    return found


def allowed_inside(module: str) -> bool:
    return module.partition(".")[0] in HEAVY or any(module.startswith(own) for own in OWN_HEAVY)


def test_only_heavy_libraries_are_imported_inside_functions() -> None:
    hidden = {
        name_of(path): sorted(module for module in inner_imports(path) if not allowed_inside(module))
        for path in python_files(*PACKAGES, "training", "bench")
    }
    assert {name: modules for name, modules in hidden.items() if modules} == {}


def error_classes(root: type[errors.ArbiterError] = errors.ArbiterError) -> list[type[errors.ArbiterError]]:
    # Tests may define classes of their own; only those of domain/errors.py count.
    below = [found for child in root.__subclasses__() for found in error_classes(child)]
    return [root, *below] if root.__module__ == errors.__name__ else below


def test_every_error_has_a_heading_with_its_code() -> None:
    headings = ERROR_HEADING.findall((ROOT / "docs/errors.md").read_text("utf-8"))
    assert sorted(headings) == sorted((error.code, error.__name__) for error in error_classes())


def test_every_error_has_a_code_of_its_own_and_stands_in_the_tree() -> None:
    codes = [error.code for error in error_classes()]
    assert sorted(codes) == sorted(set(codes))
    tree = errors.__doc__ or ""
    assert [
        error.__name__ for error in error_classes() if not re.search(rf"\b{error.__name__}\b", tree)
    ] == []


def test_every_setting_has_a_heading() -> None:
    headings = SETTING_HEADING.findall((ROOT / "docs/settings.md").read_text("utf-8"))
    assert headings == [PREFIX + name.upper() for name in Settings.model_fields]


def test_every_heading_of_a_setting_tells_its_default() -> None:
    text = (ROOT / "docs/settings.md").read_text("utf-8")
    sections = dict(zip(SETTING_HEADING.findall(text), SETTING_HEADING.split(text)[2::2], strict=True))
    shown = {name: re.findall(r"Default: `([^`]+)`", section) for name, section in sections.items()}
    assert {name: found for name, found in shown.items() if len(found) != 1} == {}
    expected = {line.variable: [line.default] for line in describe(Settings.model_construct())}
    assert shown == expected


def test_nothing_is_promised_in_place_of_code() -> None:
    found = {
        name_of(path): ANNOUNCED.findall(path.read_text("utf-8"))
        for path in tracked_texts()
        if path.suffix in {".py", ".md", ".toml", ".html", ".js"} and path.name != "test_house_rules.py"
    }
    assert {name: words for name, words in found.items() if words} == {}


def test_nothing_names_a_place_that_a_reader_does_not_have() -> None:
    found = {
        name_of(path): WORKPLACE.findall(path.read_text("utf-8", errors="replace"))
        for path in tracked_texts()
    }
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("path", sorted((ROOT / "findings").glob("*.sh")), ids=lambda path: path.stem)
def test_findings_run_pinned_packages_in_a_folder_that_they_remove(path: Path) -> None:
    text = path.read_text("utf-8")
    (installed,) = re.findall(r"^.*pip\" install (.+)$", text, re.MULTILINE)
    packages = [word for word in installed.split() if not word.startswith("--")]
    assert path.stat().st_mode & 0o111 == 0o111
    assert [one for one in packages if "==" not in one] == []
    assert text.count("folder=$(mktemp -d)\ntrap 'rm -rf \"$folder\"' EXIT\n") == 1


def test_the_lock_names_packages_versions_and_hashes_but_no_address() -> None:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    package = re.compile(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==[\w.+!-]+( ; [^\\]+)? \\")
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in lines if not package.fullmatch(line) and not digest.fullmatch(line)] == []


WITH_EXAMPLES = [path for path in python_files(*PACKAGES) if ">>>" in path.read_text("utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=name_of)
def test_examples_in_docstrings_are_true(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


NOTHING_HAPPENS = """
import builtins, io, os, socket, sqlite3, sys
opened = []
def watch(event, args):
    if event in ("socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen", "os.mkdir", "os.remove"):
        opened.append((event, str(args)))
    elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        opened.append((event, str(args)))
sys.dont_write_bytecode = True
sys.addaudithook(watch)
import {module}
heavy = sorted(set(sys.modules) & set({heavy}))
assert not opened, opened
assert not heavy, heavy
"""


@pytest.mark.parametrize("module", [*PACKAGES, "arbiter.cli", "arbiter.app", "registry.discovery"])
def test_importing_does_nothing_and_loads_no_heavy_library(module: str) -> None:
    heavy = {"catboost", "sklearn", "onnxruntime", "pandas", "pyarrow", "skl2onnx", "onnx", "scipy", "skops"}
    script = NOTHING_HAPPENS.format(module=module, heavy=sorted(heavy))
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
