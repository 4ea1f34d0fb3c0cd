#!/usr/bin/env bash
# duckdb 2.0.1: times in UTC from a Parquet file to a pandas data frame with .df(), 2026-11-30.
# Expected: aware times whatever their unit, since duckdb's own types are TIMESTAMP WITH TIME ZONE and TIMESTAMPTZ_NS.
# Seen: microseconds arrive aware, nanoseconds naive, with a dtype that has no zone. The unit is a matter of the file's
# writer, and so is whether a comparison with an aware time works.
# Instead: cast (`at::TIMESTAMPTZ`), take .to_arrow_table(), which keeps the zone, or .dt.tz_localize("UTC") behind
# .df().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

instant = pd.Timestamp("2026-11-30T12:00:00Z")
seen = {}
for unit in ("ms", "us", "ns"):
    moments = pa.array([instant.to_pydatetime()], pa.timestamp(unit, "UTC"))
    pq.write_table(pa.table({"moment": moments}), f"{unit}.parquet")
    rows = duckdb.sql(f"SELECT moment FROM read_parquet('{unit}.parquet')")
    seen[unit] = (rows.df()["moment"].dtype, rows.to_arrow_table().schema.field("moment").type)
    print(f"{unit}: duckdb {rows.types[0]}, .df() {seen[unit][0]}, .to_arrow_table() {seen[unit][1]}")
assert str(seen["us"][0]).startswith("datetime64[us, ")
assert str(seen["ns"][0]) == "datetime64[ns]"
assert seen["ns"][1].tz is not None
cast = duckdb.sql("SELECT moment::TIMESTAMPTZ AS moment FROM read_parquet('ns.parquet')").df()["moment"]
assert cast.dt.tz is not None
assert cast[0] == instant
PY
