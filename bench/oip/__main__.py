"""`python -m bench.oip`: what a model elsewhere costs, Arbiter as a server beside MLServer, and the peers' clients.

The same forest is published to Arbiter and given to MLServer. The call of Arbiter's executor and that of a bare client
go to the same server, in turn; so do predictions over REST that lead there. With `--peers FOLDER` the environments of
the peers are kept there; without it the part with peers is left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import joblib
import numpy as np
import orjson
import pandas as pd
import sklearn
import uvloop
from sklearn.ensemble import RandomForestClassifier

from bench.client import connected, message
from bench.load import best_generator, drive
from bench.oip.peers import CLIENTS, SERVER, asked_by_clients, environment, mlserver
from bench.processes import ServerProcess, arbiter, serving
from bench.report import Bar, middle, show_bars, write
from registry.artifacts import read_artifact
from registry.endpoints import load_endpoint
from registry.publishing import publish
from registry.remote.client import RemoteClient
from registry.remote.declaration import remote_in
from serving.execution.remote.executor import RemoteExecutor
from serving.ports import Bounds

MODEL = "risk"
FEATURES = [f"x{place}" for place in range(8)]
CONNECTIONS = 64


def trained(folder: Path) -> Path:
    """A forest on eight numbers: a store with it, and `model.joblib` beside it; gives the store."""
    source = np.random.default_rng(0)
    data = pd.DataFrame(source.normal(size=(4_000, len(FEATURES))), columns=FEATURES)
    truth = ((data["x0"] + data["x1"] * data["x2"] + source.normal(size=len(data))) > 0).astype(int)
    forest = RandomForestClassifier(n_estimators=50, min_samples_leaf=5, random_state=0).fit(data, truth)
    joblib.dump(forest, folder / "model.joblib")
    publish(
        forest,
        data.assign(truth=truth),
        endpoint=MODEL,
        name="forest",
        target="truth",
        status="production",
        out=folder / "store",
    )
    return folder / "store"


def row(place: int) -> dict[str, float]:
    """A row of numbers, another one for each place."""
    source = np.random.default_rng(place)
    return dict(zip(FEATURES, source.normal(size=len(FEATURES)).round(4).tolist(), strict=True))


def call(values: dict[str, float], **more: object) -> bytes:
    """The body of a call for inference of one row."""
    inputs = [{"name": name, "datatype": "FP64", "shape": [1, 1], "data": [x]} for name, x in values.items()]
    return orjson.dumps({"id": "1", "inputs": inputs} | more)


def elsewhere(folder: Path, url: str, name: str, **fields: str) -> Path:
    """A store in which the model of another server is the algorithm in production, published as an operator does."""
    store = folder / name
    (store / MODEL).mkdir(parents=True)
    declared = (folder / "store" / MODEL / "endpoint.json").read_bytes()
    (store / MODEL / "endpoint.json").write_bytes(declared)
    said = [f"{field}={value}" for field, value in ({"plain_http": "true"} | fields).items()]
    options = [part for one in said for part in ("--with", one)]
    command = ["publish", "--remote", url, "--model", MODEL, "--name", "far", "--status", "production"]
    subprocess.run(
        [sys.executable, "-m", "arbiter", *command, "--out", str(store), *options],
        check=True,
        capture_output=True,
    )
    return store


async def overhead(store: Path, url: str, calls: int) -> tuple[float, float]:
    """p50 in seconds of a call by the executor and of the same by a bare client, in turn on one event loop."""
    artifact = read_artifact(store / MODEL / "far-0.0.1")
    spec = load_endpoint(store / MODEL)
    remote = remote_in(artifact)
    executor = RemoteExecutor(RemoteClient(remote, spec, artifact.manifest.classes or ()), "far", Bounds())
    bare = await connected(url)
    took: tuple[list[float], list[float]] = ([], [])
    outputs = [{"name": name} for name in remote.outputs.values()]
    for place in range(calls):
        values = row(place)
        checked, body = spec.features.validate(dict(values)), call(values, outputs=outputs)
        request = message("POST", f"/v2/models/{MODEL}/infer", body)
        for which in (0, 1) if place % 2 else (1, 0):
            began = time.perf_counter()
            if which:
                found = await bare.call(request)
            else:
                (answer,) = await executor.run([checked])
            took[which].append(time.perf_counter() - began)
        label = next(one for one in orjson.loads(found.body)["outputs"] if one["name"] == "label")["data"][0]
        if getattr(answer, "label", None) != label:
            raise RuntimeError(f"{answer} is not {label}")
    bare.close()
    await executor.close()
    return middle(took[0]), middle(took[1])


async def through_rest(near: str, far: str, calls: int) -> tuple[float, float]:
    """p50 in seconds of a prediction over REST whose model is elsewhere, and of the call there without Arbiter."""
    over, direct = await connected(near), await connected(far)
    took: tuple[list[float], list[float]] = ([], [])
    for place in range(calls):
        values = row(place)
        whole = message("POST", f"/api/v1/{MODEL}/predict", orjson.dumps(values))
        bare = message("POST", f"/v2/models/{MODEL}/infer", call(values))
        for one, request, seen in ((over, whole, took[0]), (direct, bare, took[1])):
            began = time.perf_counter()
            answer = await one.call(request)
            seen.append(time.perf_counter() - began)
            if answer.status != 200:
                raise RuntimeError(f"status {answer.status}: {answer.body!r}")
    over.close()
    direct.close()
    return middle(took[0]), middle(took[1])


def rates(folder: Path, ours: str, theirs: str, rounds: int, seconds: float) -> list[tuple[float, float]]:
    """Calls a second at 64 connections, ours and MLServer's, in turn."""
    bodies = folder / "bodies"
    bodies.write_bytes(b"\n".join(call(row(place)) for place in range(200)) + b"\n")
    path = f"/v2/models/{MODEL}/infer"
    found = []
    for number in range(rounds):
        a, b = [
            drive(best_generator(), url + path, bodies, CONNECTIONS, seconds, first=number).rate
            for url in (ours, theirs)
        ]
        found.append((a, b))
    return found


