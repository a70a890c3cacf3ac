"""Text: corpora of any size as numbers, and the vocabulary that names them."""

from gradus.text.corpora import EncodedCorpus, encode_corpus
from gradus.text.vocabulary import Vocabulary

__all__ = ["EncodedCorpus", "Vocabulary", "encode_corpus"]
