"""Ground truth: stored, scored, summarised, and forgotten."""
