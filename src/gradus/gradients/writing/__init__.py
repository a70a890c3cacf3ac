"""How expressions and derivations are written: notation, mathematics, LaTeX, HTML, JSON."""
