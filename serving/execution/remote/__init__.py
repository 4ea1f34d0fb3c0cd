"""Models that another server runs: batches in flight, a circuit that opens when it fails, and whether it is ready."""
