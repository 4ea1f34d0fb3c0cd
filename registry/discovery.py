"""Finds every algorithm and endpoint at start-up; a broken one becomes a problem by name, never an exception."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TypeAlias

from domain.catalog.entries import LoadProblem
from domain.errors import ArbiterError, InvalidAlgorithm
from domain.input.storable import text_problem
from domain.words import Kind, Status
from registry.algorithm import Algorithm, published_algorithm
from registry.algorithms import income_classifier, income_gradient_boosting, premium_insurance
from registry.artifacts import (
    Artifact,
    artifact_folders,
    endpoint_folders,
    endpoint_in,
    in_order,
    read_artifact,
    stored_artifact,
)
from registry.doubts import doubt_of
from registry.endpoints import ENDPOINT_FILE, EndpointSpec

ENTRY_POINT_GROUP = "arbiter.algorithms"
LOADERS = min(4, os.cpu_count() or 1)
"""So many models of the store are loaded at a time when a server starts."""

Key: TypeAlias = tuple[str, str, str]


class Source(StrEnum):
    """Where an algorithm comes from: a class of a package, or a manifest of the artifact store."""

    CLASS = "class"
    STORE = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredAlgorithm:
    """An algorithm of a known endpoint: ready (`instance`), or not (`problem` says why).

    `status` is the first one that the class or manifest asks for. `artifact` is None where it has none. `doubt` says
    why its answers may not be the trained model's although it is ready. `digest` tells a manifest of the store from
    another of the same name and version; it is None for a class.
    """

    endpoint: str
    name: str
    version: str
    kind: Kind
    owner: str
    status: Status | None
    description: str
    code: str
    instance: Algorithm | None
    problem: str | None
    artifact: Artifact | None = None
    doubt: str | None = None
    digest: str | None = None
    source: Source = Source.CLASS

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Registry:
    """What discovery found: endpoints by name, algorithms in a stable order, and what could not be loaded."""

    endpoints: Mapping[str, EndpointSpec]
    algorithms: tuple[RegisteredAlgorithm, ...]
    problems: tuple[LoadProblem, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What was loaded before, and the folders whose files are no longer as they were then."""

    registry: Registry
    changed: frozenset[Path]
    by_key: Mapping[Key, RegisteredAlgorithm] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", {key_of(one): one for one in self.registry.algorithms})

    def still(self, key: Key, spec: EndpointSpec) -> RegisteredAlgorithm | None:
        """An algorithm that is loaded, and would be the same if it were loaded again."""
        found = self.by_key.get(key)
        if found is None or found.instance is None or not found.instance.spec.differs_in_words_alone(spec):
            return None
        folder = None if found.artifact is None else found.artifact.folder
        return None if folder in self.changed else found


def key_of(registered: RegisteredAlgorithm) -> Key:
    """What tells one algorithm from another in every database: endpoint, name and version."""
    return registered.endpoint, registered.name, registered.version


def default_artifacts_root() -> Path:
    """The folder artifacts/ beside the checkout, else the one that the wheel installed."""
    beside = Path(__file__).resolve().parent.parent / "artifacts"
    return beside if beside.is_dir() else Path(sys.prefix) / "share" / "arbiter" / "artifacts"


def discover(
    artifacts: Path | None = None,
    *,
    entry_points: bool = True,
    declared: Registry | None = None,
    known: Known | None = None,
    unwanted: Collection[Key] = (),
    loaders: int = LOADERS,
) -> Registry:
    """Load the bundled algorithms, those of plug-ins (entry-point group `arbiter.algorithms`) and those of the store.

    artifacts: the artifacts root, `default_artifacts_root()` by default. declared: the declarations that hold, and
    what is wrong with others, in the place of those in the files. known: what is loaded already, and is taken as it is
    where nothing of it changed. unwanted: what is left out, though it is there. loaders: how many models are loaded at
    a time. Takes seconds: run it in a thread.
    Raises nothing: what is broken is listed in `problems`, and the rest is served.
    """
    search = _Search(
        artifacts, loading=True, declared=declared, known=known, unwanted=unwanted, loaders=loaders
    )
    return search.registry(entry_points=entry_points)


def discover_declarations(artifacts: Path | None = None, *, entry_points: bool = True) -> Registry:
    """The endpoints that `discover` would find, and what is wrong with others; no model file is read."""
    search = _Search(artifacts, loading=False)
    endpoints = search.registry(entry_points=entry_points).endpoints
    return Registry(endpoints, (), tuple(search.endpoint_problems))


