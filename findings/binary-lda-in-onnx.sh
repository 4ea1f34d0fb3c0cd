#!/usr/bin/env bash
# scikit-learn 1.9.1, skl2onnx 1.20.0: LinearDiscriminantAnalysis with two classes.
# Expected: the ONNX graph gives the probabilities of predict_proba.
# Seen: the labels agree, the probabilities are up to 0.15 apart, since the graph's are those of twice the score:
# p*p / (p*p + (1-p)*(1-p)) where predict_proba says p. With three classes they agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis


def both(features, classes):
    features = features.astype(np.float32)
    model = LinearDiscriminantAnalysis().fit(features, classes)
    graph = to_onnx(model, features[:1], options={id(model): {"zipmap": False}})
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    labels, shares = session.run(None, {session.get_inputs()[0].name: features})
    assert (labels == model.predict(features)).all()
    return model.predict_proba(features), shares


features, classes = load_breast_cancer(return_X_y=True)
two, two_served = both(features[:, :5], classes)
three, three_served = both(*load_iris(return_X_y=True))
print(f"two classes: {np.abs(two - two_served).max():.3f} apart; three: {np.abs(three - three_served).max():.0e}")
doubled = two**2 / (two**2).sum(axis=1, keepdims=True)
assert 0.1 < np.abs(two - two_served).max() < 0.2
assert np.abs(doubled - two_served).max() < 1e-3
assert np.abs(three - three_served).max() < 1e-4
PY
