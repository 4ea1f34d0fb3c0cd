"""How algorithms run: executors, batches, and work that leaves the event loop."""
