"""Compiled loops over the tree of n-grams, judged by :mod:`gradus.tasks.lm.kernels.reference`."""
