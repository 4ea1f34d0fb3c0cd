"""What a test says at a moment: its verdict, both arms, what is watched, and what to be careful about."""
