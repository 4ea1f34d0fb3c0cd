"""The request history in the graph: pages, filters, aggregates, exports and forgetting."""
