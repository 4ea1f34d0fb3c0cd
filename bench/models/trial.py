"""Fit a kind of model, publish it, serve it, and compare every answer with the model's own."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.models.kind import Kind
from bench.models.shops import TRAINED, changed, endpoint, json_rows, shops
from domain.errors import ArbiterError
from domain.requests.request import Answer
from domain.words import JSONValue
from registry.artifacts import read_artifact
from registry.endpoints import EndpointSpec, class_name
from registry.publishing import publish
from registry.runtimes import load_runtime

CLOSE = 1e-5
Serve = Callable[[Path, EndpointSpec, Sequence[Mapping[str, JSONValue]]], list[Answer]]
"""Answers rows of JSON by the artifact in a folder."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a kind: `equal`, `refused`, or `wrong`, with the format that serves it and what there is to say."""

    kind: str
    state: str
    format: str = ""
    seconds: float = 0.0
    difference: float = 0.0
    said: str = ""


def in_process(folder: Path, spec: EndpointSpec, rows: Sequence[Mapping[str, JSONValue]]) -> list[Answer]:
    """Loads the artifact as a server does and asks it the rows as they are checked at the door."""
    return load_runtime(read_artifact(folder), spec)([spec.features.validate(dict(row)) for row in rows])


def tried(kind: Kind, serve: Serve = in_process) -> Outcome:
    """Fit, publish, serve and compare, with held-out rows and changed ones."""
    spec = endpoint("shops", kind.target, kind.features, nullable=kind.may_be_missing, ranges=kind.ranges)
    data = shops(kind.missing, codes=kind.codes)
    names, train = list(kind.features), data[:TRAINED]
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        prepared = kind.prepare(train[names].copy())
        model = kind.fit(prepared, train[kind.target])
        given = prepared.assign(**{kind.target: train[kind.target]})
        begin = time.perf_counter()
        try:
            manifest = publish(
                model, spec=spec, data=given, name="tried", version="1", out=Path(folder), fills=kind.fills
            )
        except ArbiterError as error:
            return Outcome(kind.name, "refused", seconds=time.perf_counter() - begin, said=error.message)
        seconds = time.perf_counter() - begin
        holes = kind.may_be_missing and not kind.fills
        rows = [data[TRAINED:], changed(data[TRAINED:], kind.features, holes=holes)]
        frames = [kind.prepare(part[names].reset_index(drop=True)) for part in rows]
        sent = [row for part in rows for row in json_rows(part[names], spec)]
        answers = serve(Path(folder) / "shops" / "tried-1", spec, sent)
        return _compared(kind, spec, model, frames, answers, (str(manifest.format), seconds))


def _compared(
    kind: Kind,
    spec: EndpointSpec,
    model: Any,
    frames: list[Any],
    answers: list[Answer],
    facts: tuple[str, float],  # noqa: ANN401
) -> Outcome:
    own = np.concatenate([np.asarray(model.predict(frame)).ravel() for frame in frames])
    if spec.classes is None:
        served = np.array([answer.value for answer in answers], dtype=np.float64)
        spread = float(np.ptp(own)) or 1.0
        difference = float(np.abs(served - own).max()) / spread
        plain = all(type(answer.value) is float for answer in answers)
        said = "" if plain else "a value is no float"
        return Outcome(
            kind.name, "equal" if plain and difference <= CLOSE else "wrong", *facts, difference, said
        )
    wrong = sum(a.label != class_name(v) for a, v in zip(answers, own.tolist(), strict=True))
    difference = 0.0
    if hasattr(model, "predict_proba"):
        shares = np.concatenate([np.asarray(model.predict_proba(frame)) for frame in frames])
        classes = [class_name(value) for value in np.asarray(model.classes_).tolist()]
        served = np.array([[(answer.probabilities or {})[name] for name in classes] for answer in answers])
        difference = float(np.abs(shares - served).max())
    said = f"{wrong} labels differ" if wrong else ""
    return Outcome(
        kind.name, "equal" if not wrong and difference <= CLOSE else "wrong", *facts, difference, said
    )
