#!/usr/bin/env bash
# scikit-learn 1.9.1, skl2onnx 1.20.0: BaggingClassifier over SVC, 2026-11-30.
# Expected: the ONNX graph gives one label a row, as it does for bagged trees, or the conversion is refused.
# Seen: it converts and loads without a word, and answers as many labels as there are estimators, here 10, for 569 rows
# and for one row: as if the votes of models without probabilities were counted along the wrong axis.
# Instead: bag a model with predict_proba (bagged trees agree), or serve the model by scikit-learn.
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
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import BaggingClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

onnxruntime.set_default_logger_severity(3)
features, classes = load_breast_cancer(return_X_y=True)
features = features[:, :5].astype(np.float32)
for inner in (DecisionTreeClassifier(random_state=0), SVC(random_state=0)):
    model = BaggingClassifier(inner, n_estimators=10, random_state=0).fit(features, classes)
    graph = to_onnx(model, features[:1], options={id(model): {"zipmap": False}}, target_opset={"": 21, "ai.onnx.ml": 3})
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    answers = {}
    for rows in (569, 1):
        answers[rows] = session.run(None, {session.get_inputs()[0].name: features[:rows]})[0]
        print(f"{type(inner).__name__}: {len(answers[rows])} labels for {rows} rows")
    if isinstance(inner, SVC):
        assert [len(labels) for labels in answers.values()] == [10, 10]
    else:
        assert (answers[569] == model.predict(features)).all()
        assert len(answers[1]) == 1
PY
