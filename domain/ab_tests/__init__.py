"""A/B tests: plan, observations, sums, result, and what a promotion changes."""