def discover_endpoints(
    artifacts: Path | None = None, *, entry_points: bool = True
) -> Mapping[str, EndpointSpec]:
    """The endpoints that `discover` would find, by name, without reading a model file."""
    return _Search(artifacts, loading=False).registry(entry_points=entry_points).endpoints


def algorithms_in(module: ModuleType) -> list[type[Algorithm]]:
    """The algorithm classes that a module defines itself, in the order of its text."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Algorithm)
        and value.__module__ == module.__name__
        and value.name
    ]


class _Search:
    """One run of discovery: gathers endpoints, problems, and algorithms where they are to be loaded."""

    def __init__(
        self,
        artifacts: Path | None,
        *,
        loading: bool,
        declared: Registry | None = None,
        known: Known | None = None,
        unwanted: Collection[Key] = (),
        loaders: int = LOADERS,
    ) -> None:
        self._root = artifacts or default_artifacts_root()
        self._declared = declared
        self._known = known or Known(Registry({}, (), ()), frozenset())
        self._unwanted = unwanted
        self._loaders = loaders
        self.endpoint_problems: list[LoadProblem] = []
        self._loading = loading
        self._endpoints: dict[str, EndpointSpec] = {}
        self._broken_endpoints: dict[str, str] = {}
        self._algorithms: dict[tuple[str, str, str], RegisteredAlgorithm] = {}
        self._problems: list[LoadProblem] = []
        self._of_classes: set[Path] = set()

    def registry(self, *, entry_points: bool) -> Registry:
        if self._declared is None:
            self._find_endpoints()
        else:
            self._take(self._declared)
        for module in (income_classifier, premium_insurance, income_gradient_boosting):
            # A store of somebody's own need not have the endpoints that come with Arbiter.
            self._add_all(one for one in algorithms_in(module) if self._is_declared(one.endpoint))
        if entry_points:
            for point in sorted(metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
                self._add_plugin(point)
        if self._loading:
            self._add_stored()
        return Registry(
            MappingProxyType(self._endpoints), tuple(self._algorithms.values()), tuple(self._problems)
        )

    def _take(self, declared: Registry) -> None:
        self._endpoints.update(declared.endpoints)
        self._problems += declared.problems
        self._broken_endpoints = {
            problem.endpoint: problem.reason
            for problem in declared.problems
            if problem.endpoint is not None and problem.endpoint not in declared.endpoints
        }

    def _is_declared(self, endpoint: str) -> bool:
        return endpoint in self._endpoints or endpoint in self._broken_endpoints

    def _find_endpoints(self) -> None:
        """Every folder of the artifacts root that holds an endpoint.json."""
        try:
            folders = endpoint_folders(self._root)
        except OSError as error:
            self._endpoint_problem(LoadProblem("artifacts", f"{self._root} cannot be read: {error.strerror}"))
            return
        if not self._root.is_dir():
            self._endpoint_problem(
                LoadProblem(
                    "artifacts",
                    f"artifacts folder {self._root} does not exist; set ARBITER_ARTIFACTS to where it is",
                )
            )
        for folder in folders:
            self._add_endpoint(folder)

    def _add_plugin(self, point: metadata.EntryPoint) -> None:
        """The algorithms that one entry point names."""
        try:
            self._add_all(_classes_of(point, point.load()))
        except (Exception, SystemExit) as error:  # A plug-in's import may raise anything; the server goes on.
            self._problems.append(
                LoadProblem(point.name, reason_of(error), details={"entry point": point.value})
            )

    def _add_all(self, classes: Iterable[type[Algorithm]]) -> None:
        """Register and load each class; each fails alone."""
        for algorithm in classes:
            try:
                self._add(algorithm)
            except Exception as error:  # A plug-in's class may raise anything; the server goes on.
                self._problem(algorithm, reason_of(error))

    def _add_endpoint(self, folder: Path) -> None:
        try:
            spec = endpoint_in(folder)
            self._endpoints[spec.name] = spec
        except ArbiterError as error:
            self._broken_endpoints[folder.name] = error.message
            self._endpoint_problem(LoadProblem(folder.name, error.message, endpoint=folder.name))

    def _endpoint_problem(self, problem: LoadProblem) -> None:
        self.endpoint_problems.append(problem)
        self._problems.append(problem)

    def _add_stored(self) -> None:
        """Register and load every manifest of the store that is an algorithm and that no class stands for."""
        wanted: dict[Key, Artifact] = {}
        for artifact in in_order(one for one in self._stored() if one.manifest.serving is not None):
            try:
                key = self._key_in(artifact, wanted)
            except ArbiterError as error:
                self._artifact_problem(artifact, error.message)
            else:
                if key not in self._unwanted:
                    wanted[key] = artifact
        with ThreadPoolExecutor(self._loaders, thread_name_prefix="loading") as pool:
            for key, registered in zip(wanted, pool.map(self._registered, wanted.values()), strict=True):
                self._algorithms[key] = registered
                if registered.problem is not None:
                    self._artifact_problem(wanted[key], registered.problem)

    def _stored(self) -> Iterator[Artifact]:
        """Every artifact of the store that no class stands for; the manifest of one that is known is not read again."""
        read = {
            one.artifact.folder: one.artifact
            for one in self._known.registry.algorithms
            if one.artifact is not None and one.artifact.folder not in self._known.changed
        }
        for folder in artifact_folders(self._root):
            if folder in self._of_classes or folder.parent.name in self._broken_endpoints:
                continue
            try:
                yield read.get(folder) or stored_artifact(folder)
            except ArbiterError as error:
                self._problems.append(LoadProblem(folder.name, error.message, endpoint=folder.parent.name))

    def _artifact_problem(self, artifact: Artifact, reason: str) -> None:
        manifest = artifact.manifest
        name = f"{manifest.algorithm} {manifest.version}"
        self._problems.append(LoadProblem(name, reason, endpoint=manifest.endpoint))

    def _key_in(self, artifact: Artifact, others: Mapping[Key, Artifact]) -> Key:
        """What the algorithm is called. Raises InvalidAlgorithm where it has no endpoint, or another one is it."""
        manifest = artifact.manifest
        if manifest.endpoint not in self._endpoints:
            raise InvalidAlgorithm(self._no_endpoint(manifest.endpoint))
        key = (manifest.endpoint, manifest.algorithm, manifest.version)
        other = others.get(key)
        if other is None and key in self._algorithms:
            other = self._algorithms[key].artifact
        elif other is None:
            return key
        place = "a class" if other is None else str(other.folder)
        raise InvalidAlgorithm(
            f"{artifact.folder}: {place} has this endpoint, name and version already; publish it again as another "
            "version"
        )

    def _registered(self, artifact: Artifact) -> RegisteredAlgorithm:
        manifest = artifact.manifest
        spec = self._endpoints[manifest.endpoint]
        known = self._known.still((manifest.endpoint, manifest.algorithm, manifest.version), spec)
        return known if known is not None and known.artifact is artifact else registered_from(artifact, spec)

    def _add(self, algorithm: type[Algorithm]) -> None:
        spec = self._spec_of(algorithm)
        if algorithm.kind is not spec.kind:
            raise InvalidAlgorithm(
                f"it is a {algorithm.kind}, but endpoint {spec.name!r} wants a {spec.kind}"
            )
        key = (algorithm.endpoint, algorithm.name, algorithm.version)
        if key in self._algorithms:
            raise InvalidAlgorithm(
                f"{algorithm.__module__}.{algorithm.__qualname__}: another class has this endpoint, name and version; "
                "raise the version"
            )
        if self._loading and key not in self._unwanted:
            loaded = self._load(algorithm, spec)
            _check_storable(loaded)
            self._algorithms[key] = loaded

    def _spec_of(self, algorithm: type[Algorithm]) -> EndpointSpec:
        name = algorithm.endpoint
        if not self._is_declared(name):
            for folder in _package_artifacts(algorithm):
                if (folder / name / ENDPOINT_FILE).is_file():
                    self._add_endpoint(folder / name)
                    break
        if name in self._endpoints:
            return self._endpoints[name]
        broken = self._broken_endpoints.get(name)
        raise InvalidAlgorithm(
            f"endpoint {name!r} is broken: {broken}" if broken else self._no_endpoint(name)
        )

    def _no_endpoint(self, name: str) -> str:
        place = self._root / name / ENDPOINT_FILE
        return f"no endpoint {name!r}; add {place} (`arbiter endpoint new` starts one)"

    def _load(self, algorithm: type[Algorithm], spec: EndpointSpec) -> RegisteredAlgorithm:
        known = self._known.still((algorithm.endpoint, algorithm.name, algorithm.version), spec)
        if known is not None:
            if known.artifact is not None:
                self._of_classes.add(known.artifact.folder)
            return known
        artifact, instance, problem, doubt = None, None, None, None
        try:
            artifact = self._artifact_of(algorithm)
            instance = algorithm(spec)
            instance.load(artifact)
            doubt = None if artifact is None else doubt_of(artifact, instance, spec)
        except Exception as error:  # An overridden load() may raise anything; the server goes on.
            instance, problem = None, reason_of(error)
            self._problem(algorithm, problem)
        return RegisteredAlgorithm(
            endpoint=algorithm.endpoint,
            name=algorithm.name,
            version=algorithm.version,
            kind=algorithm.kind,
            owner=algorithm.owner,
            status=algorithm.status,
            description=algorithm.description,
            code=algorithm.code(),
            instance=instance,
            problem=problem,
            artifact=artifact,
            doubt=doubt,
        )

    def _artifact_of(self, algorithm: type[Algorithm]) -> Artifact | None:
        if algorithm.artifact is None:
            return None
        places = [
            root / algorithm.endpoint / algorithm.artifact
            for root in (*_package_artifacts(algorithm), self._root)
        ]
        folder = next((place for place in places if place.is_dir()), places[-1])
        self._of_classes.add(folder)
        artifact = read_artifact(folder)
        manifest = artifact.manifest
        if (manifest.algorithm, manifest.version) != (algorithm.name, algorithm.version):
            raise InvalidAlgorithm(
                f"{artifact.folder} was published as {manifest.algorithm} {manifest.version}, "
                f"the class says {algorithm.name} {algorithm.version}; make them agree"
            )
        return artifact

    def _problem(self, algorithm: type[Algorithm], reason: str) -> None:
        self._problems.append(
            LoadProblem(f"{algorithm.name} {algorithm.version}", reason, endpoint=algorithm.endpoint)
        )


def registered_from(artifact: Artifact, spec: EndpointSpec) -> RegisteredAlgorithm:
    """The algorithm that a manifest of the store is, loaded and asked for its fixtures; or why it is not ready.

    `artifact` must be one that says how it is served. Takes as long as its model needs to load: run it in a thread.
    """
    manifest, serving = artifact.manifest, artifact.manifest.serving
    if serving is None:
        raise InvalidAlgorithm(f"{artifact.folder} is the artifact of a class: its manifest has no 'serving'")
    instance, problem, doubt = None, None, None
    try:
        instance = published_algorithm(artifact, spec)
        instance.load(artifact)
        doubt = doubt_of(artifact, instance, spec)
    except (
        Exception
    ) as error:  # Libraries raise classes of their own for a file of theirs; the server goes on.
        instance, problem = None, reason_of(error)
    return RegisteredAlgorithm(
        endpoint=manifest.endpoint,
        name=manifest.algorithm,
        version=manifest.version,
        kind=manifest.kind,
        owner=serving.owner,
        status=serving.status,
        description=serving.description,
        code="",
        instance=instance,
        problem=problem,
        artifact=artifact,
        doubt=doubt,
        digest=manifest.digest,
        source=Source.STORE,
    )


def _check_storable(registered: RegisteredAlgorithm) -> None:
    """Raises InvalidAlgorithm for a text that no catalogue can hold: it would stop the server's start."""
    for text, what in ((registered.description, "its docstring"), (registered.code, "its source")):
        problem = text_problem(text)
        if problem is not None:
            raise InvalidAlgorithm(f"{what} {problem}")


