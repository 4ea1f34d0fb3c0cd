"""Two releases serve one database while the one takes the other's place: each follows and completes the other."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.arbiter.processes import ROOT, arbiter, serving
from tests.rest.rows import INCOME

pytestmark = [pytest.mark.matrix, pytest.mark.slow_on_postgres]

BEFORE = "f20fc2f"
"""The commit that stands for the release before: its schema ends with the migration 6."""

FOLLOWED_WITHIN = 20.0
PREDICT = "/api/v1/income_classifier/predict"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the release before, out of the history of this clone."""
    git = ["git", "-C", str(ROOT), "archive", "--format=tar", BEFORE]
    archive = subprocess.run(git, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"this clone is shallow: it does not hold {BEFORE}")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.fixture
def settings(empty_database_url: str) -> dict[str, str]:
    return {"database_url": empty_database_url, "secret": "0123456789abcdef", "access_log": "false"}


@pytest.fixture
def both(
    before: Path, settings: dict[str, str], tmp_path: Path
) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """The older release, which has made the database, and this one, started beside it."""
    with (
        serving(tmp_path, code=before, **settings) as old,
        old.client() as older,
    ):
        assert older.post(PREDICT, json=INCOME).status_code == 200
        with serving(tmp_path, **settings) as new, new.client() as newer:
            assert newer.get("/readyz").status_code == 200
            yield older, newer


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + FOLLOWED_WITHIN
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def answers(client: httpx.Client, path: str, holds: bool) -> bool:
    return client.post(path, json=INCOME).is_success is holds


def predicted(client: httpx.Client, path: str = PREDICT) -> dict[str, Any]:
    answer = client.post(path, json=INCOME)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def stored(client: httpx.Client, id_: int) -> dict[str, Any]:
    answer = client.get(f"/api/v1/mlrequests/{id_}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_release_reads_and_judges_what_the_other_has_stored(
    both: tuple[httpx.Client, httpx.Client],
) -> None:
    older, newer = both
    for one, other in ((older, newer), (newer, older)):
        id_ = predicted(one)["request_id"]
        assert stored(other, id_) == stored(one, id_)
        given = other.put(f"/api/v1/mlrequests/{id_}", json={"feedback": "<=50K"})
        assert given.status_code == 200, given.text
        assert stored(one, id_)["feedback"] == "<=50K"


def test_each_release_follows_a_status_that_the_other_has_set(
    both: tuple[httpx.Client, httpx.Client],
) -> None:
    older, newer = both
    for one, other, status, holds in ((older, newer, "testing", False), (newer, older, "production", True)):
        body = {"status": status, "created_by": "ann", "parent_mlalgorithm": 1}
        assert one.post("/api/v1/mlalgorithmstatuses", json=body).status_code == 201
        until(partial(answers, other, PREDICT, holds))


def test_both_releases_take_part_in_a_test_that_either_has_begun(
    both: tuple[httpx.Client, httpx.Client],
) -> None:
    older, newer = both
    for one, other in ((older, newer), (newer, older)):
        body = {"title": "t", "created_by": "me", "parent_mlalgorithm1": 1, "parent_mlalgorithm2": 2}
        begun = one.post("/api/v1/abtests", json=body)
        assert begun.status_code == 201, begun.text
        path = f"{PREDICT}?status=ab_testing"
        until(partial(answers, other, path, True))
        id_ = predicted(other, path)["request_id"]
        assert other.put(f"/api/v1/mlrequests/{id_}", json={"feedback": "<=50K"}).status_code == 200
        stopped = other.post(f"/api/v1/stop_ab_test/{begun.json()['id']}", json={})
        assert stopped.status_code == 200, stopped.text
        until(partial(answers, one, path, False))


def test_a_key_of_the_newer_release_opens_no_more_in_the_older_one(
    both: tuple[httpx.Client, httpx.Client], before: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    older, newer = both

    def key(*scopes: str) -> dict[str, str]:
        wanted = [part for scope in scopes for part in ("--scope", scope)]
        said = arbiter(
            "keys", "create", "-".join(scopes).replace(":", "-"), *wanted, "--json", cwd=tmp_path, **settings
        )
        return {"Authorization": f"Bearer {json.loads(said.stdout)['secret']}"}

    whole, confined = key("predict"), key("predict:premium_insurance")
    until(lambda: older.post(PREDICT, json=INCOME, headers=whole).is_success)
    until(
        lambda: newer.post(PREDICT, json=INCOME, headers=confined).status_code == 403
    )  # 401 until it is seen
    until(lambda: older.post(PREDICT, json=INCOME, headers=confined).status_code == 403)
    assert arbiter("keys", "revoke", "predict", cwd=tmp_path, code=before, **settings).returncode == 0
    until(lambda: newer.post(PREDICT, json=INCOME, headers=whole).status_code == 401)


def test_the_older_release_starts_again_and_its_figures_are_made_whole(
    both: tuple[httpx.Client, httpx.Client], before: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    _older, newer = both
    with serving(tmp_path, code=before, **settings) as again, again.client() as client:
        assert client.get("/readyz").status_code == 200
        assert stored(newer, predicted(client)["request_id"])["feedback"] == ""
        assert any("is of a later release" in event["event"] for event in again.events)
    said = arbiter("rebuild-summary", cwd=tmp_path, **settings)
    assert said.returncode == 0, said.stderr
    said = arbiter("rebuild-summary", "--check", cwd=tmp_path, **settings)
    assert said.returncode == 0, said.stdout
