"""The peers, in environments of their own outside the lock, since their pins contradict Arbiter's and each other's."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER = ("mlserver==1.7.1", "mlserver-sklearn==1.7.1", "scikit-learn=={sklearn}")
CLIENTS = ("tritonclient[http]==2.63.0", "kserve==0.21.0")
PATIENCE = 90.0

CLIENT = """
import asyncio, json, sys
import numpy as np
url, model, row = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])

def triton():
    import tritonclient.http as http
    client = http.InferenceServerClient(url.removeprefix("http://"))
    inputs = []
    for name, value in row.items():
        one = http.InferInput(name, [1, 1], "FP64")
        one.set_data_from_numpy(np.array([[value]], dtype=np.float64))
        inputs.append(one)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(model)
    found = client.infer(model, inputs, request_id="é-1")
    return found.as_numpy("label").ravel().tolist()[0].decode()

async def kserve():
    from kserve import InferRequest, InferInput, InferenceRESTClient, RESTConfig
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    inputs = [InferInput(name, [1, 1], "FP64", data=[value]) for name, value in row.items()]
    assert await client.is_server_live(url) and await client.is_server_ready(url)
    assert await client.is_model_ready(url, model)
    asked = InferRequest(model_name=model, infer_inputs=inputs)
    found = await client.infer(url, asked, model_name=model)
    return [one.data for one in found.outputs if one.name == "label"][0][0]

print(json.dumps({"tritonclient": triton(), "kserve": asyncio.run(kserve())}))
"""


def environment(folder: Path, packages: tuple[str, ...]) -> Path:
    """The Python of an environment with these packages; one that is there is taken as it is."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
    return python


def asked_by_clients(python: Path, url: str, model: str, row: dict[str, float]) -> dict[str, str]:
    """The label that each of the clients reads for a row."""
    command = [str(python), "-c", CLIENT, url, model, json.dumps(row)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if run.returncode:
        raise RuntimeError(f"a client failed: {run.stderr[-2000:]}")
    found: dict[str, str] = json.loads(run.stdout.splitlines()[-1])
    return found


@contextmanager
def mlserver(python: Path, folder: Path, name: str, features: list[str]) -> Iterator[str]:
    """MLServer with the model `model.joblib` of `folder`, batching as it can; gives its address."""
    port, grpc, metrics = (_free() for _ in range(3))
    (folder / "settings.json").write_text(
        json.dumps(
            {
                "debug": False,
                "host": "127.0.0.1",
                "http_port": port,
                "grpc_port": grpc,
                "metrics_port": metrics,
            }
            | {"parallel_workers": 0}
        )
    )
    (folder / "model-settings.json").write_text(
        json.dumps(
            {
                "name": name,
                "implementation": "mlserver_sklearn.SKLearnModel",
                "parameters": {"uri": "./model.joblib", "content_type": "pd"},
                "max_batch_size": 64,
                "max_batch_time": 0.002,
                "inputs": [{"name": one, "datatype": "FP64", "shape": [-1, 1]} for one in features],
                "outputs": [
                    {"name": "predict", "datatype": "INT64", "shape": [-1, 1]},
                    {"name": "predict_proba", "datatype": "FP64", "shape": [-1, 2]},
                ],
            }
        )
    )
    with (folder / "mlserver.log").open("wb") as log:
        process = subprocess.Popen(
            [str(python.parent / "mlserver"), "start", str(folder)], cwd=folder, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _until_ready(f"{url}/v2/models/{name}/ready", process, folder / "mlserver.log")
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"MLServer did not start: {log.read_text('utf-8')[-2000:]}")


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
