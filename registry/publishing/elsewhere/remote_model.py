"""A model that another server runs, published: its metadata fit the endpoint, and example rows are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import AlgorithmFailed, InvalidAlgorithm, InvalidArtifact, InvalidManifest
from domain.requests.request import Answer
from domain.words import JSONValue, Kind, Status
from registry.algorithm import check_answers
from registry.artifacts import (
    SERVING,
    Column,
    Format,
    Layout,
    artifact_name,
    endpoint_in,
)
from registry.comparison import TOLERANCE, check_same_answers
from registry.decision_rules import LABEL, LARGEST, MODEL, DecisionRule
from registry.endpoints import ENDPOINT_FILE, EndpointSpec
from registry.features import Row
from registry.json_documents import JSONDocument
from registry.publishing.declaring.declaration import content_of
from registry.publishing.draft import Draft, Place
from registry.publishing.export import ModelExport
from registry.publishing.gate import FIXTURES, answer_fields, facts_of, without_private_texts
from registry.publishing.parity import frame_at, sample_of
from registry.publishing.publication import FIRST_VERSION, Published, first_status, one_line, store_of, user
from registry.remote.client import RemoteClient, RemoteFault
from registry.remote.declaration import DEFAULT_BATCH, RemoteModel, remote_of
from registry.remote.metadata import datatypes_in, misfit
from registry.runtimes import Runtime

MOST_ROWS = 64
"""Rows of the data that the far side is asked when its model is published."""
_SECONDS = 10.0
_CALLED = {
    "label": ("label", "predict"),
    "probabilities": ("probabilities", "predict_proba"),
    "value": ("value", "predict"),
}
"""What outputs are called that nobody names: Arbiter's words, and those of MLServer for scikit-learn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FarSide:
    """Where a model runs: the address before `/v2`, its name there, and other fields of the declaration as said."""

    url: str
    model: str
    fields: Mapping[str, JSONValue] = field(default_factory=dict)


