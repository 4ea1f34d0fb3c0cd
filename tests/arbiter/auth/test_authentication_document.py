"""docs/authentication.md: what it shows is run as a reader would run it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from arbiter.settings import PREFIX
from tests.arbiter.processes import ROOT, environment, serving

TEXT = (ROOT / "docs/authentication.md").read_text("utf-8")
EXPORT = re.compile(r"^export ARBITER_(\w+)=(\S*)$", re.MULTILINE)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def script() -> str:
    (found,) = blocks("python")
    return found


def run_the_script(script: str, folder: Path) -> str:
    """The token that it prints."""
    (folder / "make_token.py").write_text(script, "utf-8")
    made = subprocess.run(
        [sys.executable, "make_token.py"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


def test_the_example_makes_a_token_that_the_server_accepts(tmp_path: Path, script: str) -> None:
    token = run_the_script(script, tmp_path)
    commands = blocks("bash")[-1]
    given = {name.lower(): value for name, value in EXPORT.findall(commands)}
    assert set(given) == {"jwt_jwks", "jwt_issuer", "jwt_audience", "anonymous_scopes"}
    (body,) = re.findall(r"--data '(.*)'$", commands, re.MULTILINE)
    (shown,) = blocks("json")
    with serving(tmp_path, database_url=f"sqlite://{tmp_path / 'arbiter.db'}", **given) as server:
        with server.client(**{"Content-Type": "application/json"}) as client:
            bearer = {"Authorization": f"Bearer {token}"}
            answer = client.post("/graphql", content=body, headers=bearer)
            assert (answer.status_code, answer.json()) == (200, json.loads(shown))
            mangled = client.post("/graphql", content=body, headers={"Authorization": f"Bearer x{token}"})
            assert mangled.status_code == 401
            assert mangled.headers["www-authenticate"] == (
                'Bearer error="invalid_token", '
                'error_description="the token cannot be read: it is no JSON Web Token"'
            )
            keyless = client.get("/api/v1/endpoints")
            assert (keyless.status_code, keyless.headers["www-authenticate"]) == (401, "Bearer")
        assert server.stop() == 0
        assert token not in "".join(server.lines)


def test_the_three_settings_that_it_names_are_enough(tmp_path: Path, script: str) -> None:
    names = [name for block in blocks("bash")[:-1] for name, _ in EXPORT.findall(block)]
    assert [PREFIX + name for name in names] == [
        "ARBITER_JWT_JWKS",
        "ARBITER_JWT_ISSUER",
        "ARBITER_JWT_AUDIENCE",
    ]
