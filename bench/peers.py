"""What Arbiter is compared with: bare handlers in Starlette under uvicorn that keep nothing.

`python -m bench.peers constant|sklearn|onnx` serves one of them at /predict on a free port; `--algorithm` names the
shipped one that `onnx` runs. `python -m bench.peers page --database FILE` serves pages of the requests in an Arbiter's
SQLite file, at /page and /where.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.page_route import routes as page_routes
from bench.rows import ENDPOINT, PRODUCTION, income, labels_of, rows_of
from registry.discovery import discover
from training.models import prepared

TRAINING_ROWS = 22_561
BACKLOG = 2048
JSON = "application/json"

Handler = Callable[[Request], Awaitable[Response]]


def constant() -> Handler:
    """A handler that reads the body and answers the same bytes each time, as long as a prediction's answer."""
    answer = orjson.dumps({"probability": 0.123456, "label": "<=50K", "status": "OK", "request_id": 2**48})

    async def predict(request: Request) -> Response:
        await request.body()
        return Response(answer, media_type=JSON)

    return predict


def sklearn() -> Handler:
    """A handler that runs a scikit-learn pipeline from a DataFrame of one row, as most prediction services do."""
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier

    spec = income()
    rows = rows_of(spec, TRAINING_ROWS)
    forest = RandomForestClassifier(n_estimators=100, min_samples_leaf=5, random_state=0, n_jobs=-1)
    pipeline = prepared(spec, forest)
    pipeline.fit(pd.DataFrame(rows), labels_of(spec, rows))
    forest.n_jobs = None  # threads for a single row cost more than they give
    names = list(spec.features.names)

    async def predict(request: Request) -> Response:
        row = orjson.loads(await request.body())
        probability = float(pipeline.predict_proba(pd.DataFrame([row], columns=names))[0][1])
        return _answer(spec.classes, probability)

    return predict


def onnx(name: str = PRODUCTION) -> Handler:
    """A handler that runs a shipped model in onnxruntime, encoded as Arbiter does, without checks or log."""
    spec = income()
    names = spec.features.names
    algorithm = next(
        one.instance
        for one in discover(entry_points=False).algorithms
        if (one.endpoint, one.name) == (ENDPOINT, name) and one.instance
    )

    async def predict(request: Request) -> Response:
        row = orjson.loads(await request.body())
        (answer,) = algorithm.predict([tuple([row[name] for name in names])])
        return _answer(spec.classes, answer.probability or 0.0)

    return predict


def _answer(classes: tuple[str, ...] | None, probability: float) -> Response:
    label = (classes or ("0", "1"))[probability > 0.5]
    body = {"probability": probability, "label": label, "status": "OK"}
    return Response(orjson.dumps(body), media_type=JSON)


PEERS: dict[str, Callable[[], Handler]] = {"constant": constant, "sklearn": sklearn, "onnx": onnx}


class _Server(uvicorn.Server):
    """uvicorn that says where it listens, as `arbiter serve` does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets
        port = sockets[0].getsockname()[1]
        print(
            json.dumps({"event": "listening", "url": f"http://127.0.0.1:{port}"}), file=sys.stderr, flush=True
        )


def main() -> None:
    """Serve one peer until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description="Serve a bare handler.")
    parser.add_argument("peer", choices=[*PEERS, "page"])
    parser.add_argument("--algorithm", default=PRODUCTION)
    parser.add_argument("--database", default="", help="the file whose requests `page` lists")
    options = parser.parse_args()
    if options.peer == "page":
        found = page_routes(options.database)
    else:
        make = partial(onnx, options.algorithm) if options.peer == "onnx" else PEERS[options.peer]
        found = {"/predict": make()}
    serve_application(Starlette(routes=[Route(path, one, methods=["POST"]) for path, one in found.items()]))


def serve_application(app: Starlette) -> None:
    """Serve an application on a free port until SIGTERM."""
    bound = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    config = uvicorn.Config(app, access_log=False, log_level="warning", server_header=False, backlog=BACKLOG)
    _Server(config).run(sockets=[bound])


if __name__ == "__main__":
    main()
