"""Algorithms on another server: what goes there, what comes back, and what happens when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from domain.errors import Failure
from domain.requests.request import Answer
from domain.words import Fault
from registry.features import Row
from registry.remote.client import RemoteClient
from registry.remote.declaration import RemoteModel
from registry.remote.http import HttpConnections
from serving.execution.remote.circuit import Circuit, State
from serving.execution.remote.executor import RemoteExecutor
from serving.ports import Bounds
from tests.far_side import FarSide, far_side, levels, outputs
from tests.serving.world import LEVELS

CLASSES = ("low", "high")


class Timer:
    """Seconds as a test sets them."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def remote_at(url: str, **fields: Any) -> RemoteModel:
    return RemoteModel(
        url=url,
        model="far",
        version=None,
        outputs={"label": "label", "probabilities": "probabilities"},
        datatypes={"x": "FP64", "colour": "BYTES"},
        plain_http=True,
        **fields,
    )


@asynccontextmanager
async def executor_at(
    far: FarSide,
    *,
    timer: Timer | None = None,
    bounds: Bounds = Bounds(deadline=5.0),  # noqa: B008  frozen
    environment: dict[str, str] | None = None,
    in_flight: int = 4,
    **fields: Any,
) -> AsyncIterator[RemoteExecutor]:
    remote = remote_at(far.url, **fields)
    timer = timer or Timer()
    client = RemoteClient(
        remote,
        LEVELS,
        CLASSES,
        environment=environment or {},
        connections=HttpConnections(remote.address, timer=timer),
        retry_after=0.0,
    )
    made = RemoteExecutor(client, "far 1", bounds, circuit=Circuit(timer=timer), in_flight=in_flight)
    try:
        yield made
    finally:
        await made.close()


def rows(*values: float) -> list[Row]:
    return [(value, "red") for value in values]


def labels(answers: Sequence[Answer | Failure]) -> list[str | None]:
    return [answer.code if isinstance(answer, Failure) else answer.label for answer in answers]


def giving(make: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    async def infer(asked: dict[str, Any]) -> bytes:
        made = make(asked)
        return made if isinstance(made, bytes) else orjson.dumps(made)

    return infer


async def test_rows_go_as_columns_by_name_and_answers_come_by_the_outputs_names() -> None:
    async with far_side() as far, executor_at(far, parameters={"content_type": "pd"}) as executor:
        (low, high) = await executor.run([(-1.0, "red"), (2.0, None)])
    assert (low, high) == (
        Answer(label="low", probability=0.25, probabilities={"low": 0.75, "high": 0.25}),
        Answer(label="high", probability=0.75, probabilities={"low": 0.25, "high": 0.75}),
    )
    assert far.seen == [
        {
            "id": "arbiter-1",
            "inputs": [
                {"name": "x", "shape": [2, 1], "datatype": "FP64", "data": [-1.0, 2.0]},
                {"name": "colour", "shape": [2, 1], "datatype": "BYTES", "data": ["red", None]},
            ],
            "outputs": [{"name": "label"}, {"name": "probabilities"}],
            "parameters": {"content_type": "pd"},
        }
    ]
    assert far.headers[0]["content-type"] == "application/json"


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["outputs"].reverse(),
        lambda body: body["outputs"][0].update(shape=[2], data=["low", "high"]),
        lambda body: body["outputs"][1].update(data=[[0.75, 0.25], [0.25, 0.75]]),
        lambda body: body["outputs"][0].update(data=[["low"], ["high"]]),
        lambda body: body.update(id=None, model_version=None, model_name=None),
        lambda body: [body.pop(name) for name in ("id", "model_name")],
        lambda body: body["outputs"].append({"name": "more", "shape": [7], "data": "nonsense"}),
    ],
)
async def test_each_server_writes_its_answer_in_its_own_way(
    change: Callable[[dict[str, Any]], object],
) -> None:
    def made(asked: dict[str, Any]) -> dict[str, Any]:
        body = outputs(asked, ["low", "high"])
        change(body)
        return body

    for chunked in (False, True):
        async with far_side(infer=giving(made), chunked=chunked) as far, executor_at(far) as executor:
            answers = await executor.run(rows(-1, 1))
        assert [one.probabilities for one in answers if isinstance(one, Answer)] == [
            {"low": 0.75, "high": 0.25},
            {"low": 0.25, "high": 0.75},
        ]


