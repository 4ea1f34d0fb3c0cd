#!/usr/bin/env bash
# lightgbm 4.7.0, onnxmltools 1.16.0: LGBMRegressor with zero_as_missing=True, 2026-11-30.
# Expected: the ONNX graph sends a zero the way that LightGBM sends it, the one that it learned for missing values.
# Seen: it converts without a word, and the graph compares zero with the threshold like any number. Only rows that have
# a zero differ; a converter of the same package refuses XGBoost's `missing=0`, which means the same.
# Instead: train on NaN in the place of zeros (the graph then agrees), and turn zeros into NaN before serving.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 scikit-learn==1.9.1 onnxmltools==1.16.0 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from lightgbm import LGBMRegressor
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_diabetes

onnxruntime.set_default_logger_severity(3)

features, targets = load_diabetes(return_X_y=True)
features = features.astype(np.float32)
features[::5, 2] = 0
features[::7, 3] = 0


def apart(rows, **how):
    model = LGBMRegressor(n_estimators=15, random_state=0, n_jobs=1, verbose=-1, **how).fit(rows, targets)
    inputs = [("features", FloatTensorType([None, rows.shape[1]]))]
    graph = convert_lightgbm(model, initial_types=inputs, target_opset=15)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.abs(session.run(None, {"features": rows})[0].ravel() - model.predict(rows))


zero = (features == 0).any(axis=1)
as_missing = apart(features, zero_as_missing=True)
as_nan = apart(np.where(features == 0, np.float32(np.nan), features))
print(f"zero_as_missing: {(as_missing > 1e-3).sum()} of {zero.sum()} rows with a zero differ, by up to "
      f"{as_missing[zero].max():.1f}; rows without: {as_missing[~zero].max():.0e}; NaN for zero: {as_nan.max():.0e}")
assert as_missing[zero].max() > 10
assert as_missing[~zero].max() < 1e-3
assert as_nan.max() < 1e-3
PY
