"""The request log as it is read: filters, privacy, aggregates and daily summaries."""
