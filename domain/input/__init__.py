"""What comes from outside: texts, numbers, cells, times, headers and keys, and what of them can be kept."""
