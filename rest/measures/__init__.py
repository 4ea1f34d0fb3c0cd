"""Counts and times, in the words of Prometheus: of one process, and of several as one."""
