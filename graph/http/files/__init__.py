"""Files of our own pages, as browsers get and keep them."""
