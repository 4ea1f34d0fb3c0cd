"""How long requests are kept, carried out behind the calls."""
