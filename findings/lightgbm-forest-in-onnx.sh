#!/usr/bin/env bash
# lightgbm 4.7.0, onnxmltools 1.16.0: LGBMRegressor with boosting_type="rf", 2026-11-30.
# Expected: the ONNX graph answers what predict answers, the mean over the trees, whatever their number.
# Seen: with 100 trees it does. With 50 every answer is half of predict's, with 200 it is twice as large: the graph
# divides the sum by 100, LightGBM's default number of trees, and not by the number of trees that the model has. The
# classifier of two classes divides by 100 as well, but the probability, after the sigmoid of the whole sum: with any
# number of trees the second class never gets more than 0.01, and every label is the first class.
# Instead: serve LightGBM's own file, or multiply a regressor's graph by 100 and divide it by its trees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 scikit-learn==1.9.1 onnxmltools==1.16.0 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from lightgbm import LGBMClassifier, LGBMRegressor
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer, load_diabetes

onnxruntime.set_default_logger_severity(3)

FOREST = {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1, "random_state": 0, "n_jobs": 1, "verbose": -1}


def served(model, features):
    inputs = [("features", FloatTensorType([None, features.shape[1]]))]
    graph = convert_lightgbm(model, initial_types=inputs, zipmap=False, target_opset=15)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"features": features})


features, targets = load_diabetes(return_X_y=True)
features = features.astype(np.float32)
for trees in (50, 100, 200):
    model = LGBMRegressor(n_estimators=trees, **FOREST).fit(features, targets)
    answers, trained = served(model, features)[0].ravel(), model.predict(features)
    print(f"{trees} trees: predict {trained[0]:.3f}, ONNX {answers[0]:.3f}")
    assert np.allclose(answers, trained * trees / 100, rtol=1e-4)

features, classes = load_breast_cancer(return_X_y=True)
features = features[:, :5].astype(np.float32)
model = LGBMClassifier(n_estimators=100, **FOREST).fit(features, classes)
labels, shares = served(model, features)
trained = model.predict(features)
print(f"two classes, 100 trees: second class {(trained == 1).sum()} times in predict, {(labels == 1).sum()} in ONNX, "
      f"where its probability is {shares[:, 1].max():.3f} at most")
assert (labels == 0).all()
assert (trained == 1).sum() > 300
assert shares[:, 1].max() < 0.0101
PY
