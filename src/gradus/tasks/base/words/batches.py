"""Sentences as rows of forms, each different form once, and words of a batch side by side."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int32, Int64
from torch import Tensor

from gradus.text.document import Sentence

#: Sentences in one batch where a model is only asked, and pairs of words in it with the padding.
BATCH, PAIRS = 64, 1 << 22


class FormTensors(NamedTuple):
    """The forms of a batch, each once."""

    words: Tensor
    vectors: Tensor
    affixes: Tensor
    characters: Tensor
    contextual: Tensor


def numbered_forms(
    sentences: Iterable[Sentence],
) -> tuple[list[str], Int32[np.ndarray, " words"]]:
    """Every different form, and of each word which it is.

    >>> forms, form = numbered_forms([Sentence.of(["no", "no"]), Sentence.of(["way"])])
    >>> forms, form.tolist()
    (['no', 'way'], [0, 0, 1])
    """
    forms: dict[str, int] = {}
    form = [
        forms.setdefault(word.form, len(forms)) for sentence in sentences for word in sentence.words
    ]
    return list(forms), np.array(form, dtype=np.int32)


def bounds_of(sentences: Iterable[Sentence]) -> Int64[np.ndarray, " ends"]:
    """Where each sentence begins among all words, and where the last one ends."""
    return np.cumsum([0, *(len(sentence) for sentence in sentences)], dtype=np.int64)


def small_batches(sizes: Int64[np.ndarray, " sentences"]) -> Iterator[Int64[np.ndarray, " batch"]]:
    """Batches to ask a model, longest sentences first; a very long one is alone.

    >>> [batch.tolist() for batch in small_batches(np.array([3, 5000, 4]))]
    [[1], [2, 0]]
    """
    order = np.argsort(-sizes, kind="stable")
    while len(order):
        count = min(BATCH, max(1, PAIRS // max(1, int(sizes[order[0]]) ** 2)))
        yield order[:count]
        order = order[count:]


def spans(
    starts: Int64[np.ndarray, " spans"], lengths: Int64[np.ndarray, " spans"]
) -> Int64[np.ndarray, " total"]:
    """The numbers of all spans, one span after the other.

    >>> spans(np.array([7, 2]), np.array([2, 3])).tolist()
    [7, 8, 2, 3, 4]
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - lengths), lengths)


def real_words(
    lengths: Int64[Tensor, " batch"],
) -> tuple[Int64[Tensor, " words"], Int64[Tensor, " words"]]:
    """Sentence and place of each word that is no padding.

    >>> [part.tolist() for part in real_words(torch.tensor([2, 1]))]
    [[0, 0, 1], [0, 1, 0]]
    """
    longest = int(lengths.max()) if len(lengths) else 0
    sentence, word = torch.nonzero(torch.arange(longest)[None] < lengths[:, None], as_tuple=True)
    return sentence, word


def side_by_side(
    vectors: Float[Tensor, "words dim"], lengths: Int64[Tensor, " batch"]
) -> Float[Tensor, "batch time dim"]:
    """The words of sentences, one after the other, as a padded batch.

    >>> side_by_side(torch.ones(3, 1), torch.tensor([1, 2]))[:, :, 0].tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """
    sentence, word = real_words(lengths)
    padded = vectors.new_zeros(len(lengths), int(lengths.max()), vectors.shape[1])
    padded[sentence, word] = vectors
    return padded
