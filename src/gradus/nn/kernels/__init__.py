"""Compiled loops of networks, judged by :mod:`gradus.nn.kernels.reference` or by counting out."""
