"""Aggregates and daily summaries: reads, writes, and the proof that both agree."""
