"""Text: corpora of any size as numbers, and the vocabulary that names them.

A name is imported when it is first used, so that ``import gradus.text`` costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.text.corpora import EncodedCorpus, encode_corpus
    from gradus.text.vocabulary import Vocabulary

#: Where each public name is defined.
HOMES = {
    "EncodedCorpus": "gradus.text.corpora",
    "Vocabulary": "gradus.text.vocabulary",
    "encode_corpus": "gradus.text.corpora",
}

__all__ = ["EncodedCorpus", "Vocabulary", "encode_corpus"]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
