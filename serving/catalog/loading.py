"""What this process has loaded and can run: found, measured, and held on to when its files go."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from domain.catalog.entries import LoadProblem
from domain.errors import ArbiterError
from registry.artifacts import Artifact
from registry.discovery import Key, RegisteredAlgorithm, Registry, key_of
from serving.execution.executors import executor_for, measured_cost
from serving.ports import Bounds, Executor

log = logging.getLogger(__name__)

WITHDRAWN = "it was withdrawn"
GOES_ON = "what was loaded before goes on answering until this server ends"


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that one process can serve, and why it cannot serve the rest.

    `failed` says by key why an algorithm that was loaded has no executor, or may not have one. `problems` come in
    addition to those of the registry. `stale` are the folders of the store whose files are not what is loaded.
    """

    registry: Registry
    executors: Mapping[Key, Executor] = field(default_factory=dict)
    failed: Mapping[Key, str] = field(default_factory=dict)
    problems: tuple[LoadProblem, ...] = ()
    stale: frozenset[Path] = frozenset()

    def without(self, keys: Collection[Key], reason: str) -> Loaded:
        """The same without some algorithms: nothing here holds their models any more."""
        gone = [key for key in keys if key in self.executors]
        if not gone:
            return self
        algorithms = tuple(
            replace(one, instance=None, problem=reason) if key_of(one) in gone else one
            for one in self.registry.algorithms
        )
        return replace(
            self,
            registry=Registry(self.registry.endpoints, algorithms, self.registry.problems),
            executors={key: one for key, one in self.executors.items() if key not in gone},
            failed={**self.failed, **dict.fromkeys(gone, reason)},
        )


NOTHING = Loaded(Registry({}, (), ()))


def loaded_from(registry: Registry, bounds: Bounds, before: Loaded = NOTHING) -> Loaded:
    """An executor for each loaded algorithm, chosen by what its endpoint's example costs; or why it has none.

    What `before` runs already keeps its executor. Runs in a thread.
    """
    running = {id(one.instance): before.executors.get(key_of(one)) for one in before.registry.algorithms}
    executors: dict[Key, Executor] = {}
    failed: dict[Key, str] = {}
    for registered in registry.algorithms:
        if registered.instance is None:
            continue
        known = running.get(id(registered.instance))
        try:
            executors[key_of(registered)] = known or _executor(registered, registry, bounds)
        except Exception as error:  # one algorithm that cannot answer must not stop the others
            log.exception("%s %s fails on its endpoint's example", registered.name, registered.version)
            failed[key_of(registered)] = (
                f"it fails on the endpoint's example ({type(error).__name__}: {error})"
            )
    return Loaded(registry, executors, failed)


def _executor(registered: RegisteredAlgorithm, registry: Registry, bounds: Bounds) -> Executor:
    if registered.instance is None:
        raise RuntimeError("only what is loaded has an executor")
    spec = registry.endpoints[registered.endpoint]
    cost = measured_cost(registered.instance, spec.features.validate(dict(spec.example)))
    name = f"{registered.name} {registered.version}"
    return executor_for(registered.instance, name, cost=cost, bounds=bounds)


def held(
    before: Registry, found: Registry, withdrawn: Collection[Key] = ()
) -> tuple[Registry, frozenset[Path]]:
    """`found`, with what is loaded and lost its files, or got others, as it was before; and the folders of those.

    Each is named in the problems. Under another declaration nothing can go on as it was.
    """
    by_key = {key_of(one): one for one in found.algorithms}
    problems: list[LoadProblem] = []
    stale: set[Path] = set()
    for old in before.algorithms:
        new = by_key.get(key_of(old))
        reason = None if key_of(old) in withdrawn else _why_held(old, new, found)
        if reason is not None:
            by_key[key_of(old)] = old
            problems.append(LoadProblem(f"{old.name} {old.version}", reason, endpoint=old.endpoint))
            stale.update(_folders(old, new))
    return Registry(found.endpoints, tuple(by_key.values()), (*found.problems, *problems)), frozenset(stale)


def _why_held(old: RegisteredAlgorithm, new: RegisteredAlgorithm | None, found: Registry) -> str | None:
    """Why `old` goes on in the place of `new`; None where it does not."""
    spec = found.endpoints.get(old.endpoint)
    if old.instance is None or new is old or spec is None:
        return None
    if not old.instance.spec.differs_in_words_alone(spec):
        return None
    if new is None:
        place = old.artifact.folder if old.artifact else "its class"
        return f"{place} is gone; {GOES_ON}: put it back, or withdraw it (`arbiter withdraw`)"
    if new.problem is not None:
        return f"{new.problem}; {GOES_ON}"
    if _digest(new.artifact) != _digest(old.artifact):
        place = new.artifact.folder if new.artifact else "its class"
        return (
            f"{place} holds another model than the one that was published under this name and version; {GOES_ON}: "
            "publish the other one as another version"
        )
    return None


def _digest(artifact: Artifact | None) -> str | None:
    return None if artifact is None else artifact.manifest.digest


def _folders(*algorithms: RegisteredAlgorithm | None) -> Iterator[Path]:
    for one in algorithms:
        if one is not None and one.artifact is not None:
            yield one.artifact.folder


def let_go(held: list[object]) -> None:
    """Free models, one after another. Run it in a thread: a model takes a tenth of a millisecond, a large one more."""
    while held:
        held.pop()


def said(error: Exception) -> str:
    """What an error says of itself in a line."""
    return error.message if isinstance(error, ArbiterError) else f"{type(error).__name__}: {error}"
