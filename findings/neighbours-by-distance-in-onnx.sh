#!/usr/bin/env bash
# scikit-learn 1.9.1, skl2onnx 1.20.0: KNeighborsRegressor and KNeighborsClassifier with weights="distance", 2026-11-30.
# Expected: the ONNX graph weighs the neighbours as predict does; for a row of the training data it answers that row's
# value. The converter knows the option: it has a case of its own for it, and refuses functions as weights.
# Seen: it converts without a word, and the graph answers what a model with weights="uniform" answers, to 4e-5: up to
# 152 away from predict for training rows and 26 for other ones, where the targets go from 25 to 346.
# Instead: serve the model by scikit-learn, or train with uniform weights if that is what shall be served.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

def served(model, rows):
    graph = to_onnx(model, rows[:1], target_opset={"": 21, "ai.onnx.ml": 3})
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: rows})[0].ravel()


features, targets = load_diabetes(return_X_y=True)
features = features.astype(np.float32)
uniform = KNeighborsRegressor().fit(features[::2], targets[::2])
model = KNeighborsRegressor(weights="distance").fit(features[::2], targets[::2])
for name, rows in (("training rows", features[::2]), ("other rows", features[1::2])):
    answers = served(model, rows)
    apart, to_uniform = np.abs(answers - model.predict(rows)).max(), np.abs(answers - uniform.predict(rows)).max()
    print(f"{name}: ONNX {apart:.3g} from the model's, {to_uniform:.0e} from those of uniform weights")
    assert to_uniform < 1e-3 < 10 < apart

features, classes = load_breast_cancer(return_X_y=True)
features = features[:, :5].astype(np.float32)
uniform = KNeighborsClassifier().fit(features, classes)
model = KNeighborsClassifier(weights="distance").fit(features, classes)
labels = served(model, features)
other = int((labels != model.predict(features)).sum())
print(f"two classes: {other} of {len(labels)} labels of training rows are others than the model's")
assert other > 30
assert (labels == uniform.predict(features)).all()
PY
