"""What an algorithm is and where its files are; it never touches the database or the web."""
