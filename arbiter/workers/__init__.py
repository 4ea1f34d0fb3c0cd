"""Several processes on one port: a supervisor that starts, watches and renews them, and what each of them does."""
