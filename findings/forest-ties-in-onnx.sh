#!/usr/bin/env bash
# scikit-learn 1.9.1, skl2onnx 1.20.0, onnxruntime 1.32.0: a random forest whose trees vote half and half.
# Expected: the ONNX graph answers the label that predict answers, the first class.
# Seen, with one thread: with 20 trees every such row is the second class in ONNX, with 30 trees none is, while the
# probabilities agree to 1e-6 in both. The graph adds 1/n as a 32-bit number; half of n such terms exceed 0.5 for some
# n and not for others. More threads add in another order: then it is some of the rows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier

rng = np.random.default_rng(0)
features = rng.random((4_000, 4)).astype(np.float32)
classes = (features.sum(axis=1) + rng.normal(0, 0.5, 4_000) > 2).astype(int)
seen = {}
for trees in (20, 30):
    forest = RandomForestClassifier(trees, random_state=0).fit(features[:1_000], classes[:1_000])
    graph = to_onnx(forest, features[:1], options={id(forest): {"zipmap": False}})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    rows = features[1_000:]
    labels, shares = session.run(None, {session.get_inputs()[0].name: rows})
    trained = forest.predict_proba(rows)
    ties = np.isclose(trained[:, 0], 0.5, atol=1e-9)
    other = labels != forest.predict(rows)
    print(
        f"{trees} trees: {ties.sum()} ties, {(other & ties).sum()} of them another label, "
        f"{(other & ~ties).sum()} other rows; probabilities within {np.abs(shares - trained).max():.0e}"
    )
    seen[trees] = (bool(ties.any()), bool((other == ties).all()), bool(other.any()))
assert seen == {20: (True, True, True), 30: (True, False, False)}, seen
PY
