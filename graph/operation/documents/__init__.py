"""New documents: bounded, checked in turns, and kept with what came of it."""
