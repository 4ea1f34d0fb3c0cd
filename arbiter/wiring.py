"""The composition root: which parts there are and how they are joined. Tests put other parts in here."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

from arbiter.settings import Settings
from domain.errors import Failure, NotFound
from domain.requests.new_request import NewRequest
from orm.connection.database import Database
from orm.connection.schema import require_begun
from registry.discovery import Registry, discover_endpoints
from serving.ab_tests.ab_tests import ABTests
from serving.ab_tests.decider import Decider
from serving.callers.api_keys import ApiKeys
from serving.callers.budgets import Budgets
from serving.callers.export_links import ExportLinks, LinkRules
from serving.catalog.catalog import Catalog, Snapshot
from serving.catalog.indexed_features import IndexedFeatures
from serving.catalog.statuses import Statuses
from serving.catalog.store import ArtifactStore
from serving.catalog.withdrawals import Withdrawals
from serving.feedback.feedback import Feedback
from serving.feedback.forgetting import Forgetting
from serving.feedback.recent_quality import RecentQuality
from serving.feedback.scoring import declared_classes
from serving.feedback.summaries import Summaries
from serving.live.live import Live, LiveBounds
from serving.log.id_clock import IdClock
from serving.log.request_log import RequestLog
from serving.log.value_counter import ValueCounter
from serving.ports import Bounds
from serving.predictions.completer import Completer
from serving.predictions.predict import Predictor
from serving.retention.retention import Retentions
from serving.services import Services

NOTHING_FOUND = Registry({}, (), ())

Observe = Callable[[NewRequest, Failure | None, Snapshot], None]
"""Told of each logged row and its failure, with the catalogue that gives names to its ids."""


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


async def build(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    registry: Registry | None = None,
    observe: Observe | None = None,
    plain: bool = True,
    read_timeout: float | None = None,
) -> Services:
    """Open the database (migrating it under a lock), load the algorithms, join and start the services.

    The caller stops them with `await services.stop()`. Without `registry` the algorithms are discovered, and the
    artifact store is followed; without `plain` every prediction goes the way of those that need more, which answers
    the same. `read_timeout` is as in `open_database`.
    Raises the ArbiterError that names what is missing; then nothing stays open.
    """
    database = await open_database(settings, read_timeout)
    try:
        services = join(
            settings,
            database,
            registry or NOTHING_FOUND,
            clock,
            observe,
            plain=plain,
            stored=registry is None,
        )
        await services.log.require_number()
        await services.start()
    except BaseException:
        await database.close()
        raise
    return services


async def open_database(settings: Settings, read_timeout: float | None = None) -> Database:
    """The database, up to date; `read_timeout` takes the place of the seconds that a read may take."""
    given = {} if read_timeout is None else {"read_timeout": read_timeout}
    bounds = settings.retired_values("Database") | given
    url, direct = settings.database_url, settings.direct_database_url
    if direct is not None and direct != url and read_timeout is not None:
        url, direct = (
            direct,
            None,
        )  # What takes long would keep one of the pooler's connections from the servers.
    return await Database.open(url, direct_url=direct, durability=settings.durability, **bounds)


def join(
    settings: Settings,
    database: Database,
    registry: Registry,
    clock: Callable[[], datetime],
    observe: Observe | None,
    *,
    plain: bool = True,
    stored: bool = False,
) -> Services:
    """The services over an open database; not started. Those that are `stored` follow the artifact store."""
    catalog = Catalog(
        database,
        registry,
        clock,
        bounds=Bounds(deadline=settings.deadline, **settings.retired_values("Bounds")),
    )
    ids = IdClock(database, clock)
    live = Live(
        database,
        catalog,
        clock,
        LiveBounds(subscriptions=settings.max_subscriptions, **settings.retired_values("LiveBounds")),
    )
    log = RequestLog(
        database,
        ids,
        clock,
        on_commit=live.requests.on_commit,
        values=ValueCounter(catalog.watched),
        **settings.retired_values("RequestLog"),
    )
    seen = None if observe is None else lambda row, failure: observe(row, failure, catalog.snapshot)
    completer = Completer(database, catalog)
    ab_tests = ABTests(database, catalog, clock)
    decider = Decider(ab_tests, catalog)
    store = (
        ArtifactStore(database, catalog, clock, settings.artifacts, **settings.retired_values("discover"))
        if stored
        else None
    )
    return Services(
        database=database,
        catalog=catalog,
        predictor=Predictor(database, catalog, log, completer, clock, observe=seen, plain=plain),
        feedback=Feedback(database, catalog, ids, clock, on_scores_changed=decider.look_soon),
        forgetting=Forgetting(database, clock, classes=lambda: declared_classes(catalog.snapshot)),
        export_links=ExportLinks(catalog, clock, link_rules_of(settings)),
        statuses=Statuses(catalog, clock),
        withdrawals=Withdrawals(catalog, clock),
        retentions=Retentions(database, catalog, ab_tests, clock),
        store=store,
        ab_tests=ab_tests,
        indexed_features=IndexedFeatures(database, catalog, clock),
        keys=ApiKeys(database, catalog, clock),
        log=log,
        completer=completer,
        decider=decider,
        summaries=Summaries(database, catalog),
        recent_quality=RecentQuality(database, clock),
        live=live,
        clock=clock,
        budgets=Budgets(
            settings.effective_budget, settings.effective_budget_per_second, proxies=settings.proxies
        ),
    )


def link_rules_of(settings: Settings) -> LinkRules:
    """How links to exports are signed. Without a secret of the operator's the process makes one for itself."""
    secret = (
        secrets.token_bytes(32) if settings.secret is None else settings.secret.get_secret_value().encode()
    )
    return LinkRules(
        secret,
        settings.effective_anonymous_scopes,
        root=settings.root_path or "",
        **settings.retired_values("LinkRules"),
    )


