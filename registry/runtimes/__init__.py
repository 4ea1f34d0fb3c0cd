"""How artifacts run: one file per format, each from verified bytes to answers, importing only its own library."""

from __future__ import annotations

from registry.artifacts import Artifact, Format
from registry.endpoints import EndpointSpec
from registry.runtimes import cbm, onnx, remote, skops
from registry.runtimes.answers import Runtime, answer_reader
from registry.runtimes.encoding import RowEncoder

__all__ = ["Runtime", "load_runtime"]

_LOADERS = {Format.ONNX: onnx.load, Format.CBM: cbm.load, Format.SKOPS: skops.load}


def load_runtime(artifact: Artifact, spec: EndpointSpec) -> Runtime:
    """A function from rows (in the endpoint's order) to answers that runs `artifact`, from any thread.

    Raises InvalidArtifact when the model does not fit the endpoint, was changed, or cannot be loaded.
    """
    artifact.check_fits(spec)
    manifest = artifact.manifest
    if manifest.format is Format.REMOTE:
        return remote.load(artifact, spec)
    ask = _LOADERS[manifest.format](artifact, spec, RowEncoder(spec.features, manifest.columns))
    read_answers = answer_reader(manifest, spec)
    return lambda rows: read_answers(*ask(rows))
