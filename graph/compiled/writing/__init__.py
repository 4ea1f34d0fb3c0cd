"""The functions of a plan: written as Python, with what they call beside each other."""
