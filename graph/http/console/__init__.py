"""The console at /console/: its files as the build made them, and the handlers that serve them; no strawberry here."""
