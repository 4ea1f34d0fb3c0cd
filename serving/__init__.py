"""The use cases: predict, feedback, statuses, A/B tests. No web, no SQL text."""
