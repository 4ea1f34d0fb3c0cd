"""No test is lost between the tiers: each is in exactly one, and all of them together are every test."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.matrix

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"^tests/\S+\.py::.+$", re.MULTILINE)


@cache
def collected(*arguments: str) -> tuple[str, ...]:
    """The addresses of the tests that a run would run."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "0",
        "-q",
        "--collect-only",
        "-p",
        "no:cacheprovider",
        *arguments,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return tuple(ADDRESS.findall(done.stdout))


def test_each_test_is_in_one_tier_and_all_is_their_union() -> None:
    quick, matrix, everything = (collected("--tier", tier) for tier in ("quick", "matrix", "all"))
    assert len(everything) == len(set(everything))
    assert set(quick) & set(matrix) == set()
    alone = set(everything) - set(quick) - set(matrix)
    marked = set(collected("--tier", "all", "-m", "slow"))
    on_postgres = set(collected("--tier", "all", "-m", "slow_on_postgres"))
    assert alone == marked | {test for test in on_postgres if "postgres" in test}
    assert set(everything) == set(quick) | set(matrix) | alone


def test_test_of_a_database_runs_on_the_other_one_too() -> None:
    """Where `make test` takes SQLite only, the same test is in the matrix for PostgreSQL."""
    quick, matrix = (set(collected("--tier", tier)) for tier in ("quick", "matrix"))
    on_sqlite = {
        re.sub(r"\bsqlite\b", "postgres", name) for name in quick if re.search(r"[\[-]sqlite[\]-]", name)
    }
    assert on_sqlite - quick - matrix == set()


def test_test_that_is_named_runs_whatever_its_tier_is() -> None:
    name = "tests/e2e/test_crash.py::test_ten_kills_lose_nothing_that_was_answered[sqlite]"
    assert collected(name) == (name,)
