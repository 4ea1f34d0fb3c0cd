"""`arbiter publish` and `arbiter endpoint new`: from a fitted model and its data to files that can be served."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arbiter.cli.elsewhere import published_elsewhere
from arbiter.cli.output import AsJson, show
from arbiter.cli.wishes import categories_of, classes_of, fills_of, ranges_of
from arbiter.settings import Settings
from domain.errors import InvalidInput
from registry.artifacts import Format
from registry.discovery import default_artifacts_root

if TYPE_CHECKING:
    from registry.publishing import Published

endpoint_app = typer.Typer(name="endpoint", help="Start a new endpoint.", no_args_is_help=True)

Out = Annotated[
    Path | None, typer.Option("--out", "--store", help="The artifact store, instead of ARBITER_ARTIFACTS.")
]
Data = Annotated[
    Path, typer.Option(help="CSV file with a column for each feature.", exists=True, dir_okay=False)
]


ModelPath = Annotated[
    Path | None, typer.Argument(help="The fitted model: a .skops, .cbm, .ubj or .onnx file.", exists=True)
]
Rows = Annotated[
    Path | None, typer.Option(help="CSV file with a column for each feature.", exists=True, dir_okay=False)
]
Endpoint = Annotated[
    str | None, typer.Option(help="The endpoint that the model is for; without it the file's name.")
]
Remote = Annotated[
    str | None,
    typer.Option(
        help="Instead of a file: the address of an Open Inference Protocol server that runs the model."
    ),
]
FarModel = Annotated[
    str | None,
    typer.Option("--model", help="What the model is called at --remote; without it as the endpoint."),
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        help="FIELD=VALUE of a remote model, such as version=3 or outputs.label=predict; repeatable.",
    ),
]
Name = Annotated[str | None, typer.Option(help="The algorithm's name; without it the estimator's in words.")]
Target = Annotated[
    str | None, typer.Option(help="The column that the model predicts, where several could be it.")
]
Begins = Annotated[
    str | None, typer.Option(help="How it begins: `testing` or `production`; without it with no status.")
]
Ranges = Annotated[
    list[str] | None,
    typer.Option("--range", help="FEATURE=LOWEST:HIGHEST that callers may send; repeatable."),
]
Categories = Annotated[
    list[str] | None,
    typer.Option(help="FEATURE=ONE,OTHER that callers may send, or a JSON list; repeatable."),
]
Classes = Annotated[
    str | None, typer.Option(help="The classes of an ONNX file that does not list them: ONE,OTHER.")
]
HeldOut = Annotated[Path | None, typer.Option(help="CSV file that the model never saw, for metrics.")]
Fills = Annotated[
    list[str] | None,
    typer.Option(
        "--fill", help="FEATURE=VALUE for missing values, where the model has no imputer; repeatable."
    ),
]
AskedFormat = Annotated[
    Format | None, typer.Option("--format", help="Serve it in this format, not in the fastest that passes.")
]
Breaking = Annotated[str | None, typer.Option(help="Why a change of the endpoint may break its callers.")]


def publish(
    model: ModelPath = None,
    *,
    data: Rows = None,
    remote: Remote = None,
    far_model: FarModel = None,
    far_fields: With = None,
    endpoint: Endpoint = None,
    name: Name = None,
    version: Annotated[str, typer.Option(help="The algorithm's version.")] = "0.0.1",
    target: Target = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is, for the catalogue.")] = None,
    status: Begins = None,
    ranges: Ranges = None,
    categories: Categories = None,
    classes: Classes = None,
    held_out: HeldOut = None,
    fills: Fills = None,
    model_format: AskedFormat = None,
    breaking: Breaking = None,
    out: Out = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an artifact of this version.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pass a fitted model through the gate and into the artifact store, where running servers find it.

    The model is exported, loaded as the server will load it, and compared with itself on at least 10,000 rows. An
    endpoint that does not exist yet is declared from model and data.

    Example: `arbiter publish churn.skops --data customers.csv`

    With --remote the model stays on the server that runs it, and is asked there.

    Example: `arbiter publish --remote https://models.example --model churn --endpoint churn`
    """
    from registry.publishing import publication

    root = _root(out)
    command = shlex.join(["arbiter", *sys.argv[1:]])
    if remote is not None:
        said = published_elsewhere(
            *(remote, far_model, endpoint, far_fields or []),
            {"name": name, "version": version, "owner": owner, "description": description, "status": status}
            | {"data": data, "classes": classes_of(classes), "out": root, "replaces": replace}
            | {"command": command},
        )
        show(_facts(said), repr(said), as_json=as_json)
        return
    if model is None or data is None:
        raise InvalidInput("name the model's file and its --data, or the server that runs it (--remote)")
    said = publication.publish(
        model,
        data,
        endpoint=endpoint,
        name=name,
        version=version,
        target=target,
        owner=owner,
        description=description,
        status=status,
        classes=classes_of(classes),
        held_out=held_out,
        **_by_feature(ranges, categories, fills),
        format=model_format,
        breaking=breaking,
        out=root,
        others=[_root(None)],
        replace=replace,
        command=command,
    )
    show(_facts(said), repr(said), as_json=as_json)


def _by_feature(
    ranges: list[str] | None, categories: list[str] | None, fills: list[str] | None
) -> dict[str, Any]:
    """What is said of single features."""
    return {
        "ranges": ranges_of(ranges or []),
        "categories": categories_of(categories or []),
        "fills": fills_of(fills or []),
    }


def _facts(said: Published) -> dict[str, object]:
    return {
        "endpoint": said.spec.name,
        "name": said.manifest.algorithm,
        "version": said.manifest.version,
        "folder": str(said.folder),
        "artifact": said.folder.name,
        "format": said.format,
        "refused_formats": dict(said.refused_formats),
        "metrics": dict(said.metrics),
        "new": said.new,
        "ask": said.ask,
    }


@endpoint_app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="The endpoint's name, as it will stand in URLs.")],
    *,
    data: Data,
    target: Annotated[str, typer.Option(help="The column that is to be predicted.")],
    owner: Annotated[str | None, typer.Option(help="Who answers for the endpoint.")] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Write a first endpoint.json from data: types and categories guessed, the rest left to you.

    Example: `arbiter endpoint new churn --data customers.csv --target churned --owner "Ann"`
    """
    from registry.publishing.declaring.endpoint_draft import new_endpoint

    author = {} if owner is None else {"owner": owner}
    path = new_endpoint(data, name=name, target=target, artifacts=_root(out), **author)
    show(
        {"path": str(path)},
        f"written: {path}\nnext: fill in what is null or to be written, from the data's codebook",
        as_json=as_json,
    )


def _root(out: Path | None) -> Path:
    return out or Settings.load().artifacts or default_artifacts_root()