def _classes_of(point: metadata.EntryPoint, found: object) -> list[type[Algorithm]]:
    if isinstance(found, ModuleType):
        classes: list[object] = list(algorithms_in(found))
    else:
        classes = list(found) if isinstance(found, (list, tuple)) else [found]
    if not classes:
        raise InvalidAlgorithm(f"{point.value} defines no algorithm; subclass Classifier or Regressor there")
    return [_algorithm_class(point, value) for value in classes]


def _algorithm_class(point: metadata.EntryPoint, value: object) -> type[Algorithm]:
    if not (isinstance(value, type) and issubclass(value, Algorithm)):
        raise InvalidAlgorithm(f"{point.value}: {value!r} is no subclass of Classifier or Regressor")
    if not value.name:
        raise InvalidAlgorithm(
            f"{point.value}: {value.__qualname__} has no class keywords; give endpoint, name, version and owner"
        )
    return value


def _package_artifacts(algorithm: type[Algorithm]) -> Iterator[Path]:
    """The folders artifacts/ in the packages around a plug-in's class, the innermost first."""
    package = getattr(inspect.getmodule(algorithm), "__package__", None) or ""
    while package:
        for place in getattr(sys.modules.get(package), "__path__", ()):
            folder = Path(place) / "artifacts"
            if folder.is_dir():
                yield folder
        package = package.rpartition(".")[0]


def reason_of(error: BaseException) -> str:
    """What an error says to a person: the message of one of ours, else its class and text."""
    if isinstance(error, ArbiterError):
        return error.message
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
