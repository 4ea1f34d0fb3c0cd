"""What the store's file system refuses, and what a reader sees while a publication is being written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import InvalidArtifact
from registry.artifacts import artifact_folders, endpoint_folders
from registry.publishing import publish
from registry.publishing.draft import Draft, Place, check_size
from tests.registry.conftest import forest, weather, write_endpoint

PUBLISH_WITHOUT_ROOM = """
import resource, sys
from pathlib import Path
from domain.errors import InvalidArtifact
from registry.publishing import publish
from tests.registry.conftest import forest, weather

data = weather(200)
model = forest(data)
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
try:
    publish(model, data, out=Path(sys.argv[1]), endpoint="umbrella")
except InvalidArtifact as error:
    print(error.message)
"""


def files_in(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


@pytest.mark.matrix
def test_store_without_room_is_named_and_left_as_it_was(tmp_path: Path) -> None:
    write_endpoint(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PUBLISH_WITHOUT_ROOM, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == (
        f"the artifact store {tmp_path} cannot be written (File too large), and nothing was published; make room "
        "there, or name another folder (--out, ARBITER_ARTIFACTS)"
    ), done.stderr
    assert files_in(tmp_path) == ["umbrella", "umbrella/endpoint.json"]


def test_store_that_cannot_be_written_is_named_before_the_work_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    data = weather(60)
    with pytest.raises(
        InvalidArtifact, match=r"file/store cannot be written \(Not a directory\), and nothing was"
    ):
        publish(forest(data), data, out=tmp_path / "file" / "store", endpoint="umbrella")


def test_reader_sees_nothing_of_a_draft_and_a_failed_one_leaves_nothing(tmp_path: Path) -> None:
    root = tmp_path / "store"

    def fail() -> None:
        with Draft(Place(root, "umbrella", "forest-1"), {}):
            assert [path.name[:10] for path in root.iterdir()] == [".forest-1."]
            assert (endpoint_folders(root), artifact_folders(root)) == ([], [])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not root.exists()


def test_drafts_of_killed_publishers_are_swept_after_a_day(tmp_path: Path) -> None:
    fresh, old = tmp_path / ".forest-1.17.abcd", tmp_path / ".forest-1.18.abcd"
    fresh.mkdir()
    old.mkdir()
    os.utime(old, (0, 0))
    with Draft(Place(tmp_path, "umbrella", "forest-2"), {}):
        pass
    assert files_in(tmp_path) == [fresh.name]


def test_model_that_takes_more_than_servers_load_is_refused() -> None:
    check_size(2**30, "the model")
    with pytest.raises(
        InvalidArtifact, match="the model takes 2,048 MiB, and a server loads at most 1,024 MiB; train"
    ):
        check_size(2**31, "the model")
