#!/usr/bin/env bash
# lightgbm 4.7.0, onnxmltools 1.16.0: LGBMRegressor with linear_tree=True, 2026-11-30.
# Expected: the ONNX graph answers what predict answers, or the conversion is refused, since an ONNX tree ensemble has
# one number a leaf and no linear model.
# Seen: it converts without a word, and the graph answers the number that a leaf would have without its linear model.
# How the leaves of LightGBM's own dump hold it: `leaf_value` beside `leaf_const` and `leaf_coeff`; only the first is
# read.
# Instead: serve LightGBM's own file (`booster_.save_model`), which keeps the linear models.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 scikit-learn==1.9.1 onnxmltools==1.16.0 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from lightgbm import Booster, LGBMRegressor
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_diabetes

onnxruntime.set_default_logger_severity(3)

features, targets = load_diabetes(return_X_y=True)
features = features.astype(np.float32)
apart = {}
for linear in (False, True):
    model = LGBMRegressor(n_estimators=15, linear_tree=linear, random_state=0, n_jobs=1, verbose=-1)
    model.fit(features, targets)
    inputs = [("features", FloatTensorType([None, features.shape[1]]))]
    graph = convert_lightgbm(model, initial_types=inputs, target_opset=15)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    answers = session.run(None, {"features": features})[0].ravel()
    trained = model.predict(features)
    again = Booster(model_str=model.booster_.model_to_string()).predict(features)
    apart[linear] = float(np.abs(answers - trained).max())
    print(f"linear_tree={linear}: predict {trained[0]:.3f}, its own file {again[0]:.3f}, ONNX {answers[0]:.3f}, "
          f"at most {apart[linear]:.2g} apart")
    assert np.allclose(again, trained)
assert apart[False] < 1e-3 < 10 < apart[True], apart
PY
