"""`arbiter explain`: how an endpoint is served, and why so."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli.output import AsJson, Row, say, show_json, show_rows
from arbiter.cli.session import with_models
from serving.catalog.explanation import AlgorithmExplanation, CallExplanation, Explanation
from serving.catalog.explanation import explain as explain_endpoint
from serving.services import Services


def explain(
    endpoint: Annotated[str, typer.Argument(help="The endpoint's name, such as `income_classifier`.")],
    as_json: AsJson = False,
) -> None:
    """Say for each algorithm how it runs, what a row costs and how much may wait, and who would answer a call now.

    Example: `arbiter explain income_classifier`
    """

    async def use(services: Services) -> Explanation:
        return explain_endpoint(services.catalog.snapshot, endpoint)

    found = with_models(use, makes=False)
    algorithms = [_algorithm(one) for one in found.algorithms]
    if as_json:
        show_json(
            {
                "endpoint": found.endpoint,
                "algorithms": algorithms,
                "calls": [_call(one) for one in found.calls],
            }
        )
        return
    show_rows(algorithms, as_json=False, empty=f"{found.endpoint} has no algorithm")
    say("")
    show_rows(
        [{"a call": _name(one), "goes to": _shares(one)} for one in found.calls], as_json=False, empty=""
    )


def _algorithm(one: AlgorithmExplanation) -> Row:
    executor = one.executor
    return {
        "id": one.algorithm.id,
        "name": one.algorithm.name,
        "version": one.algorithm.version,
        "status": one.algorithm.status,
        "ready": executor is not None,
        "row_microseconds": None if executor is None else round(executor.cost * 1e6, 1),
        "queue_rows": None if executor is None else executor.bounds.queue_rows,
        "deadline_seconds": None if executor is None else executor.bounds.deadline,
        "runs": one.problem if executor is None else executor.description,
    }


def _call(one: CallExplanation) -> Row:
    return {
        "call": _name(one),
        "ab_test": one.ab_test_id,
        "algorithms": [
            {"id": algorithm.id, "name": algorithm.name, "version": algorithm.version, "share": share}
            for algorithm, share in one.shares
        ],
        "problem": one.problem,
    }


def _name(one: CallExplanation) -> str:
    return one.status or "plain"


def _shares(one: CallExplanation) -> str:
    if one.problem is not None:
        return f"nobody: {one.problem}"
    names = [f"{algorithm} (id {algorithm.id})" for algorithm, _ in one.shares]
    if one.ab_test_id is None:
        return names[0]
    shares = [f"{name}, {share:.0%}" for name, (_, share) in zip(names, one.shares, strict=True)]
    return f"A/B test {one.ab_test_id}: {'; '.join(shares)}"
