#!/usr/bin/env bash
# scikit-learn 1.9.1, skl2onnx 1.20.0: HistGradientBoostingRegressor with loss="poisson" (or "gamma").
# Expected: the ONNX graph answers what predict answers, or the conversion is refused.
# Seen: it converts without a word, and the graph answers the logarithm: 5.21 where predict answers 183.2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor

features, targets = load_diabetes(return_X_y=True)
features = features.astype(np.float32)
for loss in ("poisson", "gamma"):
    model = HistGradientBoostingRegressor(loss=loss, max_iter=20, random_state=0).fit(features, targets)
    graph = to_onnx(model, features[:1], target_opset={"": 21, "ai.onnx.ml": 3})
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    served = session.run(None, {session.get_inputs()[0].name: features})[0].ravel()
    trained = model.predict(features)
    print(f"{loss}: predict {trained[0]:.4f}, ONNX {served[0]:.4f}, exp(ONNX) {np.exp(served[0]):.4f}")
    assert np.allclose(np.exp(served), trained, rtol=1e-4)
    assert not np.allclose(served, trained, rtol=0.5)
PY
