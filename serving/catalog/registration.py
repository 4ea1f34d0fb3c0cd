"""What is written into the catalogue of what a process has found: endpoints, their declarations, and algorithms.

What the database knows it keeps, statuses above all; so processes that find the same write it once.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from collections.abc import Set as Keys
from dataclasses import dataclass, field

import orjson

from domain.catalog.entries import Algorithm, Endpoint, EndpointRevision, LoadProblem
from domain.errors import Conflict, InvalidManifest
from domain.words import Status
from orm.connection.client import Client, Tx
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests
from orm.queries.catalog import algorithms, endpoint_revisions, endpoints, statuses
from registry.discovery import Key, RegisteredAlgorithm, Registry, Source, key_of
from registry.endpoint_changes import breaking_changes
from registry.endpoints import EndpointSpec, endpoint_of
from registry.json_documents import JSONDocument
from serving.ports import Clock


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database has: endpoints by name, algorithms by key, the declaration of each endpoint that holds."""

    endpoints: Mapping[str, Endpoint]
    algorithms: Mapping[Key, Algorithm]
    revisions: Mapping[str, EndpointRevision]
    arms: frozenset[int]

    def of_endpoint(self, name: str) -> list[tuple[Key, Algorithm]]:
        """The algorithms of an endpoint with their keys, in id order."""
        return [(key, one) for key, one in self.algorithms.items() if key[0] == name]


async def rows_of(client: Client) -> Rows:
    """What the database has now, in four statements."""
    found = await endpoints.all_endpoints(client)
    names = {endpoint.id: endpoint.name for endpoint in found}
    known = await algorithms.all_algorithms(client)
    newest = await endpoint_revisions.newest_revisions(client)
    tests = await ab_tests.running_tests(client)
    return Rows(
        {endpoint.name: endpoint for endpoint in found},
        {(names[one.endpoint_id], one.name, one.version): one for one in known},
        {names[id_]: revision for id_, revision in newest.items()},
        frozenset(id_ for test in tests for id_ in test.algorithm_ids),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """The declarations that hold, by endpoint; why others in the files do not; and which hold until then.

    `earlier` has, for each endpoint that gets another declaration, the one that it has in the database. `problems` are
    those of the files.
    """

    specs: Mapping[str, EndpointSpec]
    refused: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, EndpointSpec] = field(default_factory=dict)
    problems: tuple[LoadProblem, ...] = ()

    def refusing(self, name: str, reason: str) -> Judged:
        """The same with the earlier declaration of an endpoint; without the endpoint, where it has none."""
        specs = {one: spec for one, spec in self.specs.items() if one != name}
        if name in self.earlier:
            specs[name] = self.earlier[name]
        earlier = {one: spec for one, spec in self.earlier.items() if one != name}
        return Judged(specs, {**self.refused, name: reason}, earlier, self.problems)


def judged(found: Mapping[str, EndpointSpec], rows: Rows) -> Judged:
    """Which of the declarations that were found are taken.

    One that refuses calls that the one before it took must say why, and in the place of which one.
    """
    result = Judged(dict(found))
    for name, spec in found.items():
        newest = rows.revisions.get(name)
        earlier = None if newest is None or newest.digest == spec.digest else declared_by(newest)
        if newest is None or earlier is None:
            continue
        result = Judged(result.specs, result.refused, {**result.earlier, name: earlier})
        changes = breaking_changes(earlier, spec)
        if changes and (spec.breaking is None or spec.breaking.of != newest.digest):
            result = result.refusing(
                name,
                f"its endpoint.json breaks callers: {'; '.join(changes)}. Revision {newest.number} goes on; publish "
                "with `--breaking REASON` to change it all the same",
            )
    return result


def declared_by(revision: EndpointRevision) -> EndpointSpec | None:
    """The endpoint as a revision declares it; None where this release does not read it any more."""
    place = f"revision {revision.number} of the endpoint with id {revision.endpoint_id}"
    try:
        return endpoint_of(JSONDocument(orjson.loads(revision.declaration), place))
    except InvalidManifest:
        return None


