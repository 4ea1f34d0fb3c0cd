"""Whole CSV files: predictions and ground truth, resumable."""
