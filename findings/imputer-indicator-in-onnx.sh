#!/usr/bin/env bash
# scikit-learn 1.9.1, skl2onnx 1.20.0: SimpleImputer with add_indicator=True, 2026-11-30.
# Expected: the ONNX graph gives the filled columns and, behind them, one column for each feature that had missing
# values, or the conversion is refused.
# Seen: it converts without a word, and the columns that say what was missing are not there: 4 columns where transform
# gives 6, in a ColumnTransformer as well. What stands behind it in a pipeline gets too few columns.
# Instead: serve the pipeline by scikit-learn, or make the columns in the data, before the pipeline.
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
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.impute import SimpleImputer

features = load_iris(return_X_y=True)[0]
features = features.astype(np.float32)
features[::7, 1] = features[::11, 2] = np.nan


def served(model):
    graph = to_onnx(model, features[:1], target_opset={"": 21, "ai.onnx.ml": 3})
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: features})[0]


imputer = SimpleImputer(add_indicator=True).fit(features)
trained, answers = imputer.transform(features), served(imputer)
print(f"transform gives {trained.shape[1]} columns, ONNX {answers.shape[1]}")
assert (trained.shape[1], answers.shape[1]) == (6, 4)
assert np.allclose(trained[:, :4], answers)
columns = ColumnTransformer([("filled", SimpleImputer(add_indicator=True), [0, 1, 2, 3])]).fit(features)
trained, answers = columns.transform(features), served(columns)
print(f"in a ColumnTransformer: {trained.shape[1]} and {answers.shape[1]}")
assert (trained.shape[1], answers.shape[1]) == (6, 4)
plain = SimpleImputer().fit(features)
assert served(plain).shape == plain.transform(features).shape
PY
