"""An algorithm that another server runs, from its publication to its rows in the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.errors import InvalidArtifact, InvalidManifest
from registry.artifacts import read_artifact
from registry.discovery import discover
from registry.publishing.elsewhere import remote_model
from registry.publishing.elsewhere.remote_model import publish_remote
from tests.far_side import FarSide, far_side, outputs
from tests.serving.world import LEVELS

BASE = "http://127.0.0.1:8000"
ROW = {"x": 1.0, "colour": "red"}


def store(root: Path, **changes: Any) -> Path:
    folder = root / "store" / "levels"
    folder.mkdir(parents=True)
    document = orjson.loads(orjson.dumps(dict(LEVELS.declaration))) | changes
    (folder / "endpoint.json").write_bytes(orjson.dumps(document))
    return folder.parent


async def published(far: FarSide, root: Path, **fields: Any) -> Any:
    side = remote_model.FarSide(url=far.url, model="far", fields={"plain_http": True} | fields)
    return await asyncio.to_thread(
        publish_remote, side, endpoint="levels", name="far", status="production", out=root
    )


@asynccontextmanager
async def server(root: Path, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A whole server on this store."""
    settings = Settings.model_validate({"database_url": url, "access_log": False, "artifacts": root})
    registry = await asyncio.to_thread(discover, root, entry_points=False)

    async def build(given: Settings, **parts: Any) -> Any:
        return await wiring.build(given, registry=registry, **parts)

    app = create_app(settings, build=build)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=BASE) as client,
    ):
        yield client


async def state(client: httpx.AsyncClient) -> tuple[bool, str | None]:
    (found,) = (await client.get("/readyz")).json()["algorithms"]
    return found["ready"], found["reason"]


async def until_ready(client: httpx.AsyncClient, wanted: bool) -> str | None:
    async with asyncio.timeout(20):
        while True:
            ready, reason = await state(client)
            if ready is wanted:
                return reason
            await asyncio.sleep(0.05)


async def test_published_model_is_an_algorithm_like_any_other(
    tmp_path: Path, migrated_sqlite_url: str
) -> None:
    root = store(tmp_path)
    async with far_side() as far:
        said = await published(far, root)
        assert (said.folder.name, said.manifest.document["parity"]["rows"]) == ("far-0.0.1", 3)
        again = await published(far, root)
        assert (said.new, again.new) == (True, False)
        far.seen.clear()
        async with server(root, migrated_sqlite_url) as client:
            assert await state(client) == (True, None)
            answer = await client.post("/api/v1/levels/predict", json=ROW)
            assert (answer.status_code, answer.json()["label"], answer.json()["probability"]) == (
                200,
                "high",
                0.75,
            )
            logged = (await client.get("/api/v1/mlrequests")).json()
            assert ([one["id"] for one in logged], len(far.seen)) == ([answer.json()["request_id"]], 1)
            shown = (await client.get("/metrics")).text
            labels = 'algorithm="far",endpoint="levels"'
            assert f'arbiter_remote_calls_total{{{labels},outcome="answered",version="0.0.1"}} 1.0' in shown
            assert f'arbiter_remote_ready{{{labels},version="0.0.1"}} 1.0' in shown


