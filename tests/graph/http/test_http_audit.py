"""The public audit suite of GraphQL over HTTP, run by Node against a server as an operator starts it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.arbiter.processes import serving

HERE = Path(__file__).parent / "http_audit"
PATIENCE = 300

CHECKS = """
22EB 4655 47DE 80D8 82A3 BF61 78D5 2C94 5A70 9C48 9ABE 03D4 A5BF 423L LKJ0 LKJ1 LKJ2 LKJ3 34A2 13EE
6C00 6C01 6C02 6C03 8161 B8B3 94B0 0220 94B1 0221 94B2 0222 4760 4761 4762 4763 2EA1 28B9 D6D5 6A70
58B0 58B1 58B2 58B3 428F 1B7A B6DC BCF8 B7N8 8764 3E3A 572B FDE2 7B9B 865D 556A D586 51FE 74FF 5E5B
86EE
"""
"""Every check of the suite, MUST, SHOULD and MAY, in its order."""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """The suite as its lock says, installed into a folder of this test."""
    if shutil.which("npm") is None and "CI" not in os.environ:
        pytest.skip("npm is not installed")
    folder = tmp_path / "http_audit"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("node_modules"))
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.npm
def test_every_check_of_the_audit_suite_passes(suite: Path, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        done = subprocess.run(
            ["node", "audit.mjs", f"{server.url}/graphql"],
            cwd=suite,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one for one in found if one["status"] != "ok"] == []
    assert [one["id"] for one in found] == CHECKS.split()


def test_the_lock_of_the_suite_names_no_address() -> None:
    lock = (HERE / "package-lock.json").read_text("utf-8")
    assert "://" not in lock
    assert lock.count('"integrity": "sha512-') == len(json.loads(lock)["packages"]) - 1
