"""Arbiter among servers and clients of the Open Inference Protocol: what its calls cost, and whether they agree."""
