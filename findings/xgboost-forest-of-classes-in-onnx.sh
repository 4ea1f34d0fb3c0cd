#!/usr/bin/env bash
# xgboost 3.2.0, onnxmltools 1.16.0: XGBRFClassifier (num_parallel_tree > 1) with three classes, 2026-11-30.
# Expected: the ONNX graph answers what predict answers, as the graphs of XGBRFRegressor and of two classes do.
# Seen: it converts without a word, and 95 of 150 rows of iris get another label: XGBoost's trees stand in blocks of
# num_parallel_tree a class, and the graph deals them out in turn, first tree to the first class, second to the second.
# Instead: a forest of scikit-learn, num_parallel_tree=1, or XGBoost's own file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xgboost==3.2.0 scikit-learn==1.9.1 onnxmltools==1.16.0 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer, load_iris
from xgboost import XGBClassifier, XGBRFClassifier

onnxruntime.set_default_logger_severity(3)


def differing(model, features, classes):
    features = features.astype(np.float32)
    model.fit(features, classes)
    graph = convert_xgboost(
        model, initial_types=[("features", FloatTensorType([None, features.shape[1]]))], target_opset=15
    )
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    labels, shares = session.run(None, {"features": features})
    return int((labels != model.predict(features)).sum()), float(np.abs(shares - model.predict_proba(features)).max())


iris, cancer = load_iris(return_X_y=True), load_breast_cancer(return_X_y=True)
same = {"random_state": 0, "n_jobs": 1}
seen = {
    "forest, 3 classes": differing(XGBRFClassifier(n_estimators=9, **same), *iris),
    "3 trees a round, 3 classes": differing(
        XGBClassifier(n_estimators=4, num_parallel_tree=3, subsample=0.5, **same), *iris
    ),
    "forest, 2 classes": differing(XGBRFClassifier(n_estimators=9, **same), *cancer),
    "1 tree a round, 3 classes": differing(XGBClassifier(n_estimators=9, **same), *iris),
}
for name, (labels, apart) in seen.items():
    print(f"{name}: {labels} labels differ, probabilities {apart:.1e} apart")
wrong, right = list(seen.values())[:2], list(seen.values())[2:]
assert all(labels > 50 and apart > 0.3 for labels, apart in wrong), wrong
assert all(labels == 0 and apart < 1e-5 for labels, apart in right), right
PY
