"""A model that scikit-learn serves itself, one row at a time: Arbiter beside a bare handler with the same predict.

    python -m bench.models.latency             a minute and a half

Arbiter checks the row, answers, and keeps the request in SQLite; the bare handler reads JSON into a data frame, asks
the model, and keeps nothing. Both are asked by one connection in turn, and the ratio is taken within a round.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from bench.load import best_generator, drive
from bench.models import classifiers, preparations, texts
from bench.models.kind import Kind
from bench.models.server import Served, registered
from bench.models.shops import TRAINED, endpoint, json_rows, shops
from bench.models.trial import tried
from bench.peers import serve_application
from bench.processes import serving
from bench.report import Bar, middle, show, show_bars, write
from registry.discovery import Registry

KINDS = ("histograms with categories", "calibrated in steps", "tf-idf")
ROUNDS, SECONDS = 5, 3.0
MOST_RATIO = 1.2
MILLISECONDS = 1e3


def kind_named(name: str) -> Kind:
    """The kind of this name."""
    rooms: list[Iterator[Kind]] = [classifiers.kinds(), preparations.kinds(), texts.kinds()]
    return next(kind for kinds in rooms for kind in kinds if kind.name == name)


def bare(kind: Kind) -> Starlette:
    """The fitted model behind a handler that keeps nothing."""
    import pandas as pd
    from threadpoolctl import threadpool_limits

    # One row is answered soonest by one thread, here as in Arbiter.
    threadpool_limits(limits=1)
    train = shops(kind.missing, codes=kind.codes)[:TRAINED]
    model = kind.fit(kind.prepare(train[list(kind.features)].copy()), train[kind.target])

    async def predict(request: Request) -> Response:
        row = orjson.loads(await request.body())
        shares = model.predict_proba(pd.DataFrame([row], columns=list(kind.features)))[0].tolist()
        return Response(orjson.dumps({"probability": shares[1]}), media_type="application/json")

    return Starlette(routes=[Route("/predict", predict, methods=["POST"])])


def whole(kind: Kind, folder: Path) -> Starlette:
    """The published model behind Arbiter."""
    spec = endpoint("shops", kind.target, kind.features, nullable=kind.may_be_missing, ranges=kind.ranges)
    served = registered(Served(spec, folder / "shops" / "tried-1", (), ()))
    settings = Settings.model_validate({"database_url": f"sqlite://{folder}/arbiter.db", "access_log": False})
    return create_app(
        settings, build=partial(wiring.build, registry=Registry({"shops": spec}, (served,), ()))
    )


def measure(kind: Kind, folder: Path) -> tuple[float, float, float]:
    """The p50 of both in milliseconds, and the ratio, each the median over the rounds."""
    if tried(kind, folder).outcome.format != "skops":
        raise RuntimeError(f"{kind.name} is not served by scikit-learn")
    spec = endpoint("shops", kind.target, kind.features, nullable=kind.may_be_missing, ranges=kind.ranges)
    bodies = folder / "bodies"
    bodies.write_bytes(b"\n".join(map(orjson.dumps, json_rows(shops(kind.missing)[TRAINED:], spec))))
    start = ["-m", "bench.models.latency", "--kind", kind.name, "--folder", str(folder), "--serve"]
    generator = best_generator()
    ours: list[float] = []
    theirs: list[float] = []
    with (
        serving([*start, "arbiter"], folder / "arbiter.log") as arbiter,
        serving([*start, "bare"], folder / "bare.log") as peer,
    ):
        turns = [(ours, f"{arbiter.url}/api/v1/shops/predict"), (theirs, f"{peer.url}/predict")]
        for number in range(ROUNDS + 1):
            for samples, url in turns[:: -1 if number % 2 else 1]:
                load = drive(generator, url, bodies, 1, SECONDS)
                if number:
                    samples.append(load.p50 * MILLISECONDS)
    return middle(ours), middle(theirs), middle(one / other for one, other in zip(ours, theirs, strict=True))


def main() -> None:
    """Measure, print, and write bench/results/models.latency.json; or serve one of the two until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m bench.models.latency", description=__doc__)
    parser.add_argument("--serve", choices=("arbiter", "bare"))
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.serve:
        kind = kind_named(options.kind)
        serve_application(bare(kind) if options.serve == "bare" else whole(kind, options.folder))
        return
    figures = {}
    for name in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            figures[name] = measure(kind_named(name), Path(folder))
    show(
        "p50 of one row",
        ["model", "Arbiter", "bare handler", "ratio"],
        [[name, f"{a:.2f} ms", f"{b:.2f} ms", f"{ratio:.2f}"] for name, (a, b, ratio) in figures.items()],
    )
    worst = max(ratio for _, _, ratio in figures.values())
    bars = [
        Bar("p50, served by scikit-learn ÷ the same predict in a bare handler", worst, at_most=MOST_RATIO)
    ]
    show_bars(bars)
    write("models.latency", {"rounds": ROUNDS, "seconds": SECONDS}, {"milliseconds": figures}, bars)


if __name__ == "__main__":
    main()
