"""The algorithms that ship with Arbiter: one file per endpoint, in the order in which they are registered."""
