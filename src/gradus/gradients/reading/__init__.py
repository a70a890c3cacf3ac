"""How models are read: text as on paper or as in NumPy becomes a graph of expressions."""
