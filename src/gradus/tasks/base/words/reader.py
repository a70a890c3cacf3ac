"""From the numbers of forms to their vectors: what every network on words begins with."""

import numpy as np
import torch
from jaxtyping import Float, Int32, Int64
from torch import Tensor, nn

from gradus.nn.dropout import WordDropout
from gradus.nn.embeddings import PADDING, Embedding
from gradus.tasks.base.words.batches import FormTensors
from gradus.tasks.base.words.contextual import ContextualVectors, ContextualWords
from gradus.tasks.base.words.settings import FormConfig
from gradus.tasks.base.words.symbols import FIRST, FormSymbols

#: Numbers of a character's vector.
LETTER_DIM = 32

#: Share of the numbers of a contextual vector that are dropped.
CONTEXTUAL_DROPOUT = 0.3


class BagEmbedding(nn.Module):
    """The sum of the vectors of a row of numbers, divided by the root of how many there are."""

    def __init__(self, rows: int, dim: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.table = Embedding(rows, dim, generator=generator)

    def forward(self, ids: Tensor) -> Float[Tensor, "rows dim"]:
        """One vector a row; an empty row gives 0."""
        counts = (ids != PADDING).sum(-1, keepdim=True).clamp(min=1)
        return self.table(ids).sum(-2) / counts.sqrt()


class CharacterEncoder(nn.Module):
    """The largest answer of each filter over the characters of a form."""

    def __init__(self, rows: int, filters: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.table = Embedding(rows, LETTER_DIM, generator=generator)
        shares = (filters // 2, filters - filters // 2)
        self.filters = nn.ModuleList(
            nn.Conv1d(LETTER_DIM, share, width, padding=width // 2)
            for share, width in zip(shares, (3, 5), strict=True)
            if share
        )

    def forward(self, ids: Tensor) -> Float[Tensor, "rows filters"]:
        """One vector a row of characters."""
        letters = self.table(ids).transpose(1, 2)
        padding = (ids == PADDING)[:, None]
        tops = [
            torch.relu(layer(letters)).masked_fill(padding, 0.0).amax(-1) for layer in self.filters
        ]
        return torch.cat(tops, -1)


class ContextualReader(nn.Module):
    """What a network makes of contextual vectors: a projection of their standardized states."""

    def __init__(self, words: ContextualWords, dim: int) -> None:
        super().__init__()
        self.vectors = ContextualVectors(words)
        self.standard = nn.LayerNorm(self.vectors.width, elementwise_affine=False)
        self.drop = nn.Dropout(CONTEXTUAL_DROPOUT)
        self.project = nn.Linear(self.vectors.width, dim)
        self._scale = dim**-0.5  # to a length of about 1, as everything that is read of a word

    def forward(
        self, ids: Int32[Tensor, " words"], lengths: Int64[Tensor, " batch"]
    ) -> Float[Tensor, "words dim"]:
        """One vector a word."""
        states = self.standard(self.vectors(ids, lengths))
        return self.project(self.drop(states)) * self._scale


class FormReader(nn.Module):
    """The vector of a form, ``width`` numbers.

    It is the sum of the form's own and of the one in a table of trained vectors, if it is there,
    beside that of its affixes or characters, and what is made of its contextual vector.
    """

    def __init__(
        self, config: FormConfig, symbols: FormSymbols, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        rows = [len(names) + FIRST for names in (symbols.words, symbols.affixes)]
        letters = len(symbols.characters) + FIRST
        self.word_dropout = WordDropout(config.word_dropout)
        self.words = Embedding(rows[0], config.dim, generator=generator)
        self.vectors: Embedding | None = None
        if symbols.vector_words:
            self.vectors = Embedding(
                len(symbols.vector_words) + 1, config.dim, frozen=config.frozen, generator=generator
            )
        self.affixes = (
            BagEmbedding(rows[1], config.affix_dim, generator) if config.affix_dim else None
        )
        self.characters = (
            CharacterEncoder(letters, config.char_dim, generator) if config.char_dim else None
        )
        self.contextual: ContextualReader | None = None
        if symbols.contextual is not None:
            self.contextual = ContextualReader(symbols.contextual, config.contextual_dim)
        dims = [config.affix_dim, config.char_dim, config.contextual_dim * bool(self.contextual)]
        self.width = config.dim + sum(dims)
        self.parts = 1 + sum(map(bool, dims))  # of a length about 1 each

    def start_(self, matrix: Float[np.ndarray, "known dim"]) -> None:
        """Fill the table of trained vectors; the network's own begin small, so that they add."""
        assert self.vectors is not None
        scale = float(np.sqrt(np.mean(np.square(matrix)) * matrix.shape[1]))
        with torch.no_grad():
            self.vectors.table.weight[1:] = torch.from_numpy(matrix / scale)
            self.words.table.weight *= 0.1

    def forward(
        self,
        forms: FormTensors,
        form: Tensor | None = None,
        lengths: Int64[Tensor, " batch"] | None = None,
    ) -> Float[Tensor, "words width"]:
        """The vectors of words whose rows ``form`` gives, or of all forms once.

        Contextual vectors need the ``lengths`` of the sentences that the words stand in.
        """
        every = torch.arange(len(forms.words), device=forms.words.device)
        place = every if form is None else form
        found = self.words(self.word_dropout(forms.words[place].long()))
        if self.vectors is not None:
            found = found + self.vectors(forms.vectors[place].long())
        parts = [found]
        if self.affixes is not None:
            parts.append(self.affixes(forms.affixes.long())[place])
        if self.characters is not None:
            parts.append(self.characters(forms.characters.long())[place])
        if self.contextual is not None:
            assert lengths is not None
            parts.append(self.contextual(forms.contextual[place], lengths))
        return torch.cat(parts, -1)
