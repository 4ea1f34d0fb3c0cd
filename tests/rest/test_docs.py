"""The examples of docs/rest.md, run in order against a fresh server."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import httpx
import pytest

import rest
from rest.legacy import legacy_routes

PAGE = Path(rest.__file__).parent.parent / "docs" / "rest.md"
EXAMPLE = re.compile(r"```sh\n(?P<command>.*?)```\n```json\n(?P<answer>.*?)```", re.DOTALL)
FORM = "application/x-www-form-urlencoded"


def examples() -> list[tuple[str, Any]]:
    found = EXAMPLE.finditer(PAGE.read_text())
    return [(example["command"], json.loads(example["answer"])) for example in found]


async def curl(client: httpx.AsyncClient, command: str) -> httpx.Response:
    """Send what a `curl` command line with -X, -H, -d and a URL would send."""
    name, *words = shlex.split(command.replace("\\\n", " "))
    assert name == "curl"
    method, url, headers, data = "GET", "", {}, []
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            header, _, value = words.pop(0).partition(": ")
            headers[header] = value
        elif word == "-d":
            data.append(words.pop(0))
        else:
            assert word.startswith("http://127.0.0.1:8000/api/v1"), word
            url = word
    if data:
        headers.setdefault("Content-Type", FORM)
    return await client.request(method, url, headers=headers, content="&".join(data) if data else None)


def same(shown: Any, got: Any, ids: dict[int, int]) -> bool:
    """Whether an answer is the one shown: `…` stands for any text, ids of requests and probabilities vary."""
    if isinstance(shown, list):
        return len(shown) == len(got) and all(
            same(one, other, ids) for one, other in zip(shown, got, strict=True)
        )
    if isinstance(shown, dict):
        return list(shown) == list(got) and all(same(shown[key], got[key], ids) for key in shown)
    if shown == "…":
        return isinstance(got, str) and got != ""
    if isinstance(shown, int) and shown > 2**32:
        return bool(ids.setdefault(shown, got) == got)
    if isinstance(shown, float) and shown != 1.0:
        return isinstance(got, float) and 0 < got < 0.5
    return bool(shown == got)


async def test_every_example_of_the_page_is_answered_as_shown(client: httpx.AsyncClient) -> None:
    ids: dict[int, int] = {}
    for command, shown in examples():
        for documented, real in ids.items():
            command = command.replace(str(documented), str(real))  # noqa: PLW2901 - the ids of this server
        response = await curl(client, command)
        assert same(shown, response.json(), ids), f"{command}\nwas answered {response.text}"
    assert len(ids) == 7


def test_no_example_is_left_out() -> None:
    assert PAGE.read_text().count("```sh") == len(examples()) == 14


@pytest.mark.parametrize("route", [route.path for route in legacy_routes() if "{format}" not in route.path])  # type: ignore[attr-defined]
def test_every_url_is_on_the_page(route: str) -> None:
    path = route.removeprefix("/api/v1").rstrip("/") or "/"
    path = re.sub(r"{endpoint(:path)?}", "<endpoint name>", path).replace("{id}", "<id>")
    if path != "/{rest:path}":
        assert f"`{path}`" in PAGE.read_text()
