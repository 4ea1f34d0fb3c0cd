"""Tests and their observations."""
