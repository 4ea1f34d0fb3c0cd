"""Why a model is refused: which value of which feature is at fault, and what helps."""
