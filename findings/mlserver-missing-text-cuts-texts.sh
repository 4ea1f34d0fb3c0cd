#!/usr/bin/env bash
# mlserver 1.7.1: texts of the Open Inference Protocol with one null among them, read by NumpyCodec, 2026-11-30.
# Expected: the texts, and something for the missing one; with texts alone the codec gives them whole.
# Seen: with one null every text of the column is cut to its first letter and made bytes, and the missing one is b"N":
# "rich" and "poor" are b"r" and b"p". The codec writes such a column itself, from an array of objects with None in it.
# Instead: send a category of its own for a missing text, or read the data by hand, not by NumpyCodec.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mlserver==1.7.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import json

import numpy as np
from mlserver.codecs import NumpyCodec
from mlserver.types import RequestInput, ResponseOutput

seen = {}
for texts in (["rich", "poor"], ["rich", "poor", None]):
    array = np.array(texts, dtype=object)
    request = json.loads(NumpyCodec.encode_input("x", array).model_dump_json())
    answer = json.loads(NumpyCodec.encode_output("x", array).model_dump_json())
    assert request["data"] == answer["data"] == texts
    assert request["datatype"] == "BYTES"
    read = NumpyCodec.decode_input(RequestInput(**request)).ravel().tolist()
    assert NumpyCodec.decode_output(ResponseOutput(**answer)).ravel().tolist() == read
    seen[len(texts)] = read
    print(f"{json.dumps(request['data'])} is read as {read}")
assert seen[2] == ["rich", "poor"]
assert seen[3] == [b"r", b"p", b"N"]
PY
