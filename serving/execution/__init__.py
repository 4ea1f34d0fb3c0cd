"""How algorithms run: executors and batches; tasks in the background."""
