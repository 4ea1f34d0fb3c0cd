"""`arbiter algorithms` and `arbiter status set`: what there is, and which part it plays."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli.output import AsJson, Row, show, show_rows
from arbiter.cli.session import with_models
from serving.catalog.catalog import Snapshot
from serving.services import Services

status_app = typer.Typer(name="status", help="Set the status of an algorithm.", no_args_is_help=True)

CREATED_BY = "command line"


def algorithms(as_json: AsJson = False) -> None:
    """List every algorithm with its status, whether it is ready or why not, and what speaks against its answers.

    Example: `arbiter algorithms --json`
    """
    show_rows(_rows(with_models(_snapshot, makes=False)), as_json=as_json, empty="there are no algorithms")


@status_app.command("set")
def set_status(
    algorithm: Annotated[int, typer.Argument(help="The algorithm's id, as `arbiter algorithms` lists it.")],
    status: Annotated[str, typer.Argument(help="`production` or `testing`.")],
    by: Annotated[str, typer.Option(help="Who sets it, for the log of statuses.")] = CREATED_BY,
    as_json: AsJson = False,
) -> None:
    """Give an algorithm a status; running servers follow within half a second.

    Example: `arbiter status set 2 production --by Ann`
    """
    row = with_models(lambda services: services.statuses.set(algorithm, status, by))
    show(
        {"algorithm": row.algorithm_id, "status": row.status, "created_by": row.created_by},
        f"algorithm {row.algorithm_id} is now in {row.status}",
        as_json=as_json,
    )


async def _snapshot(services: Services) -> Snapshot:
    return services.catalog.snapshot


def _rows(snapshot: Snapshot) -> list[Row]:
    return [
        {
            "id": algorithm.id,
            "endpoint": snapshot.endpoints[algorithm.endpoint_id].name,
            "name": algorithm.name,
            "version": algorithm.version,
            "kind": algorithm.kind,
            "status": algorithm.status if algorithm.withdrawn_at is None else "withdrawn",
            "ready": algorithm.id not in snapshot.unready,
            "reason": snapshot.unready.get(algorithm.id),
            "doubt": snapshot.doubts.get(algorithm.id),
        }
        for algorithm in snapshot.algorithms.values()
    ]
