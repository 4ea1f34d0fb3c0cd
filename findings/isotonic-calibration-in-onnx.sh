#!/usr/bin/env bash
# scikit-learn 1.9.1, skl2onnx 1.20.0: CalibratedClassifierCV with method="isotonic".
# Expected: the ONNX graph gives the probabilities of predict_proba, as it does with method="sigmoid".
# Seen: they are several hundredths apart: scikit-learn interpolates between the thresholds of the isotonic regression,
# and the graph does not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer
from sklearn.svm import LinearSVC

features, classes = load_breast_cancer(return_X_y=True)
features = features[:, :5].astype(np.float32)
apart = {}
for method in ("sigmoid", "isotonic"):
    model = CalibratedClassifierCV(LinearSVC(random_state=0), method=method).fit(features, classes)
    graph = to_onnx(model, features[:1], options={id(model): {"zipmap": False}}, target_opset={"": 21, "ai.onnx.ml": 3})
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    served = session.run(None, {session.get_inputs()[0].name: features})[1]
    apart[method] = float(np.abs(served - model.predict_proba(features)).max())
    print(f"{method}: {apart[method]:.1e} apart")
assert apart["sigmoid"] < 1e-4 < 0.01 < apart["isotonic"], apart
PY
