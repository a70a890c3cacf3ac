"""Gradus: word vectors, classifiers, taggers, parsers and language models on your own text.

Importing ``gradus`` costs nothing; the capabilities live in ``gradus.vectors`` and the packages
beside it, and heavy libraries are imported by the functions that need them.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.pipeline.models import load

__version__ = "0.1.0"

#: Where each public name is defined.
HOMES = {"load": "gradus.pipeline.models"}

__all__ = ["__version__", "load"]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
