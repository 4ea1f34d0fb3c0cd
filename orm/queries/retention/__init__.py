"""How long requests are kept: the rules, how far they were carried out, and the removal itself."""
