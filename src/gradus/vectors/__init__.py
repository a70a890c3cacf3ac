"""Word vectors: train them, query and compare them, judge them, read and write every common format.

A name is imported when it is first used, so that ``import gradus.vectors`` costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.vectors.cooccurrence import count_cooccurrences
    from gradus.vectors.evaluate import evaluate_analogies, evaluate_similarity
    from gradus.vectors.formats import read_vectors, write_vectors
    from gradus.vectors.glove import train_glove
    from gradus.vectors.glove_settings import GloveConfig
    from gradus.vectors.plot import plot_vectors
    from gradus.vectors.settings import CbowConfig, CorpusConfig, SkipGramConfig
    from gradus.vectors.table import Neighbor, WordVectors
    from gradus.vectors.word2vec import train_cbow, train_skipgram

#: Where each public name is defined.
HOMES = {
    "CbowConfig": "gradus.vectors.settings",
    "CorpusConfig": "gradus.vectors.settings",
    "GloveConfig": "gradus.vectors.glove_settings",
    "Neighbor": "gradus.vectors.table",
    "SkipGramConfig": "gradus.vectors.settings",
    "WordVectors": "gradus.vectors.table",
    "count_cooccurrences": "gradus.vectors.cooccurrence",
    "evaluate_analogies": "gradus.vectors.evaluate",
    "evaluate_similarity": "gradus.vectors.evaluate",
    "plot_vectors": "gradus.vectors.plot",
    "read_vectors": "gradus.vectors.formats",
    "train_cbow": "gradus.vectors.word2vec",
    "train_glove": "gradus.vectors.glove",
    "train_skipgram": "gradus.vectors.word2vec",
    "write_vectors": "gradus.vectors.formats",
}

__all__ = [
    "CbowConfig",
    "CorpusConfig",
    "GloveConfig",
    "Neighbor",
    "SkipGramConfig",
    "WordVectors",
    "count_cooccurrences",
    "evaluate_analogies",
    "evaluate_similarity",
    "plot_vectors",
    "read_vectors",
    "train_cbow",
    "train_glove",
    "train_skipgram",
    "write_vectors",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
