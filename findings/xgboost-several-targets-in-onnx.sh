#!/usr/bin/env bash
# xgboost 3.2.0, onnxmltools 1.16.0: XGBRegressor with two targets, or with several quantiles, 2026-11-30.
# Expected: the ONNX graph has a column for each target, as predict has, or the conversion is refused.
# Seen: it converts without a word. The graph's answer has the right shape, so nothing breaks behind it, but all trees
# are added up in the first column and the other columns are 0 in every row.
# Instead: one model a target.
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
from sklearn.datasets import load_diabetes
from xgboost import XGBRegressor

onnxruntime.set_default_logger_severity(3)

features, targets = load_diabetes(return_X_y=True)
features = features.astype(np.float32)
same = {"n_estimators": 15, "random_state": 0, "n_jobs": 1}
models = {
    "two targets": XGBRegressor(**same).fit(features, np.column_stack([targets, targets / 2])),
    "three quantiles": XGBRegressor(
        objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9], **same
    ).fit(features, targets),
}
for name, model in models.items():
    inputs = [("features", FloatTensorType([None, features.shape[1]]))]
    graph = convert_xgboost(model, initial_types=inputs, target_opset=15)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    answers = session.run(None, {"features": features})[0]
    trained = model.predict(features)
    print(f"{name}: predict {trained[0].round(1)}, ONNX {answers[0].round(1)}, shapes {trained.shape} {answers.shape}")
    assert answers.shape == trained.shape
    assert (answers[:, 1:] == 0).all()
    assert np.abs(trained[:, 1:]).min() > 1
    assert not np.allclose(answers[:, 0], trained[:, 0], rtol=0.05)
PY