def with_peers(folder: Path, peers: Path, far: ServerProcess, options: argparse.Namespace) -> list[Bar]:
    """What needs the peers: their clients at Arbiter, MLServer as far side, and the two servers side by side."""
    clients = environment(peers / "clients", CLIENTS)
    server = environment(peers / "mlserver", tuple(one.format(sklearn=sklearn.__version__) for one in SERVER))
    print("clients at Arbiter:", asked_by_clients(clients, far.url, MODEL, row(0)), flush=True)
    with mlserver(server, folder, MODEL, FEATURES) as url:
        store = elsewhere(folder, url, "of_mlserver", **{"parameters.content_type": "pd"})
        said = json.loads((store / MODEL / "far-0.0.1" / "manifest.json").read_text("utf-8"))
        print("MLServer as far side:", said["fixtures"][0]["answer"], flush=True)
        found = rates(folder, far.url, url, options.rounds, options.seconds)
    print("calls a second, Arbiter and MLServer:", [(round(a), round(b)) for a, b in found], flush=True)
    ratio = middle(a / b for a, b in found)
    return [Bar("OIP server ÷ MLServer 1.7, 64 connections", ratio, at_least=3)]


def measured(folder: Path, options: argparse.Namespace) -> tuple[list[Bar], Sequence[float]]:
    """All bars, and the p50s behind them in milliseconds."""
    (folder / "near").mkdir()
    store = trained(folder)
    with ExitStack() as stack:
        arguments, log, settings = arbiter(folder, artifacts=str(store), access_log="false")
        far = stack.enter_context(serving(arguments, log, **settings))
        near_store = elsewhere(folder, far.url, "elsewhere")
        ran, bare = uvloop.run(overhead(near_store, far.url, options.calls))
        arguments, log, settings = arbiter(folder / "near", artifacts=str(near_store), access_log="false")
        with serving(arguments, log, **settings) as near:
            over, direct = uvloop.run(through_rest(near.url, far.url, options.calls))
        figures = [round(1e3 * one, 3) for one in (ran, bare, over, direct)]
        print("p50 in ms: executor, bare; REST, direct:", figures, flush=True)
        bars = [
            Bar("OIP executor − bare client, p50", 1e3 * (ran - bare), at_most=0.5, unit=" ms"),
            Bar("REST to a model elsewhere − direct, p50", 1e3 * (over - direct), at_most=2, unit=" ms"),
        ]
        if options.peers is not None:
            bars += with_peers(folder, options.peers, far, options)
    return bars, figures


def main() -> None:
    """Measure, print, write bench/results/oip.json."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.oip", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--peers", type=Path, help="folder of the peers' environments, made where they are not"
    )
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--quick", action="store_true", help="400 calls, two rounds of two seconds")
    options = parser.parse_args()
    if options.quick:
        options.calls, options.rounds, options.seconds = 400, 2, 2.0
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as name:
        bars, figures = measured(Path(name), options)
    show_bars(bars)
    write("oip", {**vars(options), "peers": str(options.peers or "")}, {"p50_ms": figures}, bars)


if __name__ == "__main__":
    main()
