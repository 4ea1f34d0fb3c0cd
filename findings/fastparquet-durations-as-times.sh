#!/usr/bin/env bash
# fastparquet 2026.9.0: a column of durations, one of them longer than a day, 2026-11-30.
# Expected: other readers find a duration, or a number, as they do in a file of pyarrow's (which writes an int64).
# Seen: fastparquet declares the column to be a time of day, which the format has, while it has no durations. 30 hours
# are 06:00 in pyarrow, missing in polars, an error in duckdb; -2 seconds are 23:59:58. Only fastparquet reads it back.
# Instead: write durations as whole microseconds (`column // pandas.Timedelta("1us")`) and name the unit in the column's
# name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fastparquet==2026.9.0 pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.1 pandas==3.1.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import duckdb
import fastparquet
import pandas as pd
import polars as pl
import pyarrow.parquet as pq

took = pd.DataFrame({"took": pd.to_timedelta(["1s", "30h", "-2s"])})
fastparquet.write("took.parquet", took)
print("declared as", pq.read_schema("took.parquet").field("took").type)
own = fastparquet.ParquetFile("took.parquet").to_pandas()["took"]
pyarrow = [str(time) for time in pq.read_table("took.parquet")["took"].to_pylist()]
polars = [time and str(time) for time in pl.read_parquet("took.parquet")["took"].to_list()]
try:
    refusal = f"no refusal: {duckdb.sql('SELECT took FROM read_parquet($$took.parquet$$)').fetchall()}"
except duckdb.Error as error:
    refusal = str(error)
print(f"fastparquet {list(map(str, own))}\npyarrow {pyarrow}\npolars {polars}\nduckdb {refusal}")
assert (own == took["took"]).all()
assert pyarrow == ["00:00:01", "06:00:00", "23:59:58"]
assert polars == ["00:00:01", None, None]
assert "must be within a day" in refusal

took.to_parquet("other.parquet", engine="pyarrow")
whole = duckdb.sql("SELECT took FROM read_parquet('other.parquet')").fetchall()
assert whole == [(1_000_000,), (108_000_000_000,), (-2_000_000,)]
PY
