"""A/B tests: begin, decide once, end, verify, replay."""
