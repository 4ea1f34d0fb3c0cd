"""Models that stay on other servers, and are published after they were asked there."""
