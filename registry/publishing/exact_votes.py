"""A forest in ONNX whose label is decided as in scikit-learn to the last bit: votes are added in 64 bits, in order.

Leaves that hold few cases give shares such as 1/3, whose sums are tied but for their last bits, and these decide in
scikit-learn. In 32 bits they are lost. This form is a third larger, so it is taken only where the usual one fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from registry.artifacts import Format
from registry.publishing.export import Model, ModelExport

_DOMAIN = "ai.onnx.ml"
_OPERATOR = "TreeEnsembleClassifier"
_LABELS = ("classlabels_strings", "classlabels_int64s")
_LEAST_OPSET = 3


def with_exact_votes(exported: ModelExport, forest: Model) -> ModelExport | None:
    """The same model with votes of 64 bits; None where it is no forest (or tree) whose votes ONNX adds in one node."""
    from sklearn.ensemble._forest import ForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    if exported.format is not Format.ONNX or not isinstance(
        forest, (ForestClassifier, DecisionTreeClassifier)
    ):
        return None
    import onnx

    proto = onnx.load_from_string(exported.content)
    found = [node for node in proto.graph.node if node.op_type == _OPERATOR]
    if len(found) != 1 or found[0].output[1] == "":
        return None
    trees = [tree.tree_ for tree in getattr(forest, "estimators_", [forest])]
    nodes = [
        new
        for node in proto.graph.node
        for new in (_exact_nodes(node, trees) if node.op_type == _OPERATOR else [node])
    ]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    classes = trees[0].value.shape[2]
    for name, kind, values in (
        ("_trees", onnx.TensorProto.FLOAT, [float(len(trees))]),
        ("_classes", onnx.TensorProto.INT64, list(range(classes))),
    ):
        proto.graph.initializer.append(
            onnx.helper.make_tensor(found[0].output[1] + name, kind, [len(values)], values)
        )
    for opset in proto.opset_import:
        if opset.domain == _DOMAIN:
            opset.version = max(opset.version, _LEAST_OPSET)
    return replace(exported, content=proto.SerializeToString())


def _exact_nodes(node: Any, trees: list[Any]) -> Iterator[Any]:  # noqa: ANN401 (onnx has no type stubs)
    """Inputs as 64-bit numbers, the trees, and the sums of each class divided by their number."""
    from onnx import TensorProto, helper

    shares = node.output[1]
    wide, sums, means = f"{node.input[0]}_wide", f"{shares}_sums", f"{shares}_means"
    labels: dict[str, Any] = {
        item.name: _with_third_label(helper.get_attribute_value(item))
        for item in node.attribute
        if item.name in _LABELS
    }
    yield helper.make_node("Cast", [node.input[0]], [wide], to=TensorProto.DOUBLE)
    yield helper.make_node(
        _OPERATOR,
        [wide],
        [node.output[0], sums],
        domain=_DOMAIN,
        post_transform="NONE",
        **{name: value for name, value in labels.items() if value},
        **_attributes(trees),
    )
    yield helper.make_node("Div", [sums, f"{shares}_trees"], [means])
    yield helper.make_node("Gather", [means, f"{shares}_classes"], [shares], axis=1)


def _with_third_label(labels: list[Any]) -> list[Any]:
    """Two classes and one that no tree votes for: onnxruntime compares the second of two with a half, not its sum."""
    return [*labels, b"" if isinstance(labels[0], bytes) else -1] if len(labels) == 2 else labels  # noqa: PLR2004


def _attributes(trees: list[Any]) -> dict[str, Any]:
    from onnx import TensorProto, helper

    def joined(parts: list[Any]) -> list[Any]:
        return list(np.concatenate(parts).tolist())

    def doubles(name: str, parts: list[Any]) -> Any:  # noqa: ANN401
        values = np.concatenate(parts).astype(np.float64)
        return helper.make_tensor(name, TensorProto.DOUBLE, [len(values)], values.tolist())

    leaves = [np.flatnonzero(tree.children_left < 0) for tree in trees]
    classes = trees[0].value.shape[2]
    modes = [np.where(tree.children_left < 0, "LEAF", "BRANCH_LEQ") for tree in trees]
    return {
        "nodes_treeids": joined([np.full(tree.node_count, number) for number, tree in enumerate(trees)]),
        "nodes_nodeids": joined([np.arange(tree.node_count) for tree in trees]),
        "nodes_featureids": joined([np.maximum(tree.feature, 0) for tree in trees]),
        "nodes_modes": joined(modes),
        "nodes_truenodeids": joined([np.maximum(tree.children_left, 0) for tree in trees]),
        "nodes_falsenodeids": joined([np.maximum(tree.children_right, 0) for tree in trees]),
        "nodes_missing_value_tracks_true": joined([tree.missing_go_to_left.astype(int) for tree in trees]),
        "nodes_values_as_tensor": doubles(
            "values", [np.where(t.feature < 0, 0.0, t.threshold) for t in trees]
        ),
        "class_treeids": joined([np.full(len(at) * classes, number) for number, at in enumerate(leaves)]),
        "class_nodeids": joined([np.repeat(at, classes) for at in leaves]),
        "class_ids": joined([np.tile(np.arange(classes), len(at)) for at in leaves]),
        "class_weights_as_tensor": doubles(
            "weights", [tree.value[at, 0, :].ravel() for tree, at in zip(trees, leaves, strict=True)]
        ),
    }
