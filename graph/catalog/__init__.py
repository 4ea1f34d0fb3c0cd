"""Endpoints, algorithms and statuses in the graph, and how features become types."""
