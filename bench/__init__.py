"""Measurements: each script measures ratios within one run, prints them, and writes bench/results/<name>.json."""
