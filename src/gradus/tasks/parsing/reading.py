"""From the numbers of words and tags to their vectors: what every parser's network begins with."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.nn.dropout import WordDropout
from gradus.nn.embeddings import PADDING, Embedding
from gradus.tasks.parsing.dataset import FormTensors, TagTensors
from gradus.tasks.parsing.settings import ParserConfig
from gradus.tasks.parsing.symbols import FIRST, Symbols


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
        self.table = Embedding(rows, 32, generator=generator)
        shares = (filters // 2, filters - filters // 2)
        self.filters = nn.ModuleList(
            nn.Conv1d(32, share, width, padding=width // 2)
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


class WordReader(nn.Module):
    """The vector of a word: that of its form, and that of its tags.

    A form's vector is the sum of its own and of the one in a table of trained vectors, if it is
    there, beside that of its affixes or characters; a tag's is made of those of parts of speech
    and of the sum of all features.
    """

    def __init__(
        self, config: ParserConfig, symbols: Symbols, generator: torch.Generator | None = None
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
        self.upos, self.xpos = (
            Embedding(len(names) + FIRST, config.tag_dim, generator=generator)
            if wanted
            else nn.Identity()
            for wanted, names in ((config.upos, symbols.upos), (config.xpos, symbols.xpos))
        )
        self.features = (
            BagEmbedding(len(symbols.features) + FIRST, config.feature_dim, generator)
            if config.feats
            else nn.Identity()
        )
        self.form_width = config.dim + config.affix_dim + config.char_dim
        self.tag_width = (
            config.tag_dim * (config.upos + config.xpos) + config.feature_dim * config.feats
        )

    def start_(self, matrix: Float[np.ndarray, "known dim"]) -> None:
        """Fill the table of trained vectors; the parser's own begin small, so that they add."""
        assert self.vectors is not None
        scale = float(np.sqrt(np.mean(np.square(matrix)) * matrix.shape[1]))
        with torch.no_grad():
            self.vectors.table.weight[1:] = torch.from_numpy(matrix / scale)
            self.words.table.weight *= 0.1

    def form_vectors(
        self, forms: FormTensors, form: Tensor | None = None
    ) -> Float[Tensor, "words width"]:
        """The vectors of words whose rows ``form`` gives, or of all forms once."""
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
        return torch.cat(parts, -1)

    def tag_vectors(self, tags: TagTensors) -> Float[Tensor, "tags width"]:
        """The vectors of combinations of tags."""
        parts = [
            table(ids.long())
            for table, ids in zip((self.upos, self.xpos, self.features), tags, strict=True)
            if not isinstance(table, nn.Identity)
        ]
        if not parts:
            return torch.zeros(len(tags.upos), 0, device=tags.upos.device)
        return torch.cat(parts, -1)


def parts_of(config: ParserConfig) -> int:
    """How many vectors of length about 1 make up a word's."""
    switches: Sequence[bool] = (
        True,
        bool(config.affix_dim),
        bool(config.char_dim),
        config.upos,
        config.xpos,
        config.feats,
    )
    return sum(switches)
