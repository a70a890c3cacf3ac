"""Graph-based parsing: the best trees, and the probabilities of arcs, from a score for each arc.

Scores are arrays ``[dependent, head]`` of shape ``[n, n + 1]``: row i is word i+1, column 0 the
root. ``-inf`` forbids an arc; what stands where a word would head itself is not looked at. Every
tree has exactly one root word.
"""