async def test_missing_probabilities_may_be_null_or_a_bare_nan() -> None:
    def made(asked: dict[str, Any]) -> bytes:
        body = outputs(asked, ["low", "high"])
        body["outputs"][1]["data"] = [None, None, 0.5, 0.5]
        return orjson.dumps(body).replace(b"0.5,0.5", b"NaN,NaN")

    async with far_side(infer=giving(made)) as far, executor_at(far) as executor:
        answers = await executor.run(rows(-1, 1))
    assert answers == [Answer(label="low"), Answer(label="high")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model_name": "another"}, "it answered for model_name 'another', not for 'far'"),
        ({"id": "another"}, "it answered for another call, not for 'arbiter-1'"),
        ({"error": "the beast"}, "it answered an error with the status of a success: the beast"),
        ({"outputs": []}, "its answer has no output 'label'"),
        ({"outputs": None}, "its answer has no list of outputs"),
        ({"outputs": [{"name": "label", "shape": [1, 1], "data": ["low"]}]}, "has 1 rows, and 2 were sent"),
        (
            {"outputs": [{"name": "label", "shape": [2, 1], "data": ["low"]}]},
            "has 1 values, and its shape says",
        ),
        ({"outputs": [{"name": "label", "data": ["low", "low"]}]}, "its output 'label' has no shape"),
    ],
)
async def test_answer_to_something_else_fails_every_row_and_is_not_asked_for_again(
    change: dict[str, Any], words: str
) -> None:
    infer = giving(lambda asked: outputs(asked, ["low", "high"], **change))
    async with far_side(infer=infer) as far, executor_at(far) as executor:
        answers = await executor.run(rows(-1, 1))
    assert labels(answers) == ["ALGORITHM_FAILED"] * 2
    assert isinstance(answers[0], Failure)
    assert words in answers[0].message
    assert (answers[0].fault, len(far.seen)) == (Fault.ALGORITHM, 1)


async def test_label_that_is_no_class_fails_its_own_row_only() -> None:
    infer = giving(lambda asked: outputs(asked, ["low", "purple", None]))
    async with far_side(infer=infer) as far, executor_at(far) as executor:
        assert labels(await executor.run(rows(1, 2, 3))) == ["low", "ALGORITHM_FAILED", "ALGORITHM_FAILED"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": "no column x"}', "no column x"),
        (b'{"detail": [{"msg": "bad"}]}', '[{"msg": "bad"}]'),
        (b'{"detail": "Not so"}', "Not so"),
        (b"Internal Server Error", "Internal Server Error"),
    ],
)
async def test_error_of_the_far_side_is_told_to_a_lone_caller_and_a_500_is_neither_repeated_nor_held_against_it(
    body: bytes, said: str
) -> None:
    async with far_side(infer=giving(lambda _: body), status=500) as far, executor_at(far) as executor:
        for _ in range(10):
            (failed,) = await executor.run(rows(1))
            assert failed == Failure(
                "ALGORITHM_FAILED",
                f"The algorithm far 1 has no answer: its server: it failed (HTTP 500): {said}.",
                fault=Fault.ALGORITHM,
            )
        assert (len(far.seen), executor._circuit.state) == (10, State.CLOSED)


async def test_callers_that_wait_together_share_a_call_and_the_text_of_its_error_is_told_to_none_of_them() -> (
    None
):
    gate = asyncio.Event()

    async def infer(asked: dict[str, Any]) -> bytes:
        await gate.wait()
        return b'{"error": "the row of somebody"}' if far.status == 500 else await levels(asked)

    async with far_side(infer=infer) as far, executor_at(far, in_flight=1) as executor:
        first = asyncio.create_task(executor.run(rows(1)))
        await asyncio.sleep(0.01)
        others = [asyncio.create_task(executor.run(rows(x))) for x in (1, -1, 2)]
        await asyncio.sleep(0.01)
        gate.set()
        assert labels(await first) == ["high"]
        assert [labels(await one) for one in others] == [["high"], ["low"], ["high"]]
        assert [len(one["inputs"][0]["data"]) for one in far.seen] == [1, 3]
        far.status = 500
        gate.clear()
        first, *others = [asyncio.create_task(executor.run(rows(x))) for x in (1, 2, 3)]
        await asyncio.sleep(0.01)
        gate.set()
        for one in others:
            (failed,) = await one
            assert isinstance(failed, Failure)
            assert failed.message == "The algorithm far 1 has no answer: its server: it failed (HTTP 500)."
        await first


