"""Rules of simplification, by what they look at; each gives a node of equal value, or None."""
