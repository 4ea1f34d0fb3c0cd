#!/usr/bin/env bash
# catboost 1.2.10: a model with loss Poisson or Tweedie, saved as .cbm and loaded again.
# Expected: predict of the loaded model answers what predict of the fitted one did.
# Seen: loaded into the base class CatBoost, predict answers the logarithm (RawFormulaVal); loaded into
# CatBoostRegressor it answers the mean (Exponent). The file says which loss it is in both cases.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check catboost==1.2.10 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import tempfile
from pathlib import Path

import numpy as np
from catboost import CatBoost, CatBoostRegressor

rng = np.random.default_rng(0)
features = rng.random((300, 3))
counts = rng.poisson(np.exp(3 * features[:, 0]))
for loss in ("Poisson", "Tweedie:variance_power=1.5"):
    fitted = CatBoostRegressor(iterations=20, loss_function=loss, verbose=False, allow_writing_files=False)
    fitted.fit(features, counts)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "model.cbm"))
        fitted.save_model(path)
        plain, regressor = CatBoost().load_model(path), CatBoostRegressor().load_model(path)
    before = fitted.predict(features)
    print(f"{loss}: fitted {before[0]:.4f}, CatBoost {plain.predict(features)[0]:.4f}, "
          f"CatBoostRegressor {regressor.predict(features)[0]:.4f}")
    assert np.allclose(regressor.predict(features), before)
    assert np.allclose(np.exp(plain.predict(features)), before)
    assert not np.allclose(plain.predict(features), before, rtol=0.2)
PY
