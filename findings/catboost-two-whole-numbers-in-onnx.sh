#!/usr/bin/env bash
# catboost 1.2.10: CatBoostClassifier with two classes that are whole numbers, saved with format="onnx", 2026-11-30.
# Expected: the ONNX graph's label is one of the model's classes, as it is with three whole numbers and with two texts.
# Seen: it is 0 or 1, whatever the two classes are: with the classes 3 and 7 no label is right, with -1 and 1 none of
# the rows that are -1. The label's type is the right one and the probabilities agree, so nothing else tells.
# Instead: fit on texts, or take the label from the probabilities and the model's classes_.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check catboost==1.2.10 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 protobuf==6.33.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnxruntime
from catboost import CatBoostClassifier

rng = np.random.default_rng(0)
features = rng.random((300, 3)).astype(np.float32)
for names in ((0, 1), (-1, 1), (1, 2), (3, 7), (3, 5, 7), ("3", "7")):
    classes = np.array(names)[np.digitize(features.sum(axis=1), [1.2, 1.8][: len(names) - 1])]
    model = CatBoostClassifier(iterations=20, verbose=False, allow_writing_files=False, random_seed=0)
    model.fit(features, classes).save_model("model.onnx", format="onnx")
    session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    labels, shares = session.run(None, {"features": features})
    shares = np.array([list(row.values()) for row in shares])
    trained = model.predict(features).ravel()
    other = int((np.ravel(labels) != trained).sum())
    print(f"{names}: predict {sorted(set(trained.tolist()))}, ONNX {sorted(set(np.ravel(labels).tolist()))}, "
          f"{other} of {len(trained)} differ")
    assert np.abs(shares - model.predict_proba(features)).max() < 1e-5
    if len(names) == 2 and names != (0, 1) and not isinstance(names[0], str):
        assert set(np.ravel(labels).tolist()) == {0, 1}
        assert other > 50
    else:
        assert other == 0
PY
