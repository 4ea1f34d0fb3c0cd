"""Which algorithms of the catalogue this process runs, and what it says of those that it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.catalog.entries import Algorithm, Endpoint, EndpointRevision, LoadProblem
from domain.catalog.held_out import HeldOutMetrics, held_out_metrics
from registry.discovery import Key, key_of
from registry.endpoints import EndpointSpec
from serving.catalog.loading import WITHDRAWN, Loaded
from serving.ports import Executor

NO_CODE = "its code is not installed in this server"
NO_FOLDER = (
    "it was published, and its folder is not in the artifact store of this server (ARBITER_ARTIFACTS): put it back, or "
    "withdraw it (`arbiter withdraw`)"
)


@dataclass(slots=True)
class Readiness:
    """By algorithm id: the executors, why an algorithm has none, what speaks against the answers of one, and how good
    it was when it was published.

    `problems` names those that were published, and that this process does not have.
    """

    executors: dict[int, Executor] = field(default_factory=dict)
    unready: dict[int, str] = field(default_factory=dict)
    doubts: dict[int, str] = field(default_factory=dict)
    held_out: dict[int, HeldOutMetrics] = field(default_factory=dict)
    problems: list[LoadProblem] = field(default_factory=list)


def readiness(loaded: Loaded, found: Sequence[Algorithm], keys: Mapping[int, Key]) -> Readiness:
    """What `loaded` means for the algorithms that were found in the database, whose keys are given by id."""
    registered = {key_of(one): one for one in loaded.registry.algorithms}
    ready = Readiness()
    for algorithm in found:
        key = keys[algorithm.id]
        code = registered.get(key)
        executor = loaded.executors.get(key)
        metrics = None if code is None or code.artifact is None else code.artifact.manifest.metrics
        measured = None if metrics is None else held_out_metrics(metrics)
        if measured is not None:
            ready.held_out[algorithm.id] = measured
        if executor is not None and executor.problem is not None:
            ready.unready[algorithm.id] = executor.problem
            continue
        if executor is not None:
            ready.executors[algorithm.id] = executor
            if code is not None and code.doubt is not None:
                ready.doubts[algorithm.id] = code.doubt
            continue
        absent = NO_CODE if algorithm.digest is None else NO_FOLDER
        reason = loaded.failed.get(key) or (code and code.problem) or absent
        ready.unready[algorithm.id] = WITHDRAWN if algorithm.withdrawn_at is not None else reason
        if code is None and algorithm.digest is not None and algorithm.withdrawn_at is None:
            ready.problems.append(LoadProblem(str(algorithm), NO_FOLDER, endpoint=key[0]))
    return ready


def older_declarations(
    specs: Mapping[str, EndpointSpec],
    endpoints: Mapping[int, Endpoint],
    revisions: Mapping[int, EndpointRevision],
) -> Iterator[LoadProblem]:
    """Names each endpoint of which another process serves a later declaration than this one."""
    for id_, revision in revisions.items():
        name = endpoints[id_].name
        spec = specs.get(name)
        if spec is not None and spec.declaration and spec.digest != revision.digest:
            yield LoadProblem(
                name,
                f"another server has taken revision {revision.number} of its declaration, and the endpoint.json of "
                "this one says something else: give all servers one artifact store, or the same files",
                endpoint=name,
            )
