"""A running server takes what is published into its store, and lets go of nothing before."""

from __future__ import annotations

import gc
import json
import shutil
import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from arbiter.settings import Settings
from arbiter.wiring import NOTHING_FOUND, build, join, utc_now
from bench.constant_models import FEATURES, constant, declare, publish
from domain.callers import Principal, Scope
from domain.errors import (
    AlgorithmInProduction,
    AlgorithmNotAvailable,
    AlgorithmNotFound,
    AlgorithmWithdrawn,
    WithdrawnForGood,
)
from domain.requests.request import AlgorithmConditions, PredictCommand
from domain.words import Status
from serving.catalog.explanation import degraded
from serving.catalog.store import ArtifactStore
from serving.ports import Executor
from serving.services import Services

ANN = Principal("ann", frozenset(Scope))
WIDER = [*FEATURES, {"name": "z", "type": "number", "required": False}]

Start = Callable[[], Awaitable[Services]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store with one use case and one model, which answers 1."""
    root = tmp_path / "store"
    declare(root)
    publish(root, "1", 1)
    return root


@pytest.fixture
async def start(database_url: str, root: Path) -> AsyncIterator[Start]:
    """Starts a server, as each process has one; it looks at the store only when it is told to.

    The first opens the database, and the others share that: a process may open one.
    """
    settings = Settings(database_url=database_url, artifacts=root)
    running: list[Services] = []

    async def start() -> Services:
        if not running:
            services = await build(settings)
            await store_of(services).close()
        else:
            database = running[0].database
            services = join(settings, database, NOTHING_FOUND, utc_now, None, stored=True)
            await store_of(services).start()
        running.append(services)
        return services

    yield start
    for services in running[1:]:
        await services.log.close()
        await services.catalog.close()
    for services in running[:1]:
        await services.stop()


def store_of(services: Services) -> ArtifactStore:
    assert services.store is not None
    return services.store


async def asked(services: Services, endpoint: str = "constants", /, **conditions: Any) -> float | str | None:
    """The value that is answered to a call, or the code of its failure."""
    (prediction,) = await services.predictor.predict(
        PredictCommand(
            principal=ANN, endpoint=endpoint, rows=({"x": 0.5},), conditions=AlgorithmConditions(**conditions)
        )
    )
    return prediction.failure.code if prediction.failure else prediction.request.value


def statuses(services: Services) -> dict[str, Status | None]:
    return {
        f"{one.name} {one.version}": one.status
        for one in services.catalog.snapshot.algorithms.values()
        if services.catalog.snapshot.endpoints[one.endpoint_id].name.startswith("constants")
    }


def problems(services: Services) -> list[str]:
    """What is wrong with the use case, without what is said of those whose files are not in this store."""
    return [
        f"{problem.name}: {problem.reason}"
        for problem in services.catalog.snapshot.problems
        if (problem.endpoint or "").startswith("constants")
    ]


def id_of(services: Services, version: str) -> int:
    (found,) = [
        one.id
        for one in services.catalog.snapshot.algorithms.values()
        if (one.name, one.version) == ("constant", version)
    ]
    return found


async def test_first_algorithm_of_a_new_endpoint_begins_in_production_and_later_ones_wait(
    start: Start, root: Path
) -> None:
    services = await start()
    assert await asked(services) == 1
    publish(root, "2", 2)
    publish(root, "3", 3, status="testing")
    assert await store_of(services).look() is True
    assert statuses(services) == {
        "constant 1": Status.PRODUCTION,
        "constant 2": None,
        "constant 3": Status.TESTING,
    }
    assert await asked(services) == 1
    assert await asked(services, status="testing") == 3
    assert await store_of(services).look() is False
    assert (store_of(services).counts.swaps, store_of(services).counts.refused) == (1, 0)


async def test_endpoint_that_arrives_answers_once_its_first_model_is_there(start: Start, root: Path) -> None:
    services = await start()
    declare(root, "constants_two")
    await store_of(services).look()
    assert services.catalog.snapshot.find_endpoint("constants_two") is None
    publish(root, "1", 7, endpoint="constants_two")
    await store_of(services).look()
    assert await asked(services, "constants_two") == 7


async def test_process_takes_what_another_one_has_registered_already(start: Start, root: Path) -> None:
    one, other = await start(), await start()
    publish(root, "2", 2, status="testing")
    await store_of(one).look()
    await other.catalog.refresh()
    assert await asked(other, status="testing") == "ALGORITHM_NOT_AVAILABLE"
    assert problems(other) == [
        "constant 2: it was published, and its folder is not in the artifact store of this server "
        "(ARBITER_ARTIFACTS): put it back, or withdraw it (`arbiter withdraw`)"
    ]
    await store_of(other).look()
    assert (await asked(other, status="testing"), problems(other)) == (2, [])
    assert len(other.catalog.snapshot.algorithms) == len(one.catalog.snapshot.algorithms)


async def test_other_model_under_the_same_name_and_version_is_refused_and_the_first_goes_on(
    start: Start, root: Path
) -> None:
    services = await start()
    shutil.rmtree(root / "constants" / "constant-1")
    place = publish(root, "1", 99)
    await store_of(services).look()
    assert await asked(services) == 1
    assert problems(services) == [
        f"constant 1: {place} holds another model than the one that was published under this name and version; "
        "what was loaded before goes on answering until this server ends: publish the other one as another version"
    ]
    again = await start()
    assert await asked(again) == "ALGORITHM_NOT_AVAILABLE"
    assert again.catalog.snapshot.unready[id_of(again, "1")] == (
        "another model was published under this name and version before; put that one's folder back as it was, or "
        "publish this one as another version"
    )


async def test_folder_deleted_by_hand_is_no_withdrawal(start: Start, root: Path) -> None:
    services = await start()
    place = root / "constants" / "constant-1"
    kept = shutil.move(place, root.parent / "kept")
    await store_of(services).look()
    assert await asked(services) == 1
    assert problems(services) == [
        f"constant 1: {place} is gone; what was loaded before goes on answering until this server ends: put it back, "
        "or withdraw it (`arbiter withdraw`)"
    ]
    (goes_on,) = degraded(services.catalog.snapshot)
    assert (goes_on.endpoint, goes_on.algorithm.version, goes_on.answered_by) == (
        "constants",
        "1",
        "constant 1",
    )
    assert f"{place} is gone" in goes_on.reason
    again = await start()
    assert "its folder is not in the artifact store" in again.catalog.snapshot.unready[id_of(again, "1")]
    (fails,) = degraded(again.catalog.snapshot)
    assert (fails.algorithm.version, fails.answered_by) == ("1", None)
    assert await asked(again) == AlgorithmNotAvailable.code
    shutil.move(kept, place)
    await store_of(services).look()
    assert (await asked(services), problems(services)) == (1, [])
    assert list(degraded(services.catalog.snapshot)) == []


async def test_version_changed_by_hand_makes_no_other_algorithm_and_is_named_with_its_file(
    start: Start, root: Path
) -> None:
    services = await start()
    before = len(services.catalog.snapshot.algorithms)
    manifest = root / "constants" / "constant-1" / "manifest.json"
    document = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**document, "version": "9"}))
    await store_of(services).look()
    assert await asked(services) == 1
    assert len(services.catalog.snapshot.algorithms) == before
    assert problems(services) == [
        f"constant-1: {manifest}: it says 'constant' 9, which belongs into a folder called 'constant-9'; undo what "
        "was changed by hand, or publish the model under this name and version",
        f"constant 1: {manifest} does not hold it any more; what was loaded before goes on answering until this "
        "server ends: put it back, or withdraw it (`arbiter withdraw`)",
    ]


async def test_model_file_that_was_cut_is_named_once(start: Start, root: Path) -> None:
    services = await start()
    model = root / "constants" / "constant-1" / "model.onnx"
    content = model.read_bytes()
    model.write_bytes(content[:10])
    await store_of(services).look()
    assert await asked(services) == 1
    assert problems(services) == [
        f"constant 1: model file {model} has 10 bytes, its manifest says {len(content)}; restore the published "
        "file; what was loaded before goes on answering until this server ends"
    ]
    model.write_bytes(content)
    await store_of(services).look()
    assert problems(services) == []


async def test_store_that_was_away_for_a_while_loads_nothing_anew(start: Start, root: Path) -> None:
    services = await start()
    before = services.catalog.snapshot.executors[id_of(services, "1")]
    away = shutil.move(root, root.parent / "away")
    await store_of(services).look()
    assert await asked(services) == 1
    assert f"{root} cannot be read: No such file or directory; what was loaded before goes on answering" in [
        one.reason for one in services.catalog.snapshot.problems
    ]
    assert await store_of(services).look() is False
    shutil.move(away, root)
    await store_of(services).look()
    assert (await asked(services), problems(services)) == (1, [])
    assert services.catalog.snapshot.executors[id_of(services, "1")] is before


async def test_manifest_that_was_broken_by_hand_leaves_the_server_unchanged(start: Start, root: Path) -> None:
    services = await start()
    manifest = root / "constants" / "constant-1" / "manifest.json"
    manifest.write_text(manifest.read_text()[:100])
    declare(root, name="another")
    await store_of(services).look()
    assert await asked(services) == 1
    assert len(problems(services)) == 3
    publish(root, "2", 2)
    await store_of(services).look()
    assert (await asked(services), await asked(services, algorithm="constant", version="2")) == (
        1,
        "ALGORITHM_NOT_AVAILABLE",
    )
    assert len(problems(services)) == 3


async def test_model_that_does_not_load_is_named_and_its_version_stays_free(start: Start, root: Path) -> None:
    services = await start()
    place = publish(root, "2", 2, model=b"no model")
    await store_of(services).look()
    assert list(statuses(services)) == ["constant 1"]
    (problem,) = problems(services)
    assert problem.startswith(f"constant 2: {place}: onnxruntime cannot load the model")
    shutil.rmtree(place)
    publish(root, "2", 2, status="testing")
    await store_of(services).look()
    assert (await asked(services, status="testing"), problems(services)) == (2, [])


async def test_store_that_cannot_be_read_leaves_the_server_unchanged(start: Start, root: Path) -> None:
    services = await start()
    away = root.rename(root.parent / "away")
    await store_of(services).look()
    assert await asked(services) == 1
    reason = f"{root} cannot be read: No such file or directory; what was loaded before goes on answering"
    assert [p.reason for p in services.catalog.snapshot.problems if p.name == "artifacts"] == [reason]
    assert store_of(services).counts.last_error == reason
    away.rename(root)
    await store_of(services).look()
    assert [p.reason for p in services.catalog.snapshot.problems if p.name == "artifacts"] == []
    assert await asked(services) == 1


async def test_changed_words_are_taken_in_every_process(start: Start, root: Path) -> None:
    services = await start()
    declare(root, description="Who has answered?")
    manifest = root / "constants" / "constant-1" / "manifest.json"
    document = json.loads(manifest.read_text())
    document["serving"]["description"] = "Always one."
    manifest.write_text(json.dumps(document))
    await store_of(services).look()
    snapshot = services.catalog.snapshot
    assert snapshot.endpoint_named("constants").description == "Who has answered?"
    assert snapshot.specs["constants"].description == "Who has answered?"
    assert snapshot.algorithm(id_of(services, "1")).description == "Always one."
    assert (await asked(services), problems(services)) == (1, [])


async def test_declaration_that_breaks_callers_needs_a_reason_for_the_one_it_replaces(
    start: Start, root: Path
) -> None:
    services = await start()
    digest = services.catalog.snapshot.specs["constants"].digest
    narrower = [{"name": "x", "type": "number", "minimum": 0, "maximum": 0.7}]
    declare(root, features=narrower)
    await store_of(services).look()
    refusal = (
        "constants: its endpoint.json breaks callers: feature 'x' ended at 1 and ends at 0.7. Revision 1 goes on; "
        "publish with `--breaking REASON` to change it all the same"
    )
    assert (problems(services), services.catalog.snapshot.specs["constants"].digest) == ([refusal], digest)
    again = await start()
    assert (problems(again), await asked(again)) == ([refusal], 1)
    declare(root, features=narrower, breaking={"reason": "x was never above", "of": "another"})
    await store_of(services).look()
    assert problems(services) == [refusal]
    declare(root, features=narrower, breaking={"reason": "x was never above", "of": digest})
    await store_of(services).look()
    assert (problems(services), await asked(services)) == ([], 1)
    assert services.catalog.snapshot.specs["constants"].features["x"].maximum == 0.7
    await again.catalog.refresh()
    assert "another server has taken revision 2" in problems(again)[-1]


async def test_declaration_that_production_does_not_fit_waits_for_a_model_that_does(
    start: Start, root: Path
) -> None:
    services = await start()
    declare(root, features=WIDER)
    await store_of(services).look()
    assert await asked(services) == 1
    assert problems(services)[-1] == (
        "constants: under its new endpoint.json constant 1, which is in production, could not be loaded. The "
        "declaration before it goes on; publish a model for the new one with `--status production`, in one step "
        "with it"
    )
    again = await start()
    assert await asked(again) == 1
    publish(root, "2", 2, features=WIDER, status="production")
    await store_of(services).look()
    assert await asked(services) == 2
    assert statuses(services) == {"constant 1": Status.PRODUCTION, "constant 2": Status.PRODUCTION}


async def test_withdrawn_algorithm_is_never_chosen_and_gets_no_status(start: Start, root: Path) -> None:
    publish(root, "2", 2, status="testing")
    services, other = await start(), await start()
    assert await asked(services, status="testing") == 2
    withdrawn = await services.withdrawals.withdraw("constants", "constant", "2", "it is biased")
    assert (withdrawn.status, withdrawn.withdrawn_reason) == (None, "it is biased")
    await other.catalog.refresh()
    for one in (services, other):
        assert await asked(one, algorithm="constant", version="2") == AlgorithmWithdrawn.code
        assert await asked(one, algorithm=withdrawn.id) == AlgorithmWithdrawn.code
        assert await asked(one, status="testing") == AlgorithmNotAvailable.code
        assert one.catalog.snapshot.unready[withdrawn.id] == "it was withdrawn"
        assert problems(one) == []
    with pytest.raises(WithdrawnForGood, match="gets no status any more"):
        await services.statuses.set(withdrawn.id, "testing", "Ann")
    again = await services.withdrawals.withdraw("constants", "constant", "2", "once more")
    assert (again.withdrawn_at, again.withdrawn_reason) == (withdrawn.withdrawn_at, "it is biased")
    shutil.rmtree(root / "constants" / "constant-2")
    publish(root, "2", 99)
    await store_of(services).look()
    assert await asked(services, algorithm="constant", version="2") == AlgorithmWithdrawn.code


async def test_withdrawn_model_is_not_loaded_again(start: Start, root: Path) -> None:
    publish(root, "2", 2)
    services = await start()
    await services.withdrawals.withdraw("constants", "constant", "2")
    publish(root, "3", 3)
    await store_of(services).look()
    again = await start()
    for one in (services, again):
        names = [
            f"{each.name} {each.version}" for each in one.catalog.loaded.registry.algorithms if each.instance
        ]
        assert names == ["constant 1", "constant 3"]
        assert problems(one) == []


async def test_what_answers_cannot_be_withdrawn(start: Start, root: Path) -> None:
    services = await start()
    with pytest.raises(AlgorithmInProduction, match=r"constant 1 of constants \(id \d+\) is in production"):
        await services.withdrawals.withdraw("constants", "constant", "1")
    with pytest.raises(
        AlgorithmNotFound, match="constants has no algorithm constant 9; there are: constant 1"
    ):
        await services.withdrawals.withdraw("constants", "constant", "9")
    assert services.catalog.snapshot.algorithm(id_of(services, "1")).withdrawn_at is None


async def test_executor_goes_with_the_last_call_that_runs_on_it(start: Start, root: Path) -> None:
    publish(root, "2", 2)
    services = await start()
    snapshot = services.catalog.snapshot
    id_ = id_of(services, "2")
    executor: weakref.ref[Executor] = weakref.ref(snapshot.executors[id_])
    model = weakref.ref(snapshot.executors[id_]._algorithm)  # type: ignore[attr-defined]
    await services.withdrawals.withdraw("constants", "constant", "2")
    gc.collect()
    held = snapshot.executors[id_]
    (answer,) = await held.run([(0.5,)])
    assert getattr(answer, "value", None) == 2
    del snapshot, held, answer
    gc.collect()
    assert (executor(), model()) == (None, None)
    assert not [one.name for one in threading.enumerate() if one.name.startswith("algorithm-constant 2")]


async def test_unchanged_models_are_not_loaded_again(start: Start, root: Path) -> None:
    services = await start()
    before = services.catalog.snapshot.executors
    declare(root, description="Other words.")
    publish(root, "2", 2)
    await store_of(services).look()
    after = services.catalog.snapshot.executors
    assert all(after[id_] is executor for id_, executor in before.items())
    assert len(after) == len(before) + 1


def test_constant_model_is_what_it_says() -> None:
    assert constant(1) != constant(2)


async def test_feature_that_is_indexed_from_now_on_leaves_older_requests_out(
    start: Start, root: Path
) -> None:
    services = await start()
    await asked(services)
    assert await services.indexed_features.gaps(("x",)) == []
    before = utc_now()
    declare(root, features=[FEATURES[0] | {"indexed": True}])
    await store_of(services).look()
    (gap,) = await services.indexed_features.gaps(("x",))
    assert (gap.endpoint, gap.feature) == ("constants", "x")
    assert before.replace(microsecond=0) <= gap.since <= utc_now()
