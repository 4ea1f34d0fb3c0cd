"""Services over a small use case whose algorithms are transparent: what they answer can be told from the row."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from domain.callers import Principal, Scope, anonymous
from domain.requests.request import AlgorithmConditions, Answer, PredictCommand
from domain.words import JSONValue
from orm.connection.database import Database
from registry.algorithm import Algorithm, Classifier, Regressor
from registry.artifacts import Artifact
from registry.discovery import RegisteredAlgorithm, Registry
from registry.endpoints import EndpointSpec, endpoint_of
from registry.features import Row
from registry.json_documents import JSONDocument
from serving.ab_tests.ab_tests import ABTests
from serving.ab_tests.decider import Decider
from serving.callers.api_keys import ApiKeys
from serving.callers.export_links import ExportLinks, LinkRules
from serving.catalog.catalog import Catalog
from serving.catalog.indexed_features import IndexedFeatures
from serving.catalog.statuses import Statuses
from serving.catalog.withdrawals import Withdrawals
from serving.execution.executors import DEFAULT_BOUNDS
from serving.feedback.feedback import Feedback
from serving.feedback.forgetting import Forgetting
from serving.feedback.recent_quality import RecentQuality
from serving.feedback.scoring import declared_classes
from serving.feedback.summaries import Summaries
from serving.live.live import DEFAULT_LIVE_BOUNDS, Live, LiveBounds
from serving.log.id_clock import IdClock
from serving.log.request_log import RequestLog
from serving.log.value_counter import ValueCounter
from serving.ports import Bounds
from serving.predictions.completer import Completer
from serving.predictions.predict import Predictor
from serving.retention.retention import Retentions
from serving.services import Services

EVERYBODY = anonymous(frozenset(Scope))


def spec_of(name: str, kind: str) -> EndpointSpec:
    target: dict[str, JSONValue] = {"name": "truth"}
    if kind == "classifier":
        target |= {"classes": ["low", "high"], "positive_class": "high"}
    else:
        target |= {"unit": "m"}
    return endpoint_of(
        JSONDocument(
            {
                "name": name,
                "kind": kind,
                "owner": "tests",
                "description": "A use case of the tests.",
                "target": target,
                "features": [
                    {
                        "name": "x",
                        "type": "number",
                        "description": "What counts.",
                        "minimum": -1e6,
                        "maximum": 1e6,
                    },
                    {
                        "name": "colour",
                        "type": "category",
                        "categories": ["red", "blue"],
                        "description": "Noise.",
                    },
                ],
                "example": {"x": 1.0, "colour": "red"},
            },
            f"{name}/endpoint.json",
        )
    )


class Threshold(Classifier):
    """High from `limit` on. It fails on rows with x = 666, and answers nonsense for x = 667."""

    limit = 0.0

    def load(self, artifact: Artifact | None) -> None:
        self.batches: list[int] = []
        self.threads: set[str] = set()

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        self.batches.append(len(rows))
        self.threads.add(threading.current_thread().name)
        if any(row[0] == 666 for row in rows):
            raise ValueError("the beast")
        return [self._answer(row) for row in rows]

    def _answer(self, row: Row) -> Answer:
        if row[0] == 667:
            return Answer(label="no class of this endpoint")
        high = row[0] is not None and float(row[0]) >= self.limit
        return Answer(
            label="high" if high else "low",
            probability=1.0 if high else 0.0,
            probabilities={"low": 0.0 if high else 1.0, "high": 1.0 if high else 0.0},
        )


class AtZero(Threshold, endpoint="levels", name="at zero", version="1", owner="tests", status="production"):
    """High from 0 on."""


class AtTen(Threshold, endpoint="levels", name="at ten", version="1", owner="tests", status="testing"):
    """High from 10 on."""

    limit = 10.0


class AtTwenty(Threshold, endpoint="levels", name="at twenty", version="1", owner="tests", status=None):
    """High from 20 on."""

    limit = 20.0


class Plus(Regressor):
    """Adds `offset` to x. It fails on rows with x = 666."""

    offset = 0.0

    def load(self, artifact: Artifact | None) -> None:
        pass

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        if any(row[0] == 666 for row in rows):
            raise ValueError("the beast")
        return [Answer(value=float(row[0] or 0) + self.offset) for row in rows]


class PlusOne(Plus, endpoint="heights", name="plus one", version="1", owner="tests", status="production"):
    """Always one too high."""

    offset = 1.0


class PlusTwo(Plus, endpoint="heights", name="plus two", version="1", owner="tests", status="testing"):
    """Always two too high."""

    offset = 2.0


LEVELS = spec_of("levels", "classifier")
HEIGHTS = spec_of("heights", "regressor")


def registered(cls: type[Algorithm], spec: EndpointSpec) -> RegisteredAlgorithm:
    instance = cls(spec)
    instance.load(None)
    return RegisteredAlgorithm(
        endpoint=spec.name,
        name=cls.name,
        version=cls.version,
        kind=spec.kind,
        owner=cls.owner,
        status=cls.status,
        description=cls.description,
        code="",
        instance=instance,
        problem=None,
    )


def small_registry() -> Registry:
    return Registry(
        {"levels": LEVELS, "heights": HEIGHTS},
        (
            registered(AtZero, LEVELS),
            registered(AtTen, LEVELS),
            registered(AtTwenty, LEVELS),
            registered(PlusOne, HEIGHTS),
            registered(PlusTwo, HEIGHTS),
        ),
        (),
    )


AT_ZERO, AT_TEN, AT_TWENTY, PLUS_ONE, PLUS_TWO = 1, 2, 3, 4, 5


class Dice:
    """A random source that a test loads: it gives the numbers put in, then 0.9 (the champion's side) for ever."""

    def __init__(self) -> None:
        self.numbers: list[float] = []

    def __call__(self) -> float:
        return self.numbers.pop(0) if self.numbers else 0.9


def now() -> datetime:
    return datetime.now(UTC)


def services_on(
    database: Database,
    registry: Registry,
    dice: Callable[[], float],
    *,
    queue_rows: int = 20_000,
    decide_every: float = 5.0,
    challenger_deadline: float = 10.0,
    clock: Callable[[], datetime] = now,
    bounds: Bounds = DEFAULT_BOUNDS,
    live_bounds: LiveBounds = DEFAULT_LIVE_BOUNDS,
    timer: Callable[[], float] = time.perf_counter,
) -> Services:
    catalog = Catalog(database, registry, clock, bounds=bounds)
    ids = IdClock(database, clock)
    live = Live(database, catalog, clock, live_bounds)
    log = RequestLog(
        database,
        ids,
        clock,
        queue_rows=queue_rows,
        on_commit=live.requests.on_commit,
        values=ValueCounter(catalog.watched),
    )
    completer = Completer(database, catalog)
    ab_tests = ABTests(database, catalog, clock)
    decider = Decider(ab_tests, catalog, interval=decide_every)
    return Services(
        database=database,
        catalog=catalog,
        predictor=Predictor(
            database,
            catalog,
            log,
            completer,
            clock,
            random_source=dice,
            timer=timer,
            challenger_deadline=challenger_deadline,
        ),
        feedback=Feedback(database, catalog, ids, clock, on_scores_changed=decider.look_soon),
        forgetting=Forgetting(database, clock, classes=lambda: declared_classes(catalog.snapshot)),
        export_links=ExportLinks(catalog, clock, LinkRules(b"tests", frozenset(Scope))),
        statuses=Statuses(catalog, clock),
        withdrawals=Withdrawals(catalog, clock),
        retentions=Retentions(database, catalog, ab_tests, clock),
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
    )


def command(
    *rows: JSONValue,
    endpoint: str = "levels",
    principal: Principal = EVERYBODY,
    subject: str | None = None,
    key: str | None = None,
    **conditions: str | int | None,
) -> PredictCommand:
    return PredictCommand(
        endpoint=endpoint,
        rows=rows,
        principal=principal,
        conditions=AlgorithmConditions(**conditions),  # type: ignore[arg-type]
        subject=subject,
        idempotency_key=key,
    )


def row(x: float | None, colour: str = "red") -> dict[str, JSONValue]:
    return {"x": x, "colour": colour}
