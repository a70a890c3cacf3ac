"""Word vectors as the first layer of a network: drawn at random or taken from a trained table."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.core.errors import DataError
from gradus.nn.dropout import RowDropout, WordDropout

#: The word numbers that mean "no word" and "a word that training has not seen".
PADDING, UNKNOWN = 0, 1


class Coverage(NamedTuple):
    """How many words of a vocabulary a table of vectors knows, besides padding and unknown."""

    known: int
    words: int

    @property
    def share(self) -> float:
        """The known share, in [0, 1]; 1 for an empty vocabulary."""
        return self.known / self.words if self.words else 1.0


class Embedding(nn.Module):
    """A vector for each word number; padding (0) is the zero vector and is never trained.

    The rows are normal with variance ``1 / dim``, so their lengths are near 1. While training,
    ``word_dropout`` turns words into the unknown word (1), and ``row_dropout`` drops vectors.
    ``sparse`` gradients hold only the rows of a batch: far faster for a large vocabulary, for
    optimizers that take them (SGD, AdaGrad, SparseAdam).

    >>> layer = Embedding(10, 4)
    >>> layer(torch.tensor([[5, 7, 0]])).shape, layer(torch.tensor([[0]])).any().item()
    (torch.Size([1, 3, 4]), False)
    """

    def __init__(
        self,
        words: int,
        dim: int,
        *,
        frozen: bool = False,
        sparse: bool = False,
        word_dropout: float = 0.0,
        row_dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        rows = torch.randn(words, dim, generator=generator) * dim**-0.5
        rows[PADDING] = 0.0
        self.table: nn.Embedding = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]
            rows, freeze=frozen, padding_idx=PADDING, sparse=sparse
        )
        self.word_dropout = WordDropout(word_dropout, unknown=UNKNOWN, padding=PADDING)
        self.row_dropout = RowDropout(row_dropout, words=words)

    @classmethod
    def from_vectors(
        cls,
        words: Sequence[str],
        vector_words: Sequence[str],
        matrix: Float[np.ndarray, "known width"],
        *,
        dim: int | None = None,
        frozen: bool = False,
        sparse: bool = False,
        word_dropout: float = 0.0,
        row_dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> "tuple[Embedding, Coverage]":
        """An embedding of ``words`` that starts with the rows of ``matrix`` for ``vector_words``.

        ``words`` are a vocabulary in the order of its numbers, padding and unknown first. Words
        that the table lacks get normal rows with entries as large as those of the words it has.

        >>> layer, coverage = Embedding.from_vectors(
        ...     ["<pad>", "<unk>", "cat", "gnu"], ["dog", "cat"], np.array([[1.0, 2.0], [3.0, 4.0]])
        ... )
        >>> layer.table.weight[2].tolist(), coverage, coverage.share
        ([3.0, 4.0], Coverage(known=1, words=2), 0.5)

        Raises:
            DataError: ``dim`` is given and the table has another one, or it lacks rows or words.
        """
        _check_table(vector_words, matrix, dim)
        wanted = {word: number for number, word in enumerate(words) if number != PADDING}
        places: dict[int, int] = {}
        for row, word in enumerate(vector_words):
            if word in wanted:
                places.setdefault(wanted[word], row)
        layer = cls(
            len(words),
            matrix.shape[1],
            frozen=frozen,
            sparse=sparse,
            word_dropout=word_dropout,
            row_dropout=row_dropout,
            generator=generator,
        )
        if places:
            _fill_rows_(layer.table.weight, places, matrix)
        known = sum(number != UNKNOWN for number in places)
        return layer, Coverage(known, max(0, len(words) - 2))

    @property
    def dim(self) -> int:
        """Length of each vector."""
        return self.table.embedding_dim

    def forward(self, ids: Int[Tensor, "*shape"]) -> Float[Tensor, "*shape dim"]:
        """The vectors of the words ``ids``."""
        return self.row_dropout(self.table(self.word_dropout(ids)), ids)


def _check_table(
    vector_words: Sequence[str], matrix: Float[np.ndarray, "..."], dim: int | None
) -> None:
    if dim is not None and matrix.shape[1] != dim:
        raise DataError(
            f"the network expects vectors of dim {dim}, but this table has dim {matrix.shape[1]}; "
            f"set dim={matrix.shape[1]} or load another table"
        )
    if len(vector_words) != len(matrix):
        raise DataError(
            f"{len(vector_words)} words came with {len(matrix)} vectors; give one vector a word"
        )


@torch.no_grad()
def _fill_rows_(
    weight: Float[Tensor, "words dim"],
    places: dict[int, int],
    matrix: Float[np.ndarray, "known dim"],
) -> None:
    """Rescale the random rows to the root mean square of the known ones, then write those in."""
    rows = np.asarray(matrix[list(places.values())], dtype=np.float32)
    weight *= float(np.sqrt(np.mean(rows**2))) * weight.shape[1] ** 0.5
    weight[list(places)] = torch.from_numpy(rows)
