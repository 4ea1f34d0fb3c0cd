"""The predict path, from command to stored answer."""