@asynccontextmanager
async def running(
    settings: Settings,
    registry: Registry | None = None,
    *,
    makes: bool = True,
    read_timeout: float | None = None,
) -> AsyncIterator[Services]:
    """Services as a server has them, stopped at the end of the block: for commands that need models.

    Where it must not make a database, a command that finds none is refused: it looks in the wrong place. An error
    that says what is not there says where that was looked for.
    """
    if not makes:
        await require_begun(settings.database_url, direct_url=settings.direct_database_url)
    services = await build(settings, registry=registry, read_timeout=read_timeout)
    try:
        with _naming(services.database):
            yield services
    finally:
        await services.stop()


@asynccontextmanager
async def without_models(
    settings: Settings, *, makes: bool = False, declared: bool = False, read_timeout: float | None = None
) -> AsyncIterator[Services]:
    """The services over the database alone: no model is read, nothing is registered, and no test is decided.

    `makes` is as in `running`. `declared` says that the endpoints' declarations are read, which name the classes that
    scoring knows. `read_timeout` is how many seconds a read may take, where the server's own bound is too short.
    """
    if not makes:
        await require_begun(settings.database_url, direct_url=settings.direct_database_url)
    endpoints = {}
    if declared:
        endpoints = dict(
            await asyncio.to_thread(
                discover_endpoints, settings.artifacts, **settings.retired_values("discover")
            )
        )
    database = await open_database(settings, read_timeout)
    try:
        services = join(settings, database, Registry(endpoints, (), ()), utc_now, None)
        await services.catalog.refresh()
        with _naming(database):
            yield services
    finally:
        await database.close()


@contextmanager
def _naming(database: Database) -> Iterator[None]:
    """Have an error that says what is not there say where that was looked for."""
    try:
        yield
    except NotFound as error:
        message = f"{error.message.rstrip('.')}. It was looked for in {database.name}."
        raise type(error)(message, path=error.path) from error