async def test_refused_batch_is_taken_apart_until_the_wrong_row_stands_alone() -> None:
    async def infer(asked: dict[str, Any]) -> bytes:
        bad = 666 in asked["inputs"][0]["data"]
        far.status = 400 if bad else 200
        return b'{"error": "the beast"}' if bad else await levels(asked)

    async with far_side(infer=infer) as far, executor_at(far) as executor:
        answers = await executor.run(rows(1, -1, 666, 2))
        assert labels(answers) == ["high", "low", "ALGORITHM_FAILED", "high"]
        assert [one["inputs"][0]["data"] for one in far.seen] == [
            [1, -1, 666, 2],
            [1, -1],
            [666, 2],
            [666],
            [2],
        ]
        far.seen.clear()
        assert set(labels(await executor.run(rows(*[666] * 256)))) == {"ALGORITHM_FAILED"}
        assert len(far.seen) == 33


async def test_more_rows_than_a_batch_may_have_go_in_several_calls() -> None:
    async with far_side() as far, executor_at(far, max_batch=4, in_flight=2) as executor:
        found = await executor.run(rows(*range(-5, 5)))
    assert labels(found) == ["low"] * 5 + ["high"] * 5
    assert sorted(len(one["inputs"][0]["data"]) for one in far.seen) == [2, 4, 4]


async def test_deadline_cancels_the_call_and_the_far_side_sees_its_connection_end() -> None:
    async def never(_: dict[str, Any]) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with far_side(infer=never) as far, executor_at(far, bounds=Bounds(deadline=0.05)) as executor:
        (failed,) = await executor.run(rows(1))
        assert failed == Failure(
            "DEADLINE_EXCEEDED", "The algorithm did not answer within 0.05 seconds.", fault=Fault.ALGORITHM
        )
        while far.ended == 0:
            await asyncio.sleep(0.001)
        assert (len(far.seen), executor._circuit._failed) == (1, 1)


async def test_cancelled_caller_does_not_hurt_its_batch_mates_and_the_last_one_takes_the_call_along() -> None:
    gate = asyncio.Event()

    async def infer(asked: dict[str, Any]) -> bytes:
        await gate.wait()
        return await levels(asked)

    async with far_side(infer=infer) as far, executor_at(far, in_flight=1) as executor:
        first = asyncio.create_task(executor.run(rows(9)))
        await asyncio.sleep(0.01)
        one, other = [asyncio.create_task(executor.run(rows(x))) for x in (1, -1)]
        await asyncio.sleep(0)
        first.cancel()
        while len(far.seen) < 2:
            await asyncio.sleep(0.001)
        assert [call["inputs"][0]["data"] for call in far.seen] == [[9.0], [1.0, -1.0]]
        one.cancel()
        await asyncio.sleep(0.01)
        gate.set()
        assert labels(await other) == ["low"]
        assert executor._circuit._failed == 0


async def test_connection_is_kept_and_dropped_before_the_far_side_would() -> None:
    timer = Timer()
    async with far_side() as far, executor_at(far, timer=timer) as executor:
        for _ in range(3):
            await executor.run(rows(1))
        assert far.connections == 1
        timer.now += 3.0
        await executor.run(rows(1))
        assert far.connections == 2
        far.writers[-1].close()
        await asyncio.sleep(0.01)
        assert labels(await executor.run(rows(1))) == ["high"]
        assert (far.connections, len(far.seen)) == (3, 5)


