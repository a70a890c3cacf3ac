"""Gradus: word vectors, classifiers, taggers, parsers and language models on your own text.

Importing ``gradus`` costs nothing; the capabilities live in ``gradus.vectors`` and the packages
beside it, and heavy libraries are imported by the functions that need them.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