@dataclass(slots=True)
class _Plan:
    """What is to be written, and which algorithms are refused, with the reason."""

    endpoints: list[EndpointSpec] = field(default_factory=list)
    revisions: list[tuple[EndpointSpec, int]] = field(default_factory=list)
    algorithms: list[tuple[RegisteredAlgorithm, Status | None]] = field(default_factory=list)
    described: list[tuple[Algorithm, RegisteredAlgorithm]] = field(default_factory=list)
    refused: dict[Key, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether the database has it all."""
        return not (self.endpoints or self.revisions or self.algorithms or self.described)


async def register(
    database: Database,
    clock: Clock,
    registry: Registry,
    against: Mapping[str, EndpointSpec] | None = None,
    *,
    waiting: bool = True,
) -> dict[Key, str]:
    """Write what the database does not know; the algorithms that may not be served, with the reason.

    against: the earlier declarations that those of the registry take the place of; None where the registry was not
    judged, and only first declarations are written down. waiting: take the lock of the catalogue even if there is
    nothing to write, as processes that start together do. Raises Conflict when another process took another
    declaration meanwhile.
    """
    if not waiting:
        plan = _plan(await database.read(rows_of), registry, against)
        if plan.is_empty:
            return plan.refused
    async with database.transaction() as tx:
        # Bumping first makes processes wait for one another here.
        await database.bump_catalog(tx)
        rows = await rows_of(tx)
        plan = _plan(rows, registry, against)
        await _write(tx, clock, rows, plan)
    return plan.refused


def refused_by(rows: Rows, registry: Registry) -> dict[Key, str]:
    """The algorithms that may not be served by what the database knows, with the reason."""
    return _plan(rows, registry, None).refused


def _plan(rows: Rows, registry: Registry, against: Mapping[str, EndpointSpec] | None) -> _Plan:
    plan = _Plan()
    for spec in registry.endpoints.values():
        if spec.name not in rows.endpoints:
            plan.endpoints.append(spec)
        number = _next_number(spec, rows.revisions.get(spec.name), against)
        if number is not None:
            plan.revisions.append((spec, number))
    begun = {key[0] for key in rows.algorithms}
    for registered in registry.algorithms:
        row = rows.algorithms.get(key_of(registered))
        if row is not None:
            _compare(plan, row, registered)
        elif registered.source is Source.CLASS or registered.instance is not None:
            plan.algorithms.append((registered, _first_status(registered, begun)))
            begun.add(registered.endpoint)
    return plan


def _next_number(
    spec: EndpointSpec, newest: EndpointRevision | None, against: Mapping[str, EndpointSpec] | None
) -> int | None:
    """The number under which a declaration is written down; None where it is already. Raises Conflict."""
    if not spec.declaration:
        return None
    if newest is None:
        return 1
    if newest.digest == spec.digest or against is None:
        return None
    earlier = against.get(spec.name)
    if earlier is not None and earlier.digest != newest.digest:
        raise Conflict(f"{spec.name} got revision {newest.number} of its declaration meanwhile.")
    return newest.number + 1


def _first_status(registered: RegisteredAlgorithm, begun: Container[str]) -> Status | None:
    """How an algorithm begins: the first one of a new endpoint answers, any other waits for somebody to decide."""
    if registered.status is None and registered.source is Source.STORE and registered.endpoint not in begun:
        return Status.PRODUCTION
    return registered.status


def _compare(plan: _Plan, row: Algorithm, registered: RegisteredAlgorithm) -> None:
    """Hold what was found against what the database has under the same name and version."""
    if registered.source is not Source.STORE:
        return
    if row.digest not in (None, registered.digest):
        plan.refused[key_of(registered)] = (
            "another model was published under this name and version before; publish this one as another version"
        )
        return
    if registered.instance is not None and (row.owner, row.description, row.digest) != (
        registered.owner,
        registered.description,
        registered.digest,
    ):
        plan.described.append((row, registered))


async def _write(tx: Tx, clock: Clock, rows: Rows, plan: _Plan) -> None:
    known = dict(rows.endpoints)
    for spec in plan.endpoints:
        known[spec.name] = await endpoints.add_endpoint(tx, spec.name, spec.owner, spec.description, clock())
    for spec, number in plan.revisions:
        endpoint = known[spec.name]
        await endpoint_revisions.add_revision(
            tx,
            endpoint.id,
            number=number,
            digest=spec.digest,
            declaration=orjson.dumps(dict(spec.declaration)).decode(),
            breaking=_reason(spec, rows.revisions.get(spec.name)),
            now=clock(),
        )
        if (endpoint.owner, endpoint.description) != (spec.owner, spec.description):
            await endpoints.describe_endpoint(tx, endpoint.id, owner=spec.owner, description=spec.description)
    for registered, status in plan.algorithms:
        await _add(tx, clock, known[registered.endpoint], registered, status)
    for row, registered in plan.described:
        await algorithms.describe_algorithm(
            tx,
            row.id,
            owner=registered.owner,
            description=registered.description,
            digest=registered.digest,
        )


def _reason(spec: EndpointSpec, newest: EndpointRevision | None) -> str | None:
    """Why a declaration breaks callers of the one before it; what it says of an earlier change stays in the file."""
    if spec.breaking is None or newest is None or spec.breaking.of != newest.digest:
        return None
    return spec.breaking.reason


async def _add(
    tx: Tx, clock: Clock, endpoint: Endpoint, registered: RegisteredAlgorithm, status: Status | None
) -> None:
    algorithm = await algorithms.add_algorithm(
        tx,
        endpoint_id=endpoint.id,
        name=registered.name,
        kind=registered.kind,
        version=registered.version,
        description=registered.description,
        owner=registered.owner,
        code=registered.code,
        created_at=clock(),
        digest=registered.digest,
    )
    if status is not None:
        await statuses.set_status(tx, algorithm.id, status, registered.owner, clock())


def lost(name: str, rows: Rows, registry: Registry, ready: Keys[Key]) -> str | None:
    """What of an endpoint answers now, and could not where only those in `ready` run; None where nothing is lost."""
    found = rows.of_endpoint(name)
    for key, one in found:
        if one.id in rows.arms and key not in ready:
            return f"{one}, an arm of the running A/B test"
    production = [(key, one) for key, one in found if one.status is Status.PRODUCTION]
    begins = any(
        one.endpoint == name
        and one.status is Status.PRODUCTION
        and key_of(one) in ready - rows.algorithms.keys()
        for one in registry.algorithms
    )
    if production and not begins and not any(key in ready for key, _ in production):
        return f"{production[0][1]}, which is in production"
    return None
