"""Compiled loops of networks, each with a plain twin in :mod:`gradus.nn.kernels.reference`."""
