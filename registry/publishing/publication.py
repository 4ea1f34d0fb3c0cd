"""From a fitted model to an algorithm in the artifact store, in one call; what is not said follows from the model."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import orjson

from domain.errors import InvalidArtifact, InvalidManifest
from domain.input.storable import NAME, is_one_line, text_problem
from domain.words import JSONValue, Status
from registry.artifacts import FIRST_STATUSES, SERVING, Format, Manifest, artifact_name
from registry.discovery import default_artifacts_root
from registry.endpoints import ENDPOINT_FILE, EndpointSpec, open_features
from registry.publishing.declaring.declaration import (
    Declaration,
    Range,
    Wishes,
    columns_of,
    content_of,
    declared,
    typed_fills,
)
from registry.publishing.draft import Place
from registry.publishing.export import Fills, Model, bare, check_fitted, is_catboost
from registry.publishing.files.model_files import open_model
from registry.publishing.files.onnx_file import OnnxFile
from registry.publishing.gate import Offer, pass_gate
from registry.publishing.labels import final_step
from registry.publishing.parity import Frame, frame_at

FIRST_VERSION = "0.0.1"
_STORE = "ARBITER_ARTIFACTS"
_SHOWN = 200
_LIBRARY_NAMES = {"lightgbm": "lightgbm", "xgboost": "xgboost", "catboost": "catboost"}
_ROLES = re.compile(r"(Classifier|Regressor|CV)+$")
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")


_NO_STATUS = (
    "without a status, so it answers nobody yet: an A/B test or `arbiter status set ID testing` changes that "
    "(`arbiter algorithms` lists the ids)"
)


@dataclass(frozen=True, slots=True)
class Published:
    """An algorithm in the artifact store. Shown, it says what it is, how well it passed, and how to ask it.

    `new` is False where the same model stood there already; `first` is True where its endpoint was made with it.
    """

    manifest: Manifest
    spec: EndpointSpec
    folder: Path
    new: bool
    first: bool

    @property
    def metrics(self) -> Mapping[str, JSONValue]:
        """Quality on the held-out rows; empty without any."""
        return self.manifest.metrics

    @property
    def format(self) -> Format:
        """The format in which it is served."""
        return self.manifest.format

    @property
    def refused_formats(self) -> Mapping[str, JSONValue]:
        """The faster formats that it is not served in, each with the reason."""
        reasons = self.manifest.document.get("refused_formats")
        return reasons if isinstance(reasons, dict) else {}

    @property
    def begins(self) -> Status | None:
        """The status that it begins with; None where nobody is answered by it until somebody sets one."""
        asked = None if self.manifest.serving is None else self.manifest.serving.status
        return Status.PRODUCTION if asked is None and self.first else asked

    @property
    def ask(self) -> str:
        """A command that asks it for the example of its endpoint, once it has a status."""
        alone = self.first and self.begins is not Status.TESTING
        which = {} if alone else {"algorithm": self.manifest.algorithm, "version": self.manifest.version}
        query = f"?{urlencode(which)}" if which else ""
        row = orjson.dumps(dict(self.spec.example)).decode()
        url = f"http://localhost:8000/api/v1/{self.spec.name}/predict{query}"
        return f"curl -s {shlex.quote(url)} -H 'Content-Type: application/json' -d {shlex.quote(row)}"

    def __repr__(self) -> str:
        manifest, parity = self.manifest, self.manifest.document["parity"]
        told = "is published" if self.new else "was published already"
        lines = [
            f"{manifest.algorithm} {manifest.version} of {manifest.endpoint} {told}",
            f"  folder   {self.folder}",
            f"  format   {manifest.format}",
            *(f"           not {form}: {str(why)[:_SHOWN]}" for form, why in self.refused_formats.items()),
            f"  parity   {_figures(parity, 'rows', 'largest_difference', 'tolerance')}",
            f"  metrics  {_figures(self.metrics, *self.metrics) or 'none: held-out rows with the answer give them'}",
            f"  open     {open_features(self.spec) or 'nothing: each feature has its range or its categories'}",
            *([] if self.begins else [f"  begins   {_NO_STATUS}"]),
            f"  ask      {self.ask}",
        ]
        return "\n".join(lines)


def publish(
    model: Model,
    data: Frame | Path | str,
    *,
    endpoint: str | None = None,
    name: str | None = None,
    version: str = FIRST_VERSION,
    target: str | None = None,
    owner: str | None = None,
    description: str | None = None,
    status: Status | str | None = None,
    ranges: Mapping[str, Range] | None = None,
    categories: Mapping[str, Sequence[str]] | None = None,
    classes: Sequence[object] = (),
    fills: Fills | None = None,
    held_out: Frame | Path | str | None = None,
    format: Format | str | None = None,
    breaking: str | None = None,
    replace: bool = False,
    spec: EndpointSpec | None = None,
    out: Path | str | None = None,
    others: Sequence[Path] = (),
    training_data: Mapping[str, JSONValue] | None = None,
    parameters: Mapping[str, JSONValue] | None = None,
    command: str | None = None,
) -> Published:
    """Publish a fitted model into the artifact store `out` (or ARBITER_ARTIFACTS), where running servers find it.

    model: fitted by scikit-learn, CatBoost, LightGBM or XGBoost, or the path of its file (`.skops`, `.cbm`, `.ubj`,
    `.onnx`). data: what it was fitted on, as a data frame or a CSV file; a column beside the features is the target.
    endpoint: its name; without one it is called as the model's file or as the target. An endpoint that does not exist
    yet is declared from model and data. ranges, categories: what callers may send, such as {"age": (0, 120)} and
    {"sex": ["Female", "Male"]}; without them numbers have no bound, and texts go to the model as they come.
    status: how it begins, "testing" or "production"; without one it has none, unless it is the first of its endpoint.
    held_out: rows with the answer that it never saw, for the metrics. fills: what stands in for missing values where
    the model learned none. classes: those of an ONNX classifier whose file does not list them, in their order.
    breaking: why a change of the endpoint may break its callers. spec: the endpoint, in place of its name.
    Raises InvalidArtifact or InvalidManifest with the cure, and then nothing is written.
    """
    place = Path(model) if isinstance(model, (str, Path)) else None
    fitted = bare(model if place is None else open_model(place, classes))
    check_fitted(fitted)
    frame, root = as_frame(data, fitted), store_of(out)
    if isinstance(fitted, OnnxFile):
        fitted.named(list(frame.columns))
    wishes = Wishes(
        name=_endpoint_name(endpoint, place, target, frame, fitted) if spec is None else spec.name,
        target=target,
        owner=owner or user(),
        ranges=ranges or {},
        categories=categories or {},
        fills=fills or {},
        breaking=breaking,
    )
    if spec is None:
        declaration = declared(fitted, frame, wishes, root, others)
    else:
        declaration = Declaration(spec, None, content_of(root / spec.name / ENDPOINT_FILE))
    called = one_line("name", name or default_name(fitted, place))
    serving = {
        "owner": one_line("owner", owner or declaration.spec.owner),
        "description": _description(fitted) if description is None else description,
        "status": None if status is None else first_status(status),
        "created_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    offer = Offer(
        declaration.spec,
        frame,
        called,
        str(version),
        None if held_out is None else as_frame(held_out, fitted),
        typed_fills(fills or {}, declaration.spec),
        format,
        _file_facts(data) | dict(training_data or {}),
        {"parameters": dict(parameters or {}), "command": command, SERVING: serving},
    )
    return _placed(fitted, offer, declaration, root, replace=replace)


def store_of(out: Path | str | None) -> Path:
    """The store that is written: the one that is named, else the one that servers of this account read."""
    named = os.environ.get(_STORE) if out is None else out
    return Path(named) if named else default_artifacts_root()


def _placed(model: Model, offer: Offer, declaration: Declaration, root: Path, *, replace: bool) -> Published:
    spec, content, before = declaration.spec, declaration.content, declaration.before
    artifact = artifact_name(offer.name, offer.version)
    place = Place(root, spec.name, artifact, content, before, watched=True, replace=replace)
    passed = pass_gate(model, offer, place)
    first = passed.new and before is None and content is not None
    return Published(passed.manifest, spec, place.folder, passed.new, first)


def as_frame(data: Frame | Path | str | Any, model: Model) -> Frame:  # noqa: ANN401 (an array of any library)
    """Data as a frame whose columns have texts for names; an array's columns are called as the model knows them.

    Raises InvalidArtifact for what is no table, and for columns of one name.
    """
    import pandas as pd

    frame = frame_at(Path(data) if isinstance(data, str) else data)
    if not isinstance(frame, pd.DataFrame):
        cells = np.asarray(frame)
        if cells.ndim != 2:  # noqa: PLR2004
            raise InvalidArtifact(
                f"the data is {type(data).__name__}, and no table; give the data frame that the model was fitted on, "
                "or the path of a CSV file"
            )
        names = [str(name) for name in getattr(model, "feature_names_in_", ())]
        numbered = [f"x{number}" for number in range(cells.shape[1])]
        frame = pd.DataFrame(cells, columns=names if len(names) == len(numbered) else numbered)
    columns = [str(column) for column in frame.columns]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise InvalidArtifact(f"the data has several columns of the name {', '.join(twice)}; rename them")
    return frame if list(frame.columns) == columns else frame.set_axis(columns, axis=1)


def default_name(model: Model, place: Path | None) -> str:
    """What an algorithm is called if nobody says it: its estimator in words.

    >>> from sklearn.ensemble import RandomForestClassifier
    >>> default_name(RandomForestClassifier(), None)
    'random forest'
    """
    if isinstance(model, OnnxFile) and place is not None:
        return place.stem
    final = model if is_catboost(model) else final_step(model)
    library = type(final).__module__.partition(".")[0]
    if library in _LIBRARY_NAMES:
        return _LIBRARY_NAMES[library]
    return " ".join(_WORDS.findall(_ROLES.sub("", type(final).__name__))).lower() or type(final).__name__


def _endpoint_name(
    given: str | None, place: Path | None, target: str | None, frame: Frame, model: Model
) -> str:
    if given is not None:
        return given
    wanted = place.stem if place is not None else columns_of(model, frame, target)[1]
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", wanted).strip("_")
    if not re.match(r"[A-Za-z]", name):
        raise InvalidManifest(f"{wanted!r} makes no name of an endpoint; say how it is called (--endpoint)")
    return name


def user() -> str:
    """Who publishes, as the system calls them."""
    try:
        return getpass.getuser()[:NAME] or "unknown"
    except (OSError, KeyError, ImportError):  # An account without a name, as in some containers.
        return "unknown"


def one_line(what: str, text: str) -> str:
    """A text for a manifest. Raises InvalidManifest unless it is one line that can be stored."""
    problem = text_problem(text, NAME)
    if not text.strip() or problem is not None or not is_one_line(text):
        raise InvalidManifest(
            f"{what} {text!r} {problem or 'must be one line that is not empty'}", path=(what,)
        )
    return text


def first_status(status: Status | str) -> Status:
    """A status with which an algorithm may begin. Raises InvalidManifest for another."""
    if status not in FIRST_STATUSES:
        raise InvalidManifest(
            f"status {str(status)!r} must be 'production' or 'testing'; leave it out for none",
            path=("status",),
        )
    return Status(status)


def _description(model: Model) -> str:
    if isinstance(model, OnnxFile):
        return "An ONNX model, published with its own answers."
    final = model if is_catboost(model) else final_step(model)
    library = type(final).__module__.partition(".")[0].replace("sklearn", "scikit-learn")
    return f"{type(final).__name__} of {library}."


def _file_facts(data: object) -> dict[str, JSONValue]:
    if not isinstance(data, (str, Path)):
        return {}
    with Path(data).open("rb") as file:
        return {"name": Path(data).name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _figures(found: object, *names: str) -> str:
    values = found if isinstance(found, dict) else {}
    return ", ".join(f"{name.replace('_', ' ')} {values[name]:,}" for name in names if name in values)
