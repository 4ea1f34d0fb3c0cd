"""Who calls: API keys, tokens, and the gate that every call passes."""
