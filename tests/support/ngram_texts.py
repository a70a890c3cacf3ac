"""Tiny texts for n-gram models, as hypothesis draws them and as models take them."""

import numpy as np
from hypothesis import strategies as st

from gradus.tasks.lm.ngram import NgramModel
from gradus.tasks.lm.ngram_settings import NgramConfig
from gradus.tasks.lm.spelling import EncodedText, Spelling
from gradus.text.vocabulary import Vocabulary

WORDS = ["<eos>", "a", "b", "<unk>", "c"]
VOCABULARY = len(WORDS)

#: Documents of numbers of words; some are empty, one is not.
DOCUMENTS = st.lists(
    st.lists(st.integers(0, VOCABULARY - 1), max_size=12), min_size=1, max_size=6
).filter(any)


def encoded(documents):
    """The documents as one text."""
    ids = np.array([word for document in documents for word in document], dtype=np.int32)
    return EncodedText(ids, np.cumsum([0, *map(len, documents)]), len(ids))


def trained(documents, order):
    """A model of the documents."""
    spelling = Spelling(Vocabulary(WORDS, np.zeros(VOCABULARY, np.int64)))
    return NgramModel.train(NgramConfig(order=order), spelling, encoded(documents))


def random_documents(seed, *lengths):
    """Documents of these lengths in which some words are much more frequent than others."""
    rng = np.random.default_rng(seed)
    shares = np.arange(VOCABULARY, 0, -1) ** 2.0
    return [rng.choice(VOCABULARY, size, p=shares / shares.sum()).tolist() for size in lengths]
