"""The artifact store: a folder that all processes of a service share, as they find it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from domain.errors import InvalidArtifact
from registry.artifacts import MANIFEST_FILE, Artifact, read_artifact
from registry.endpoints import ENDPOINT_FILE, EndpointSpec, load_endpoint

UNFINISHED = "."
"""What the names of folders and files begin with that are being written; nobody else looks at them."""


def endpoint_folders(root: Path) -> list[Path]:
    """The folders of a store that hold an endpoint.json, by name; raises OSError where the store cannot be read."""
    return sorted(
        path.parent for path in root.glob(f"*/{ENDPOINT_FILE}") if not path.parent.name.startswith(UNFINISHED)
    )


def artifact_folders(root: Path) -> list[Path]:
    """The folders of a store that hold a manifest, by endpoint and name."""
    return sorted(
        path.parent
        for path in root.glob(f"*/*/{MANIFEST_FILE}")
        if not any(name.startswith(UNFINISHED) for name in path.parts[-3:])
    )


def endpoint_in(folder: Path) -> EndpointSpec:
    """The endpoint that a folder of a store declares; raises InvalidManifest, or InvalidArtifact for another's file."""
    spec = load_endpoint(folder)
    if spec.name != folder.name:
        raise InvalidArtifact(f"{folder / ENDPOINT_FILE}: 'name' must be the folder's, {folder.name!r}")
    return spec


def stored_artifact(folder: Path) -> Artifact:
    """The artifact in a folder of a store; raises InvalidArtifact for one that lies in another endpoint's folder."""
    artifact = read_artifact(folder)
    if artifact.manifest.endpoint != folder.parent.name:
        raise InvalidArtifact(
            f"{folder / MANIFEST_FILE}: it was published for endpoint {artifact.manifest.endpoint!r}, and lies in the "
            f"folder of {folder.parent.name!r}; move it there, or publish the model for this endpoint"
        )
    return artifact


def in_order(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """The artifacts in the order in which a server registers them: as they were published, then by name."""
    return sorted(artifacts, key=_place)


def _place(artifact: Artifact) -> tuple[str, str, str, str]:
    manifest = artifact.manifest
    created_at = "" if manifest.serving is None else manifest.serving.created_at
    return manifest.endpoint, created_at, manifest.algorithm, manifest.version
