"""What the training scripts share: preparation, the choice of hyperparameters, and the way through the gate."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from domain.words import JSONValue
from registry.artifacts import SERVING, Manifest, Serving, artifact_name
from registry.discovery import default_artifacts_root
from registry.endpoints import EndpointSpec, load_endpoint
from registry.features import FeatureType
from registry.publishing.draft import Place
from registry.publishing.export import Fills, Model
from registry.publishing.gate import Offer, pass_gate
from training.data import SEED, DataSet, load

MISSING = "missing"
"""The category that stands for a missing one in CatBoost's training data; it is no declared category."""

FOLDS = 3

Grid: TypeAlias = Mapping[str, Sequence[Any]]
"""The values of each hyperparameter to choose from."""


@dataclass(frozen=True, slots=True)
class Training:
    """One run of a training script: the endpoint, the data, and where artifacts go."""

    spec: EndpointSpec
    data: DataSet
    licence: str
    out: Path
    command: str
    algorithms: tuple[str, ...] = ()

    def publish(
        self,
        model: Model,
        name: str,
        version: str,
        parameters: Mapping[str, Any],
        fills: Fills,
        *,
        serving: Serving | None = None,
    ) -> None:
        """Send a fitted model through the gate, replace its artifact, and print its metrics.

        serving: makes the artifact an algorithm by itself; without it a class in `registry.algorithms` names it.
        """
        facts: dict[str, object] = {"parameters": dict(parameters), "command": self.command}
        if serving is not None:
            facts[SERVING] = asdict(serving)
        offer = Offer(
            self.spec, self.data.train, name, version, self.data.test, fills, None, self._facts(), facts
        )
        place = Place(self.out, self.spec.name, artifact_name(name, version), replace=True)
        manifest = pass_gate(model, offer, place).manifest
        print(_line(manifest), flush=True)

    def _facts(self) -> dict[str, JSONValue]:
        data = self.data
        return {
            "name": data.name,
            "sha256": data.sha256,
            "licence": self.licence,
            "rows_of_the_set": data.rows,
            "rows_held_out": len(data.test),
            "seed": SEED,
        }


def _line(manifest: Manifest) -> str:
    metrics = ", ".join(f"{name} {value}" for name, value in manifest.metrics.items())
    return f"{manifest.endpoint}: {manifest.algorithm} {manifest.version}: {metrics}; {manifest.model.size:,} bytes"


Trainer: TypeAlias = Callable[[Training], None]
"""Trains, chooses and publishes one algorithm."""


def training_of(
    endpoint: str,
    fetched: str,
    licence: str,
    module: str,
    arguments: Sequence[str] | None,
    *,
    trainers: Mapping[str, Trainer] | None = None,
) -> Training:
    """What the command line asks for.

    `--data PATH`, `--out FOLDER` (by default the repository's artifacts), and `--algorithm NAME` for one of `trainers`
    alone: the artifacts of the others stay as they are.
    """
    names = tuple(trainers or ())
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=f"Train the algorithms of {endpoint}."
    )
    parser.add_argument("--data", type=Path, help=f"the CSV file; without it the set {fetched!r} is fetched")
    parser.add_argument("--out", type=Path, default=default_artifacts_root(), help="the artifacts folder")
    parser.add_argument("--algorithm", choices=names, help="train only this one")
    options = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    spec = load_endpoint(default_artifacts_root() / endpoint)
    source = f" --data {options.data.name}" if options.data else ""
    only = f' --algorithm "{options.algorithm}"' if options.algorithm else ""
    command = f"python -m {module}{source}{only}"
    chosen = (options.algorithm,) if options.algorithm else names
    return Training(spec, load(options.data, fetched), licence, options.out, command, chosen)


def prepared(spec: EndpointSpec, *steps: Model) -> Model:
    """A pipeline that fills what is missing (median, most frequent category), numbers categories, then takes `steps`.

    Categories are numbered as endpoint.json declares them, so that one which the data lacks has a number too. The
    imputers stand before the model because a forest that never saw NaN answers differently once it is exported.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    features = spec.features.features
    texts = [feature for feature in features if feature.type is FeatureType.CATEGORY]
    numbers = [feature.name for feature in features if feature.type is not FeatureType.CATEGORY]
    encoder = OrdinalEncoder(
        categories=[list(feature.categories or ()) for feature in texts],
        handle_unknown="use_encoded_value",
        unknown_value=-1,
    )
    parts: list[tuple[str, Any, list[str]]] = [("numbers", SimpleImputer(strategy="median"), numbers)]
    if texts:
        coded = make_pipeline(SimpleImputer(strategy="most_frequent"), encoder)
        parts.append(("categories", coded, [feature.name for feature in texts]))
    return make_pipeline(ColumnTransformer(parts), *steps)


def best_of(
    pipeline: Model, grid: Grid, data: DataSet, target: str, scoring: str
) -> tuple[Model, dict[str, Any]]:
    """The pipeline refitted with the best parameters of `grid`, by cross-validation on the training part only."""
    from sklearn.model_selection import GridSearchCV

    step = pipeline.steps[-1][0]
    named = {f"{step}__{name}": list(values) for name, values in grid.items()}
    search = GridSearchCV(pipeline, named, scoring=scoring, cv=FOLDS)
    search.fit(data.train.drop(columns=[target]), data.train[target])
    chosen = {name.removeprefix(f"{step}__"): value for name, value in search.best_params_.items()}
    return search.best_estimator_, chosen


def filled(data: DataSet, spec: EndpointSpec, target: str) -> tuple[Any, list[str], Fills]:
    """The training part for CatBoost without missing values, the names of its categories, and what fills them.

    A missing category is one of its own. A missing number is the median: CatBoost takes NaN for the smallest value
    when training had none, and would guess a person of unknown age to be a child.
    """
    frame = data.train.drop(columns=[target])
    names = [feature.name for feature in spec.features.features if feature.type is FeatureType.CATEGORY]
    medians = {name: float(frame[name].median()) for name in spec.features.names if name not in names}
    fills: Fills = {**medians, **dict.fromkeys(names, MISSING)}
    frame[names] = frame[names].astype("object")
    return frame.fillna(dict(fills)), names, fills
