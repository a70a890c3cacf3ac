"""A whole derivation in a format: text, LaTeX, HTML, JSON, each from the same outline."""
