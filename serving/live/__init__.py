"""What subscribers hear: followers of requests, tests and statuses."""
