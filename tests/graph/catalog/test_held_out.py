from __future__ import annotations

from dataclasses import replace

import pytest

from domain.callers import Scope
from orm.connection.database import Database
from registry.discovery import Registry
from tests.conftest import Statements
from tests.graph.conftest import Door, of_operations
from tests.serving.world import Dice, services_on

SHOWN = "{ algorithms(first: 100) { nodes { name heldOutMetrics { rows accuracy logLoss rmse mae } } } }"


async def told(
    url: str, registry: Registry, dice: Dice, statements: Statements
) -> dict[str, dict[str, float | None] | None]:
    services = services_on(await Database.open(url), registry, dice)
    await services.start()
    with statements() as sql:
        nodes = (await Door(services).seen_by(Scope.READ).data(SHOWN))["algorithms"]["nodes"]
    await services.stop()
    assert of_operations(sql) == []
    return {node["name"]: node["heldOutMetrics"] for node in nodes}


async def test_algorithms_tell_how_good_they_were_when_they_were_published(
    migrated_sqlite_url: str, shipped: Registry, dice: Dice, statements: Statements
) -> None:
    only = tuple(one for one in shipped.algorithms if one.name in ("gradient boosting", "decision trees"))
    found = await told(migrated_sqlite_url, replace(shipped, algorithms=only), dice, statements)
    said = {one.name: one.artifact.manifest.metrics for one in only if one.artifact}
    assert found == {
        "gradient boosting": {
            "rows": 9769,
            "accuracy": said["gradient boosting"]["accuracy"],
            "logLoss": said["gradient boosting"]["log_loss"],
            "rmse": None,
            "mae": None,
        },
        "decision trees": {
            "rows": 296,
            "accuracy": None,
            "logLoss": None,
            "rmse": said["decision trees"]["rmse"],
            "mae": said["decision trees"]["mean_absolute_error"],
        },
    }


@pytest.mark.parametrize("what", ["no artifact", "nothing measured", "cannot run"])
async def test_who_was_not_measured_has_none_and_who_cannot_run_still_has_them(
    migrated_sqlite_url: str, shipped: Registry, dice: Dice, statements: Statements, what: str
) -> None:
    one = next(one for one in shipped.algorithms if one.name == "decision trees")
    assert one.artifact is not None
    unmeasured = replace(one.artifact, manifest=replace(one.artifact.manifest, metrics={}))
    changed = {
        "no artifact": replace(one, artifact=None),
        "nothing measured": replace(one, artifact=unmeasured),
        "cannot run": replace(one, instance=None, problem="its file is gone"),
    }[what]
    found = await told(migrated_sqlite_url, replace(shipped, algorithms=(changed,)), dice, statements)
    metrics = found["decision trees"]
    assert (metrics and metrics["rows"]) == (296 if what == "cannot run" else None)
