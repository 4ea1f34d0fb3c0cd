"""SQLite as Arbiter uses it: the one writer of a process, and readers that can be stopped."""
