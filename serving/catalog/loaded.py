"""The executor of each algorithm that was loaded, and why others have none."""

from __future__ import annotations

import logging
from typing import TypeAlias

from domain.errors import ArbiterError
from registry.artifacts import Format
from registry.discovery import RegisteredAlgorithm, Registry
from registry.remote.client import RemoteClient
from registry.remote.declaration import remote_in
from serving.execution.executors import executor_for, measured_cost
from serving.execution.remote.executor import RemoteExecutor
from serving.ports import Bounds, Executor

Key: TypeAlias = tuple[str, str, str]

log = logging.getLogger(__name__)


def key_of(registered: RegisteredAlgorithm) -> Key:
    """What tells one algorithm from another in every database: endpoint, name and version."""
    return registered.endpoint, registered.name, registered.version


def executors_of(registry: Registry, bounds: Bounds) -> tuple[dict[Key, Executor], dict[Key, str]]:
    """An executor for each loaded algorithm, chosen by what its endpoint's example costs; or why it has none.

    Runs in a thread.
    """
    executors: dict[Key, Executor] = {}
    failed: dict[Key, str] = {}
    for registered in registry.algorithms:
        if registered.instance is None:
            continue
        spec = registry.endpoints[registered.endpoint]
        artifact, name = registered.artifact, f"{registered.name} {registered.version}"
        if artifact is not None and artifact.manifest.format is Format.REMOTE:
            try:
                client = RemoteClient(remote_in(artifact), spec, artifact.manifest.classes or ())
            except ArbiterError as error:  # its file was changed since it was loaded
                failed[key_of(registered)] = error.message
            else:
                executors[key_of(registered)] = RemoteExecutor(client, name, bounds)
            continue
        try:
            cost = measured_cost(registered.instance, spec.features.validate(dict(spec.example)))
        except Exception as error:  # one algorithm that cannot answer must not stop the others
            log.exception("%s %s fails on its endpoint's example", registered.name, registered.version)
            failed[key_of(registered)] = (
                f"it fails on the endpoint's example ({type(error).__name__}: {error})"
            )
            continue
        executors[key_of(registered)] = executor_for(registered.instance, name, cost=cost, bounds=bounds)
    return executors, failed
