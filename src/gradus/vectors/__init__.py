"""Word vectors: query and compare them, judge them, and read and write every common format.

A name is imported when it is first used, so that ``import gradus.vectors`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradus.vectors.evaluate import evaluate_analogies, evaluate_similarity
    from gradus.vectors.formats import read_vectors, write_vectors
    from gradus.vectors.plot import plot_vectors
    from gradus.vectors.table import Neighbor, WordVectors

#: Where each public name is defined.
HOMES = {
    "Neighbor": "gradus.vectors.table",
    "WordVectors": "gradus.vectors.table",
    "evaluate_analogies": "gradus.vectors.evaluate",
    "evaluate_similarity": "gradus.vectors.evaluate",
    "plot_vectors": "gradus.vectors.plot",
    "read_vectors": "gradus.vectors.formats",
    "write_vectors": "gradus.vectors.formats",
}

__all__ = [
    "Neighbor",
    "WordVectors",
    "evaluate_analogies",
    "evaluate_similarity",
    "plot_vectors",
    "read_vectors",
    "write_vectors",
]


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
