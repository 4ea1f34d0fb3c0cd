"""What a page of another site can make a browser send: nothing that runs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.graph.conftest import Door

NAME = "{ viewer { name } }"
ANSWER = {"data": {"viewer": {"name": "anonymous"}}}
IMAGE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "accept": "image/avif,*/*;q=0.8"}


async def get(door: Door, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with door.http() as client:
        return await client.get("/graphql", params={"query": NAME}, headers=sent)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "what-comes-later"])
async def test_an_image_on_another_page_cannot_run_a_query(door: Door, site: str) -> None:
    response = await get(door, **(IMAGE | {"sec-fetch-site": site}))
    assert response.status_code == 403
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "errors": [
            {
                "message": "a page of another site sent this query by GET: "
                "send the header `GraphQL-Preflight: 1` with it, or use POST",
                "extensions": {"code": "FORBIDDEN"},
            }
        ]
    }


@pytest.mark.parametrize(
    "header",
    [
        {"graphql-preflight": "1"},
        {"x-graphql-preflight": ""},
        {"apollo-require-preflight": "true"},
        {"x-apollo-operation-name": "A"},
        {"x-requested-with": "XMLHttpRequest"},
        {"authorization": "Bearer KEY"},
        {"x-api-key": "KEY"},
        {"content-type": "application/json"},
        {"content-type": "application/json; charset=utf-8"},
    ],
)
async def test_a_header_that_the_browser_had_to_ask_for_opens_the_door(
    door: Door, header: dict[str, str]
) -> None:
    response = await get(door, **(IMAGE | header))
    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "Text/Plain; charset=utf-8",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ],
)
async def test_what_a_form_may_send_unasked_does_not(door: Door, content_type: str) -> None:
    assert (await get(door, **(IMAGE | {"content-type": content_type}))).status_code == 403


@pytest.mark.parametrize("site", [None, "same-origin", "none"])
async def test_programs_our_own_page_and_typed_addresses_are_answered(door: Door, site: str | None) -> None:
    headers: dict[str, Any] = {} if site is None else {"sec-fetch-site": site}
    response = await get(door, **headers)
    assert (response.status_code, response.json()) == (200, ANSWER)


async def test_a_link_on_another_page_opens_the_query_page_and_runs_nothing(door: Door) -> None:
    browser = "text/html,application/xhtml+xml,*/*;q=0.8"
    response = await get(door, **{"sec-fetch-site": "cross-site", "accept": browser})
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
