"""PostgreSQL as Arbiter uses it: connections, the lock of the migrations, and whether a pooler is in between."""
