"""The use cases: predict, feedback, statuses, experiments. No web, no SQL text."""
