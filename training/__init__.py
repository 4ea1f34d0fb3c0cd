"""The scripts that made the artifacts: run by people, never by the server."""
