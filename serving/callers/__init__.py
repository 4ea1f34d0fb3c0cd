"""Callers: keys, budgets and links to exports."""
