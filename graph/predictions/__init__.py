"""Predictions and ground truth in the graph."""
