"""Steps proved entry by entry: the meaning of operations in indices, and its derivatives."""