@pytest.mark.matrix
async def test_far_side_that_is_away_makes_its_algorithm_unready_and_nothing_else(
    tmp_path: Path, migrated_sqlite_url: str
) -> None:
    root = store(tmp_path)
    async with far_side() as far:
        await published(far, root)
        port = int(far.url.rpartition(":")[2])
    async with server(root, migrated_sqlite_url) as client:
        ready, reason = await state(client)
        assert (ready, reason) == (False, f"its server {far.url}: it cannot be reached (Connection refused)")
        refused = await client.post("/api/v1/levels/predict", json=ROW)
        assert (refused.status_code, refused.json()["message"]) == (400, "ML algorithm not available")
        query = {"query": "{ algorithms { nodes { name ready problem } } }"}
        (node,) = (await client.post("/graphql", json=query)).json()["data"]["algorithms"]["nodes"]
        assert (node["ready"], node["problem"]) == (False, reason)
        wanting = {
            "endpoint": "levels",
            "algorithm": "far 0.0.1",
            "status": "production",
            "answered_by": None,
        }
        assert (await client.get("/readyz")).json()["degraded"] == [{**wanting, "reason": reason}]
        assert 'arbiter_algorithms_degraded{endpoint="levels"} 1.0' in (await client.get("/metrics")).text
        async with far_side(port) as back:
            await until_ready(client, True)
            assert (await client.get("/readyz")).json()["degraded"] == []
            assert 'arbiter_algorithms_degraded{endpoint="levels"} 0.0' in (await client.get("/metrics")).text
            answer = await client.post("/api/v1/levels/predict", json=ROW)
            assert (answer.json()["label"], len(back.seen)) == ("high", 1)
        assert (await until_ready(client, False) or "").startswith(f"its server {far.url}: it ")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"plain_http": False}, "'url' is plain HTTP, on which rows and token can be read"),
        ({"token": "ARBITER_SECRET"}, "'token' must name a variable of the environment: OIP_TOKEN"),
        ({"token": "OIP_TOKEN_GONE"}, "the environment has no token in OIP_TOKEN_GONE"),
        ({"max_batch": 0}, "'max_batch' must be from 1 to 1024 rows"),
        ({"deadline": -1}, "'deadline' must be above 0"),
        (
            {"outputs": {"label": "winner"}},
            "its model has no output 'winner' for the label; it has label, prob",
        ),
        ({"outputs": {"score": "label"}}, "may say what label, probabilities, value are called, not 'score'"),
        ({"datatypes": {"x": "INT64"}}, "its input 'x' is FP64, and was INT64"),
        ({"colour": "red"}, "'colour' is no field here"),
    ],
)
async def test_declaration_that_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, fields: dict[str, Any], message: str
) -> None:
    root = store(tmp_path)
    async with far_side() as far:
        with pytest.raises((InvalidArtifact, InvalidManifest)) as refused:
            await published(far, root, **fields)
    assert message in str(refused.value)
    assert [path.name for path in root.rglob("*")] == ["levels", "endpoint.json"]


async def test_model_that_fits_by_its_metadata_must_also_answer_the_example(tmp_path: Path) -> None:
    root = store(tmp_path)

    async def swapped(asked: dict[str, Any]) -> bytes:
        body = outputs(asked, ["high"] * len(asked["inputs"][0]["data"]))
        for tensor in body["outputs"]:
            if tensor["name"] == "probabilities":
                tensor["data"] = tensor["data"][::-1]
        return orjson.dumps(body)

    async def refusing(asked: dict[str, Any]) -> bytes:
        far.status = 400 if None in asked["inputs"][1]["data"] else 200
        return orjson.dumps({"error": "no nulls"} if far.status == 400 else outputs(asked, ["high"]))

    async with far_side(infer=swapped) as far:
        with pytest.raises(InvalidArtifact, match="the probabilities have another order there"):
            await published(far, root)
        far.infer = refusing
        with pytest.raises(InvalidArtifact, match=r"refused the rows \(HTTP 400\): no nulls; it must answer"):
            await published(far, root)


async def test_declaration_keeps_no_secret_and_its_address_may_hold_none(tmp_path: Path) -> None:
    root = store(tmp_path)
    async with far_side() as far:
        said = await published(far, root)
        assert orjson.loads(read_artifact(said.folder).model()) == {
            "url": far.url,
            "model": "far",
            "version": None,
            "outputs": {"label": "label", "probabilities": "probabilities"},
            "datatypes": {"x": "FP64", "colour": "BYTES"},
            "parameters": {},
            "token": None,
            "plain_http": True,
            "deadline": None,
            "max_batch": 256,
        }
        far.url = far.url.replace("://", "://me:secret@")
        with pytest.raises(InvalidManifest, match="may hold no user, password, query or fragment"):
            await published(far, root)
