"""Many kinds of models, each fitted, published, served, and compared with itself: python -m bench.models."""
