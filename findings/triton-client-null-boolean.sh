#!/usr/bin/env bash
# tritonclient 2.73.0: an answer of the Open Inference Protocol in JSON with null for a missing value, 2026-11-30.
# Expected: as_numpy says that a value is missing, or raises, in each datatype alike; servers such as MLServer send
# null.
# Seen: FP64 becomes NaN, INT64 is a TypeError, BYTES keeps None, and BOOL becomes False: a missing truth is an untruth.
# In the same way INT64 takes 1.9 as 1 and BOOL takes the text "false" as True. No datatype of the answer is checked.
# Instead: look for None in the answer's own JSON (`get_response()`) before as_numpy, or have the server answer FP64.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tritonclient[http]==2.73.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import json

import numpy as np
from tritonclient.http import InferenceServerClient


def answer(datatype, values):
    output = {"name": "y", "datatype": datatype, "shape": [len(values)], "data": values}
    body = json.dumps({"model_name": "m", "outputs": [output]}).encode()
    return InferenceServerClient.parse_response_body(body)


seen = {}
for datatype, values in (
    ("FP64", [1.5, None]), ("INT64", [1, None]), ("BYTES", ["a", None]), ("BOOL", [True, None]),
    ("INT64", [1.9, -1.9]), ("BOOL", ["false", ""]),
):
    try:
        seen[datatype, str(values)] = answer(datatype, values).as_numpy("y").tolist()
    except TypeError as error:
        seen[datatype, str(values)] = f"TypeError: {error}"
    print(datatype, json.dumps(values), "->", seen[datatype, str(values)])
assert np.isnan(seen["FP64", "[1.5, None]"][1])
assert seen["INT64", "[1, None]"].startswith("TypeError")
assert seen["BYTES", "['a', None]"] == ["a", None]
assert seen["BOOL", "[True, None]"] == [True, False]
assert seen["INT64", "[1.9, -1.9]"] == [1, -1]
assert seen["BOOL", "['false', '']"] == [True, False]
assert None in answer("BOOL", [True, None]).get_response()["outputs"][0]["data"]
PY
