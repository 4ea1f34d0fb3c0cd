"""The Open Inference Protocol v2, as its clients speak it: JSON and binary tensors, errors, versions, rights."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import orjson
import pytest

from domain.callers import Scope
from serving.services import Services
from tests.rest.rows import INCOME, POOR, PREMIUM

URL = "/v2/models/income_classifier"
INTEGERS = {"age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week"}
CLASSES = ["<=50K", ">50K"]


def inputs_of(rows: Sequence[Mapping[str, Any]], *, nested: bool = False) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "datatype": "INT64" if name in INTEGERS else "BYTES",
            "shape": [len(rows), 1] if nested else [len(rows)],
            "data": [[row[name]] if nested else row[name] for row in rows],
        }
        for name in rows[0]
    ]


def tensor(answer: httpx.Response, name: str) -> dict[str, Any]:
    (found,) = [one for one in answer.json()["outputs"] if one["name"] == name]
    return dict(found)


async def count(client: httpx.AsyncClient) -> int:
    return len((await client.get("/api/v1/mlrequests")).json())


async def test_health_and_metadata_have_the_bodies_that_clients_read(client: httpx.AsyncClient) -> None:
    live, ready = [(await client.get(f"/v2/health/{name}")).json() for name in ("live", "ready")]
    assert (live, ready) == ({"live": True}, {"live": True, "ready": True})
    server = (await client.get("/v2")).json()
    assert (server["name"], server["extensions"]) == ("arbiter", ["binary_tensor_data", "parameters"])
    found = (await client.get(URL)).json()
    assert found["versions"] == ["random_forest-0.0.1", "extra_trees-0.0.1"]
    assert found["inputs"][:2] == [
        {"name": "age", "datatype": "FP64", "shape": [-1, 1]},
        {"name": "workclass", "datatype": "BYTES", "shape": [-1, 1]},
    ]
    assert found["outputs"] == [
        {"name": "label", "datatype": "BYTES", "shape": [-1, 1]},
        {"name": "probabilities", "datatype": "FP64", "shape": [-1, 2]},
        {"name": "request_id", "datatype": "INT64", "shape": [-1, 1]},
    ]
    for path in (URL, *(f"{URL}/versions/{one}" for one in found["versions"])):
        assert (await client.get(path)).json() == found
        assert (await client.get(f"{path}/ready")).json() == {"name": "income_classifier", "ready": True}


@pytest.mark.parametrize("nested", [False, True])
async def test_columns_in_any_order_are_predicted_as_the_rows_they_make(
    client: httpx.AsyncClient, nested: bool
) -> None:
    rows = [INCOME, POOR]
    plain = (await client.post("/api/v1/income_classifier/predict_batch", json=rows)).json()
    body = {"id": "é-1", "inputs": inputs_of(rows, nested=nested)[::-1], "parameters": {"content_type": "pd"}}
    answer = await client.post(f"{URL}/infer", json=body)
    assert answer.status_code == 200
    assert (answer.json()["model_name"], answer.json()["id"]) == ("income_classifier", "é-1")
    assert tensor(answer, "label")["data"] == [one["label"] for one in plain]
    assert tensor(answer, "probabilities")["shape"] == [2, 2]
    assert tensor(answer, "probabilities")["data"][1::2] == [one["probability"] for one in plain]
    ids = tensor(answer, "request_id")["data"]
    given = await client.put(f"/api/v1/mlrequests/{ids[0]}", json={"feedback": ">50K"})
    assert given.json()["feedback"] == ">50K"


async def test_outputs_come_as_asked_and_without_an_id_there_is_none(client: httpx.AsyncClient) -> None:
    body = {"inputs": inputs_of([POOR]), "outputs": [{"name": "request_id"}, {"name": "label"}]}
    answer = (await client.post(f"{URL}/infer", json=body)).json()
    assert [one["name"] for one in answer["outputs"]] == ["request_id", "label"]
    assert answer.keys() == {"model_name", "outputs"}


def binary_body(rows: Sequence[Mapping[str, Any]]) -> tuple[bytes, int]:
    """A body as binary clients write it: what is asked, and behind it the data of each column."""
    inputs, behind = [], []
    for name in rows[0]:
        if name in INTEGERS:
            datatype, data = "FP64", b"".join(struct.pack("<d", row[name]) for row in rows)
        else:
            datatype = "BYTES"
            texts = [str(row[name]).encode() for row in rows]
            data = b"".join(struct.pack("<I", len(text)) + text for text in texts)
        behind.append(data)
        inputs.append(
            {
                "name": name,
                "datatype": datatype,
                "shape": [len(rows), 1],
                "parameters": {"binary_data_size": len(data)},
            }
        )
    head = orjson.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}})
    return head + b"".join(behind), len(head)


async def test_binary_tensors_answer_as_json_does_without_a_content_type(client: httpx.AsyncClient) -> None:
    rows = [INCOME, POOR]
    said = await client.post(f"{URL}/infer", json={"inputs": inputs_of(rows)})
    body, length = binary_body(rows)
    request = client.build_request(
        "POST", f"{URL}/infer", content=body, headers={"Inference-Header-Content-Length": str(length)}
    )
    request.headers.pop("content-type", None)
    answer = await client.send(request)
    assert answer.headers["content-type"] == "application/octet-stream"
    at = int(answer.headers["inference-header-content-length"])
    head, behind = orjson.loads(answer.content[:at]), answer.content[at:]
    found = {}
    for one in head["outputs"]:
        size = one["parameters"]["binary_data_size"]
        found[one["name"]], behind = behind[:size], behind[size:]
    assert behind == b""
    assert struct.unpack("<4d", found["probabilities"]) == tuple(tensor(said, "probabilities")["data"])
    first = tensor(said, "label")["data"][0].encode()
    assert found["label"].startswith(struct.pack("<I", len(first)) + first)


async def test_missing_values_are_null_or_nan_and_texts_stay_texts(client: httpx.AsyncClient) -> None:
    row = {**POOR, "age": None, "workclass": None}
    plain = (await client.post("/api/v1/income_classifier/predict", json=row)).json()
    answer = await client.post(f"{URL}/infer", json={"inputs": inputs_of([row])})
    assert tensor(answer, "probabilities")["data"][1] == plain["probability"]
    body, length = binary_body([{**POOR, "age": float("nan")}])
    headers = {"Inference-Header-Content-Length": str(length)}
    binary = await client.post(f"{URL}/infer", content=body, headers=headers)
    assert binary.status_code == 200


async def test_a_regressor_answers_its_value(client: httpx.AsyncClient) -> None:
    inputs = [
        {"name": name, "datatype": "INT32", "shape": [1, 1], "data": [value]}
        for name, value in PREMIUM.items()
    ]
    answer = await client.post("/v2/models/premium_insurance/infer", json={"inputs": inputs})
    plain = (await client.post("/api/v1/premium_insurance/predict", json=PREMIUM)).json()
    assert float(plain["label"]) == tensor(answer, "value")["data"][0]


async def test_a_version_is_asked_and_named(client: httpx.AsyncClient) -> None:
    url = f"{URL}/versions/extra_trees-0.0.1"
    answer = await client.post(f"{url}/infer", json={"inputs": inputs_of([POOR])})
    assert answer.json()["model_version"] == "extra_trees-0.0.1"
    (logged,) = (await client.get("/api/v1/mlrequests")).json()
    assert logged["parent_mlalgorithm"] == 2


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "`inputs` must be a list"),
    ({"inputs": inputs_of([POOR])[1:]}, "input 'age' is missing"),
    (
        {"inputs": [*inputs_of([POOR]), {"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]},
        "no input 'x'",
    ),
    ({"inputs": inputs_of([POOR]) + inputs_of([POOR])[:1]}, "'age' is there twice"),
    (
        {"inputs": [{"name": "age", "datatype": "STRING", "shape": [1], "data": [1]}]},
        "datatype must be one of FP16",
    ),
    (
        {"inputs": [{"name": "age", "datatype": "INT64", "shape": [-1, 1], "data": [1]}]},
        "shape must be [rows]",
    ),
    (
        {"inputs": [{"name": "age", "datatype": "INT64", "shape": [1, 2], "data": [1, 2]}]},
        "shape must be [rows]",
    ),
    (
        {"inputs": [{"name": "age", "datatype": "INT64", "shape": [2], "data": [1]}]},
        "says 2 rows, and data has 1",
    ),
    (
        {"inputs": [{"name": "age", "datatype": "INT64", "shape": [1], "data": [0.7]}]},
        "'age', row 0: the value does",
    ),
    (
        {"inputs": [{"name": "age", "datatype": "INT64", "shape": [1], "data": [[[1]]]}]},
        "flat list of values",
    ),
    (
        {"inputs": inputs_of([POOR]), "outputs": [{"name": "lable"}]},
        "no output 'lable'; the model's are label",
    ),
    ({"inputs": inputs_of([INCOME, {**POOR, "age": 999}])}, "row 1: "),
    ({"inputs": inputs_of([{**POOR, "sex": "none"}])}, "row 0: "),
    ({"id": 1, "inputs": inputs_of([POOR])}, "`id` must be a text"),
]


@pytest.mark.parametrize(("body", "words"), WRONG, ids=[words for _, words in WRONG])
async def test_what_the_caller_can_mend_is_400_and_names_the_input(
    client: httpx.AsyncClient, body: dict[str, Any], words: str
) -> None:
    answer = await client.post(f"{URL}/infer", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["error"], answer.text
    assert answer.headers["content-type"] == "application/json"
    # A single row that its features refuse is kept, as on every edge; of several nothing is.
    assert await count(client) == (1 if words == "row 0: " else 0)


async def test_rows_of_unequal_columns_are_refused(client: httpx.AsyncClient) -> None:
    inputs = inputs_of([POOR, POOR])
    inputs[3] = inputs_of([POOR])[3]
    answer = await client.post(f"{URL}/infer", json={"inputs": inputs})
    assert answer.json()["error"] == "input 'education' has 1 rows, and 'age' has 2."
    assert answer.status_code == 400


async def test_every_fault_of_an_address_is_an_error_in_json(client: httpx.AsyncClient) -> None:
    calls = [
        ("GET", "/v2/models/nobody", 404),
        ("GET", "/v2/models/nobody/ready", 404),
        ("POST", "/v2/models/nobody/infer", 404),
        ("POST", f"{URL}/versions/9/infer", 404),
        ("GET", f"{URL}/infer", 405),
        ("POST", "/v2/health/live", 405),
        ("GET", "/v2/elsewhere", 404),
        ("POST", "/v2/repository/index", 405),
    ]
    for method, url, status in calls:
        answer = await client.request(method, url)
        assert (answer.status_code, list(answer.json())) == (status, ["error"]), url


@pytest.mark.parametrize(
    ("content", "headers", "words"),
    [
        (b'{"inputs": [NaN]}', {}, "a missing value is null"),
        (b"{}", {"Inference-Header-Content-Length": "9"}, "a number of at most 2"),
        (b'{"inputs": []}xx', {"Inference-Header-Content-Length": "14"}, "`inputs` must be a list"),
    ],
)
async def test_a_body_that_cannot_be_read_says_so(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str], words: str
) -> None:
    answer = await client.post(f"{URL}/infer", content=content, headers=headers)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


async def test_left_over_and_missing_bytes_are_refused(client: httpx.AsyncClient) -> None:
    body, length = binary_body([POOR])
    headers = {"Inference-Header-Content-Length": str(length)}
    for wrong, words in ((body + b"x", "1 bytes stand behind"), (body[:-1], "binary_data_size is more")):
        answer = await client.post(f"{URL}/infer", content=wrong, headers=headers)
        assert (answer.status_code, words in answer.json()["error"]) == (400, True)
    assert await count(client) == 0


async def test_no_rows_are_an_empty_answer(client: httpx.AsyncClient) -> None:
    inputs = [{**one, "shape": [0, 1], "data": []} for one in inputs_of([POOR])]
    answer = await client.post(f"{URL}/infer", json={"inputs": inputs})
    assert (answer.status_code, tensor(answer, "probabilities")["data"]) == (200, [])
    assert await count(client) == 0


async def test_health_is_open_and_models_need_a_right(serve: Any) -> None:
    async with serve(anonymous_scopes="") as client:
        services: Services = client.app.state.services
        _, secret = await services.keys.create("kiosk", ["predict:premium_insurance"])
        _, reader = await services.keys.create("reader", [Scope.READ])
        kiosk, may_read = ({"Authorization": f"Bearer {one}"} for one in (secret, reader))
        assert (await client.get("/v2/health/ready")).json() == {"live": True, "ready": True}
        for url in (URL, f"{URL}/ready"):
            statuses = [(await client.get(url, headers=one)).status_code for one in ({}, kiosk, may_read)]
            assert statuses == [401, 403, 200]
        body = {"inputs": inputs_of([POOR])}
        answers = [await client.post(f"{URL}/infer", json=body, headers=one) for one in (kiosk, may_read)]
        assert [one.status_code for one in answers] == [403, 403]
        assert all(list(one.json()) == ["error"] for one in answers)
        refused = await client.get(URL, headers={"Authorization": "Bearer nonsense"})
        assert (refused.status_code, list(refused.json())) == (401, ["error"])
