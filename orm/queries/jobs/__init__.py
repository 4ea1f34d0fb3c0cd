"""Jobs and their units: orders over many rows, and which worker holds which range."""
