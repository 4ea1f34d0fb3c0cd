"""Models that another server runs: what is said of them, and how they are asked by the Open Inference Protocol."""