def publish_remote(
    far: FarSide,
    *,
    endpoint: str,
    data: Path | None = None,
    name: str | None = None,
    version: str = FIRST_VERSION,
    owner: str | None = None,
    description: str | None = None,
    status: Status | str | None = None,
    classes: Sequence[str] = (),
    out: Path | None = None,
    replaces: bool = False,
    command: str | None = None,
) -> Published:
    """Publish a model that runs on another server as an algorithm of an endpoint that the store has.

    classes: those of its probabilities, in their order there; without them the endpoint's. data: rows that it is asked
    besides the endpoint's example. Raises InvalidArtifact or InvalidManifest with the cure, and then nothing is
    written.
    """
    root = store_of(out)
    folder = root / endpoint
    if content_of(folder / ENDPOINT_FILE) is None:
        raise InvalidManifest(
            f"{folder / ENDPOINT_FILE} does not exist; declare the endpoint first (`arbiter endpoint new`)"
        )
    spec = endpoint_in(folder)
    order = _classes(classes, spec)
    remote = _declared(far, spec)
    called = one_line("name", name or far.model)
    serving = {
        "owner": one_line("owner", owner or spec.owner or user()),
        "description": f"The model {far.model} of {remote.url}." if description is None else description,
        "status": None if status is None else first_status(status),
        "created_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    place = Place(root, spec.name, artifact_name(called, str(version)), replace=replaces)
    columns = tuple(Column(one.name, one.name, one.type) for one in spec.features.features)
    exported = ModelExport(Format.REMOTE, Layout.COLUMNS, remote.content(), columns, order)
    rows = _rows(spec, data)
    facts = facts_of(exported, spec, called, str(version)) | {"command": command, SERVING: serving}
    with Draft(place, facts) as draft:
        decision = _decision(remote, spec)
        ask = draft.loaded(exported, decision, spec)
        answers = _proven(ask, rows, spec)
        manifest = draft.write(exported, decision, _measured(rows, answers, spec)).manifest
        new = draft.commit()
    return Published(manifest, spec, place.folder, new, False)


def _declared(far: FarSide, spec: EndpointSpec) -> RemoteModel:
    """The declaration, its datatypes and outputs as the far side's metadata say, which must fit the endpoint."""
    document: dict[str, JSONValue] = {
        "url": far.url,
        "model": far.model,
        "outputs": {},
        "datatypes": {},
        "parameters": {},
        "max_batch": DEFAULT_BATCH,
        **far.fields,
    }
    remote = remote_of(JSONDocument(document, "the remote model"))
    metadata = _metadata(remote, spec)
    datatypes = {**datatypes_in(metadata, spec), **remote.datatypes}
    remote = replace(remote, datatypes=datatypes, outputs=_outputs(remote, metadata, spec))
    problem = misfit(metadata, remote, spec)
    if problem is not None:
        raise InvalidArtifact(f"{remote.url}: {problem}; publish it for an endpoint whose features it takes")
    return remote


def _metadata(remote: RemoteModel, spec: EndpointSpec) -> Mapping[str, JSONValue]:
    async def asked() -> Mapping[str, JSONValue]:
        client = RemoteClient(remote, spec, ())
        try:
            async with asyncio.timeout(_SECONDS):
                return await client.metadata()
        finally:
            client.close()

    # In a thread of its own: a notebook has an event loop already.
    with ThreadPoolExecutor(1) as thread:
        try:
            return thread.submit(lambda: asyncio.run(asked())).result()
        except RemoteFault as error:
            said = "" if error.said is None else f": {error.said}"
            raise InvalidArtifact(
                f"the model {remote.model} of {remote.url} cannot be published: {error.message}{said}"
            ) from None
        except TimeoutError:
            raise InvalidArtifact(f"{remote.url} said nothing within {_SECONDS:g} seconds") from None


def _outputs(remote: RemoteModel, metadata: Mapping[str, JSONValue], spec: EndpointSpec) -> dict[str, str]:
    listed = metadata.get("outputs")
    there = [one.get("name") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    wanted = ("value",) if spec.kind is Kind.REGRESSOR else ("label", "probabilities")
    found = {ours: theirs for ours in wanted for theirs in _CALLED[ours] if theirs in there} | dict(
        remote.outputs
    )
    if not found or not set(found) <= set(wanted):
        raise InvalidArtifact(
            f"{remote.url}: which output of {remote.model} is the {' or the '.join(wanted)}? Say it "
            f"(--with outputs.{wanted[0]}=NAME); it has {', '.join(map(str, there)) or 'none that it tells'}"
        )
    return found


def _classes(given: Sequence[str], spec: EndpointSpec) -> tuple[str, ...] | None:
    if spec.classes is None:
        return None
    if given and sorted(given) != sorted(spec.classes):
        raise InvalidArtifact(
            f"the classes {', '.join(given)} are not those of {spec.name}: {', '.join(spec.classes)}"
        )
    return tuple(given) or spec.classes


def _decision(remote: RemoteModel, spec: EndpointSpec) -> DecisionRule | None:
    if spec.kind is Kind.REGRESSOR:
        return None
    if "label" not in remote.outputs:
        return LARGEST
    return MODEL if "probabilities" in remote.outputs else LABEL


def _rows(spec: EndpointSpec, data: Path | None) -> list[Row]:
    """The example, the example with each value missing that may miss, and rows of the data."""
    example = dict(spec.example)
    rows = [spec.features.validate(example)]
    if len(spec.features.features) > 1:
        holes = [feature.name for feature in spec.features.features if feature.nullable]
        rows += [spec.features.validate({**example, name: None}) for name in holes]
    if data is not None:
        rows += sample_of(frame_at(data), spec).rows[:MOST_ROWS]
    return rows


def _proven(ask: Runtime, rows: Sequence[Row], spec: EndpointSpec) -> list[Answer]:
    """The far side's answers, which must be allowed, and the same together as alone. Raises InvalidArtifact."""
    try:
        alone = [check_answers(spec, ask([row]), 1)[0] for row in rows]
        check_same_answers(alone, check_answers(spec, ask(rows), len(rows)), "in a batch than alone")
    except (AlgorithmFailed, InvalidAlgorithm) as error:
        raise InvalidArtifact(
            f"{error.message}; it must answer the endpoint's example, also with values missing that may be"
        ) from None
    if not _agrees([one for one in alone if one.probabilities]):
        raise InvalidArtifact(
            "its label is not the class of its largest probability: the probabilities have another order there; say it "
            "(--classes ONE,OTHER)"
        )
    return alone


def _agrees(answers: Sequence[Answer]) -> bool:
    """Whether labels and probabilities belong together for most rows: a threshold may divide them for a few."""
    fit = sum(
        (one.probabilities or {}).get(one.label or "", 0.0) >= max((one.probabilities or {"": 0.0}).values())
        for one in answers
    )
    return 2 * fit >= len(answers)


def _measured(rows: Sequence[Row], answers: Sequence[Answer], spec: EndpointSpec) -> dict[str, object]:
    kept = [
        (row, answer)
        for row, answer in zip(rows, answers, strict=True)
        if without_private_texts(spec, row) == row
    ][:FIXTURES]
    return {
        "parity": {"rows": len(rows), "tolerance": TOLERANCE},
        "fixtures": [
            {"row": dict(zip(spec.features.names, row, strict=True)), "answer": answer_fields(answer)}
            for row, answer in kept
        ],
    }
