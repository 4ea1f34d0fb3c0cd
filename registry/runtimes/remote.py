"""Models that another server runs, asked one call after the other; a server asks them through its own executor."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from domain.errors import AlgorithmFailed
from domain.requests.request import Answer
from registry.artifacts import Artifact
from registry.endpoints import EndpointSpec
from registry.features import Row
from registry.remote.client import RemoteClient, RemoteFault
from registry.remote.declaration import remote_in
from registry.runtimes.answers import Runtime

DEADLINE = 10.0
"""Seconds that a call may take where the artifact says nothing."""


def load(artifact: Artifact, spec: EndpointSpec) -> Runtime:
    """The function that asks the far side, from a thread without an event loop; nothing is asked to load it.

    Raises InvalidArtifact or InvalidManifest for a declaration that was changed or cannot be read.
    """
    remote, classes = remote_in(artifact), artifact.manifest.classes or ()

    async def ask(rows: Sequence[Row]) -> list[Answer]:
        client = RemoteClient(remote, spec, classes)
        try:
            async with asyncio.timeout(remote.deadline or DEADLINE):
                return [
                    answer
                    for start in range(0, len(rows), remote.max_batch)
                    for answer in await client.ask(rows[start : start + remote.max_batch])
                ]
        finally:
            client.close()

    def run(rows: Sequence[Row]) -> list[Answer]:
        try:
            return asyncio.run(ask(rows))
        except RemoteFault as error:
            said = "" if error.said is None else f": {error.said}"
            raise AlgorithmFailed(f"the server {remote.url}: {error.message}{said}") from None
        except TimeoutError:
            raise AlgorithmFailed(f"the server {remote.url} did not answer in time") from None

    return run
