"""Endpoints, algorithms, statuses and API keys."""
