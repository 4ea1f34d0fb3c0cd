#!/usr/bin/env bash
# lightgbm 4.7.0, onnxmltools 1.16.0: LGBMClassifier with objective="multiclassova", 2026-11-30.
# Expected: the ONNX graph gives the probabilities of predict_proba: each class's own sigmoid, not made to sum to 1.
# Seen: it converts without a word, labels agree, and the probabilities are up to 0.20 apart: the graph's are the
# softmax of the scores. With objective="multiclass" they agree to 1e-7.
# Instead: compare probabilities, not labels, before a graph is served; or train with "multiclass".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 scikit-learn==1.9.1 onnxmltools==1.16.0 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from lightgbm import LGBMClassifier
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_iris

onnxruntime.set_default_logger_severity(3)

features, classes = load_iris(return_X_y=True)
features = features.astype(np.float32)
apart = {}
for objective in ("multiclass", "multiclassova"):
    model = LGBMClassifier(objective=objective, n_estimators=15, random_state=0, n_jobs=1, verbose=-1)
    model.fit(features, classes)
    inputs = [("features", FloatTensorType([None, features.shape[1]]))]
    graph = convert_lightgbm(model, initial_types=inputs, zipmap=False, target_opset=15)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    labels, shares = session.run(None, {"features": features})
    trained = model.predict_proba(features)
    apart[objective] = float(np.abs(shares - trained).max())
    print(f"{objective}: predict_proba {trained[0].round(3)}, ONNX {shares[0].round(3)}, {apart[objective]:.1e} apart")
    assert (labels == model.predict(features)).all()
    scores = np.exp(model.predict_proba(features, raw_score=True))
    assert np.allclose(shares, scores / scores.sum(axis=1, keepdims=True), atol=1e-5)
assert apart["multiclass"] < 1e-5 < 0.1 < apart["multiclassova"], apart
PY
