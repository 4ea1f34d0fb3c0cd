"""`arbiter explain`: how an endpoint is served, or a GraphQL operation run, and why so."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from arbiter.app import graph_options_of
from arbiter.cli.output import AsJson, Row, say, show_json, show_rows
from arbiter.cli.session import with_models
from arbiter.settings import Settings
from graph.edge import GraphQLEdge
from graph.explanation import OperationExplanation, explain_operation
from serving.catalog.explanation import AlgorithmExplanation, CallExplanation, Explanation
from serving.catalog.explanation import explain as explain_endpoint
from serving.services import Services


def explain(
    endpoint: Annotated[
        str | None, typer.Argument(help="The endpoint's name, such as `income_classifier`.")
    ] = None,
    operation: Annotated[
        Path | None,
        typer.Option("--operation", help="A file with a GraphQL document, in the place of an endpoint."),
    ] = None,
    variables: Annotated[str, typer.Option("--variables", help="The operation's variables, as JSON.")] = "{}",
    name: Annotated[
        str | None, typer.Option("--name", help="Which operation, where the document has several.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say for each algorithm how it runs, what a row costs and how much may wait, and who would answer a call now.

    With `--operation` say of a GraphQL operation whether it runs compiled, where each value comes from, and which SQL
    it sends: a query is run once for that, a mutation never.

    Example: `arbiter explain income_classifier`
    """
    if operation is not None:
        _explain_operation(operation, variables, name, as_json=as_json)
        return
    if endpoint is None:
        raise typer.BadParameter("give an endpoint, or a file in --operation")

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


def _explain_operation(path: Path, variables: str, name: str | None, *, as_json: bool) -> None:
    try:
        text, sent = path.read_text("utf-8"), json.loads(variables)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    if not isinstance(sent, dict):
        raise typer.BadParameter("--variables must be a JSON object")

    async def use(services: Services) -> OperationExplanation:
        schema = await GraphQLEdge(graph_options_of(Settings.load())).schema(services)
        return await explain_operation(schema, services, text, sent, name)

    found = with_models(use, makes=False)
    if as_json:
        show_json(asdict(found))
        return
    title = f"{found.kind} {found.name}".rstrip()
    how = "runs compiled" if found.not_compiled is None else f"runs on graphql-core: {found.not_compiled}"
    say(f"{title} {how}; it costs {found.cost} points")
    rows: list[Row] = [
        {"answer": one.path, "field": one.field, "comes from": one.comes_from, "needs": ", ".join(one.rights)}
        for one in found.steps
    ]
    show_rows(rows, as_json=False, empty="")
    for statement in found.statements or ():
        say(f"\n{statement}")
    say(f"\n{_told_of_sql(found)}")


def _told_of_sql(found: OperationExplanation) -> str:
    many = len(found.statements or ())
    counted = "no SQL" if not many else f"{many} SQL statement{'s' if many > 1 else ''}"
    return counted if found.not_run is None else f"{counted}: {found.not_run}"


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
