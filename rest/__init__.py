"""The REST edge: the legacy URLs and the system pages; it decides nothing that a use case decides."""
