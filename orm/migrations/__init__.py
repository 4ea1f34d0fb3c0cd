"""Aerich's migrations, each one for SQLite and PostgreSQL alike; never edited once released."""
