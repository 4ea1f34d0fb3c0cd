"""The published kinds behind a whole server: the same rows through REST, in batches as callers send them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.requests.request import Answer
from domain.words import JSONValue
from registry.artifacts import read_artifact
from registry.discovery import RegisteredAlgorithm, Registry, registered_from
from registry.endpoints import EndpointSpec

_BATCH = 100
_LAST_BITS = 1e-9
_BASE = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Served:
    """A published kind with rows and what its model answered to them in this process."""

    spec: EndpointSpec
    folder: Path
    rows: Sequence[Mapping[str, JSONValue]]
    answers: Sequence[Answer]


def differing(served: Sequence[Served], database: Path) -> dict[str, int]:
    """For each endpoint, how many of its rows REST answers otherwise than the model did in this process."""
    return asyncio.run(_differing(served, database))


async def _differing(served: Sequence[Served], database: Path) -> dict[str, int]:
    registry = Registry({one.spec.name: one.spec for one in served}, tuple(map(registered, served)), ())
    settings = Settings.model_validate({"database_url": f"sqlite://{database}", "access_log": False})
    app = create_app(settings, build=partial(wiring.build, registry=registry))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=_BASE, timeout=600) as client,
    ):
        return {one.spec.name: await _asked(client, one) for one in served}


async def _asked(client: httpx.AsyncClient, one: Served) -> int:
    wrong = 0
    for start in range(0, len(one.rows), _BATCH):
        rows = list(one.rows[start : start + _BATCH])
        response = await client.post(f"/api/v1/{one.spec.name}/predict_batch", json=rows)
        given = response.json() if response.status_code == 200 else [{}] * len(rows)
        answers = one.answers[start : start + _BATCH]
        wrong += sum(not _same(found, answer) for found, answer in zip(given, answers, strict=True))
    return wrong


def _same(found: Mapping[str, Any], answer: Answer) -> bool:
    """Whether REST said what the model answered, but for last bits: batches of other sizes are added in other orders.

    It gives a value as a text under `label`.
    """
    if answer.value is not None:
        return found.get("status") == "OK" and math.isclose(
            float(found["label"]), answer.value, rel_tol=_LAST_BITS
        )
    if answer.probability is None or found.get("probability") is None:
        return (found.get("label"), found.get("probability")) == (answer.label, answer.probability)
    near = math.isclose(found["probability"], answer.probability, rel_tol=_LAST_BITS, abs_tol=_LAST_BITS)
    return near and found.get("label") == answer.label


def registered(one: Served) -> RegisteredAlgorithm:
    """The published kind as a server finds it in the store, loaded."""
    return registered_from(read_artifact(one.folder), one.spec)
