"""What is served now, and the statuses that decide it."""
