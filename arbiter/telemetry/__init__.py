"""What the process tells of itself: logs, access log and traces."""
