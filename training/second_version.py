"""Registers a shipped algorithm a second time: the same model file under another version, as a plug-in in a folder.

An A/B test of an algorithm against its own copy must not find a winner. The folder is put on PYTHONPATH of a server,
which finds the plug-in by its entry point; nothing is installed.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from registry.artifacts import Artifact, read_artifact

PACKAGE = "second_version"

_CLASS = '''"""A copy of a shipped algorithm, to test it against itself."""

from registry.algorithm import {base}


class SecondVersion(
    {base}, endpoint={endpoint!r}, name={name!r}, version={version!r}, owner="tests", status=None
):
    """The same model file under another version."""

    artifact = {artifact!r}
'''
_METADATA = "Metadata-Version: 2.1\nName: second-version\nVersion: 1\n"
_ENTRY_POINTS = f"[arbiter.algorithms]\nsecond-version = {PACKAGE}\n"


def write_plugin(out: Path, source: Path, version: str) -> None:
    """Write a plug-in into the folder `out` with the artifact of the folder `source` as `version`.

    The model file is copied byte for byte, and its digest stays; only the manifest tells the new version.
    """
    original = read_artifact(source)
    manifest = original.manifest
    folder = f"{manifest.algorithm.replace(' ', '_')}-{version}"
    package = out / PACKAGE
    _copy(original, package / "artifacts" / manifest.endpoint / folder, version)
    base = "Classifier" if manifest.kind == "classifier" else "Regressor"
    text = _CLASS.format(
        base=base, endpoint=manifest.endpoint, name=manifest.algorithm, version=version, artifact=folder
    )
    (package / "__init__.py").write_text(text, "utf-8")
    information = out / "second_version-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(_METADATA, "utf-8")
    (information / "entry_points.txt").write_text(_ENTRY_POINTS, "utf-8")


def _copy(original: Artifact, folder: Path, version: str) -> None:
    shutil.copytree(original.folder, folder)
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "version": version}), "utf-8")
