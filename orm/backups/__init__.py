"""The whole database as one file, taken while servers run, and put back: for operators, never for a server."""
