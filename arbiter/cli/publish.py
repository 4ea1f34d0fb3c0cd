"""`arbiter publish` and `arbiter endpoint new`: from a fitted model and its data to files that can be served."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from arbiter.cli.output import AsJson, show
from arbiter.settings import Settings
from domain.errors import InvalidInput
from registry.artifacts import Format
from registry.discovery import default_artifacts_root
from registry.endpoints import ENDPOINT_FILE, EndpointSpec, load_endpoint
from registry.features import FeatureSchema, FeatureType

endpoint_app = typer.Typer(name="endpoint", help="Start a new endpoint.", no_args_is_help=True)

Out = Annotated[Path | None, typer.Option(help="Artifacts folder, instead of ARBITER_ARTIFACTS.")]
Data = Annotated[
    Path, typer.Option(help="CSV file with a column for each feature.", exists=True, dir_okay=False)
]


def publish(
    model: Annotated[Path, typer.Argument(help="The fitted model: a .skops or .cbm file.", exists=True)],
    *,
    endpoint: Annotated[str, typer.Option(help="The endpoint that the model is for.")],
    name: Annotated[str, typer.Option(help="The algorithm's name, such as 'random forest'.")],
    version: Annotated[str, typer.Option(help="The algorithm's version, such as 0.0.1.")],
    data: Data,
    held_out: Annotated[
        Path | None, typer.Option(help="CSV file that the model never saw, for metrics.")
    ] = None,
    fill: Annotated[
        list[str] | None,
        typer.Option(help="FEATURE=VALUE for missing values, where the model has no imputer; repeatable."),
    ] = None,
    model_format: Annotated[
        Format | None,
        typer.Option("--format", help="Serve it in this format, not in the fastest that passes."),
    ] = None,
    out: Out = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an artifact of this version.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pass a fitted model through the gate and write its artifact: model file and manifest.

    The model is exported, loaded as the server will load it, and compared with itself on at least 10,000 rows.

    Example: `arbiter publish forest.skops --endpoint income_classifier --name forest --version 0.0.2 --data train.csv`
    """
    from registry.publishing import gate

    root = _root(out)
    spec = _endpoint(endpoint, root)
    manifest = gate.publish(
        model,
        spec=spec,
        data=data,
        name=name,
        version=version,
        out=root,
        held_out=held_out,
        fills=_fills(fill or [], spec),
        format=model_format,
        replace=replace,
        command=shlex.join(["arbiter", *sys.argv[1:]]),
    )
    folder = root / endpoint / gate.artifact_name(name, version)
    reasons = manifest.document.get("refused_formats")
    refused = reasons if isinstance(reasons, dict) else {}
    show(
        {
            "folder": str(folder),
            "format": manifest.format,
            "artifact": folder.name,
            "refused_formats": refused,
        },
        f"written: {folder}\nformat: {manifest.format}"
        + "".join(f"\n  not {form}: {reason}" for form, reason in refused.items())
        + "\n"
        f'next: a class with `artifact = "{folder.name}"`, as docs/adding-an-algorithm.md shows',
        as_json=as_json,
    )


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
    from registry.publishing.endpoint_draft import new_endpoint

    author = {} if owner is None else {"owner": owner}
    path = new_endpoint(data, name=name, target=target, artifacts=_root(out), **author)
    show(
        {"path": str(path)},
        f"written: {path}\nnext: fill in what is null or to be written, from the data's codebook",
        as_json=as_json,
    )


def _endpoint(name: str, root: Path) -> EndpointSpec:
    """The endpoint as `root` declares it, else as the server's own artifacts do: a plug-in need not copy it."""
    beside, own = root / name / ENDPOINT_FILE, _root(None) / name / ENDPOINT_FILE
    return load_endpoint(own if own.is_file() and not beside.is_file() else beside)


def _fills(given: list[str], spec: EndpointSpec) -> dict[str, float | int | str]:
    """What stands in for missing values, read as a form value of its feature is."""
    fills: dict[str, float | int | str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in spec.features.names:
            raise InvalidInput(
                f"--fill {text!r} must read FEATURE=VALUE with a feature of {spec.name}: "
                f"{', '.join(spec.features.names)}.",
                path=("fill",),
            )
        kind = spec.features[name].type
        if kind is FeatureType.TEXT or (kind is FeatureType.CATEGORY and value):
            # A word that stands for missing values need not be one that a caller may send; a text may be empty.
            fills[name] = value
            continue
        (filled,) = FeatureSchema((spec.features[name],)).validate({name: value}, from_form=True)
        if filled is None:
            raise InvalidInput(
                f"--fill {text!r} needs a value: it stands in for missing ones.", path=("fill",)
            )
        fills[name] = filled
    return fills


def _root(out: Path | None) -> Path:
    return out or Settings.load().artifacts or default_artifacts_root()