async def test_dropped_in_mid_body_is_asked_once_and_unreachable() -> None:
    def broken(_: dict[str, Any]) -> bytes:
        raise BrokenPipeError

    async with far_side(infer=giving(broken)) as far, executor_at(far) as executor:
        (failed,) = await executor.run(rows(1))
        assert failed == Failure(
            "ALGORITHM_UNREACHABLE",
            "The algorithm far 1 has no answer: its server: it closed the connection before its answer was whole.",
            fault=Fault.ALGORITHM,
        )
        assert len(far.seen) == 1


async def test_refused_connection_is_tried_once_more_and_then_the_circuit_opens() -> None:
    async with far_side() as gone:
        url, port = gone.url, int(gone.url.rpartition(":")[2])
    timer = Timer()
    async with executor_at(FarSide(url=url), timer=timer) as executor:
        for _ in range(5):
            assert labels(await executor.run(rows(1))) == ["ALGORITHM_UNREACHABLE"]
        assert (executor._client.retried, executor._circuit.state) == (5, State.OPEN)
        (held,) = await executor.run(rows(1))
        assert isinstance(held, Failure)
        assert held.message.startswith(
            "The algorithm far 1 cannot be asked now: it cannot be reached (Connection refused)"
        )
        assert executor._client.retried == 5
        async with far_side(port) as far:
            await executor.look()
            assert (executor._circuit.state, far.seen) == (State.OPEN, [])
            timer.now = 5.0
            await executor.look()
            assert (executor._circuit.state, executor.problem) == (State.HALF_OPEN, None)
            far.status = 503
            assert labels(await executor.run(rows(1))) == ["ALGORITHM_UNREACHABLE"]
            assert executor._circuit.state is State.OPEN
            timer.now, far.status = 10.0, 200
            await executor.look()
            assert labels(await executor.run(rows(1))) == ["high"]
            assert (executor._circuit.state, executor._circuit.opened) == (State.CLOSED, 2)


async def test_readiness_is_the_far_sides_own_and_one_lost_look_does_not_count() -> None:
    heard: list[str | None] = []
    async with far_side(ready=503) as far, executor_at(far) as executor:
        assert executor.problem == f"its server {far.url}: its server has not been asked yet"
        executor._on_change = lambda: heard.append(executor.problem)
        await executor.look()
        assert executor.problem == f"its server {far.url}: it is not ready there (HTTP 503)"
        far.ready = 200
        await executor.look()
        far.ready = 404
        await executor.look()
        assert executor.problem is None
        await executor.look()
        assert heard == [None, f"its server {far.url}: it is not ready there (HTTP 404)"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "another"}, "its metadata are those of the model 'another', not of 'far'"),
        ({"inputs": [{"name": "y", "datatype": "FP64"}]}, "its model has no input 'x'; it has y"),
        (
            {"inputs": [{"name": "x", "datatype": "INT64"}, {"name": "colour", "datatype": "BYTES"}]},
            "its input 'x' is INT64, and was FP64",
        ),
        (
            {"outputs": [{"name": "label"}]},
            "has no output 'probabilities' for the probabilities; it has label",
        ),
    ],
)
async def test_another_model_behind_the_same_name_makes_the_algorithm_unready(
    change: dict[str, Any], words: str
) -> None:
    async with far_side() as far, executor_at(far) as executor:
        far.metadata |= change
        await executor.look()
        assert words in (executor.problem or "")


async def test_token_comes_from_the_environment_or_its_file_and_is_read_anew(tmp_path: Any) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    async with (
        far_side() as far,
        executor_at(far, token="OIP_TOKEN_FAR", environment={"OIP_TOKEN_FAR_FILE": str(file)}) as executor,
    ):
        await executor.run(rows(1))
        file.write_text("second\n")
        await executor.look()
        await executor.run(rows(1))
        assert [one["authorization"] for one in (far.headers[0], far.headers[-1])] == [
            "Bearer first",
            "Bearer second",
        ]
        file.unlink()
        await executor.look()
        await executor.look()
        assert executor.problem == (
            f"its server {far.url}: the file of OIP_TOKEN_FAR_FILE cannot be read (FileNotFoundError)"
        )


def test_path_names_model_and_version_in_quotes() -> None:
    remote = replace(remote_at("https://far.example/ingress"), model="a/b", version="1 2")
    assert remote.path == "/ingress/v2/models/a%2Fb/versions/1%202"
