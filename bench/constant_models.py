"""Published models that answer the same number to every row: which one has answered can be told from the answer."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

DESCRIPTION = "Answers one number."
FEATURES: list[dict[str, Any]] = [{"name": "x", "type": "number", "minimum": 0, "maximum": 1}]


def declare(root: Path, endpoint: str = "constants", **changes: object) -> dict[str, Any]:
    """Write the endpoint.json of a regressor of one feature, with top-level fields changed; the document."""
    document: dict[str, Any] = {
        "name": endpoint,
        "kind": "regressor",
        "owner": "Ada",
        "description": "Which model has answered?",
        "target": {"name": "y"},
        "features": FEATURES,
        "example": {"x": 0.5},
        **changes,
    }
    folder = root / endpoint
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / ".endpoint.json"
    draft.write_text(json.dumps(document))
    draft.rename(folder / "endpoint.json")
    return document


def publish(
    root: Path,
    version: str,
    value: float,
    *,
    endpoint: str = "constants",
    name: str = "constant",
    status: str | None = None,
    features: list[dict[str, Any]] | None = None,
    description: str = DESCRIPTION,
    fixture: float | None = None,
    model: bytes | None = None,
) -> Path:
    """Put a model that answers `value` into the store, by one rename as `arbiter publish` does; its folder.

    fixture: what the manifest says that it answers, if that is something else.
    """
    features = features or FEATURES
    content = model or constant(value, len(features))
    row = {feature["name"]: _sample(feature) for feature in features}
    manifest = {
        "manifest_version": 2,
        "endpoint": endpoint,
        "algorithm": name,
        "version": version,
        "kind": "regressor",
        "format": "onnx",
        "layout": "matrix",
        "classes": None,
        "model": {"name": "model.onnx", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()},
        "features": [
            {"name": feature["name"], "type": feature["type"], "categories": None} for feature in features
        ],
        "columns": [
            {"feature": f["name"], "input": f["name"], "type": f["type"], "fill": 0.0, "codes": None}
            for f in features
        ],
        "parity": {"tolerance": 0.0001},
        "metrics": {},
        "fixtures": [{"row": row, "answer": {"value": value if fixture is None else fixture}}],
        "serving": {
            "owner": "Ada",
            "description": description,
            "status": status,
            "created_at": f"2026-11-30T10:00:00Z {version:0>12}",
        },
    }
    draft = root / endpoint / f".{name}-{version}"
    draft.mkdir(parents=True)
    (draft / "model.onnx").write_bytes(content)
    (draft / "manifest.json").write_text(json.dumps(manifest))
    place = root / endpoint / f"{name}-{version}"
    os.rename(draft, place)
    return place


def _sample(feature: dict[str, Any]) -> object:
    return bool(feature.get("minimum")) if feature["type"] == "boolean" else feature.get("minimum") or 0


def constant(value: float, width: int = 1) -> bytes:
    """An ONNX model that answers `value` to every row of `width` numbers."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("MatMul", ["X", "zeros"], ["nothing"]),
        helper.make_node("Add", ["nothing", "value"], ["variable"]),
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("variable", TensorProto.FLOAT, [None, 1])],
        [
            helper.make_tensor("zeros", TensorProto.FLOAT, [width, 1], [0.0] * width),
            helper.make_tensor("value", TensorProto.FLOAT, [1], [value]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())
