"""A/B tests in the graph: the type, its mutations, results, series and the feedback queue."""
