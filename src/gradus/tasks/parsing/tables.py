"""Products made beforehand, so that parsing a word costs additions alone [chen2014].

The products of a form with every position are computed once: for the most frequent forms when a
parser is first used, for others when they are met. Those of tags are few.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, Int32, Int64

from gradus.tasks.parsing.dataset import FormTensors, TagTensors, spans
from gradus.tasks.parsing.network import ParserNetwork
from gradus.tasks.parsing.symbols import Symbols
from gradus.tasks.parsing.transition_network import WORDS, Products
from gradus.text.document import Sentence

#: Forms that are kept for good, and rows for others, which are forgotten when they are used up.
FREQUENT, PASSING = 8192, 4096

#: Forms in one matrix product.
BLOCK = 1024


class Rows:
    """Rows of products by key: the first of them for good, the others until the table is full."""

    def __init__(
        self, first: Float32[np.ndarray, "rows width"], compute: Callable[[list[Any]], np.ndarray]
    ) -> None:
        self._compute, self._fixed = compute, len(first)
        self._row: dict[Any, int] = {}
        self._kept: dict[Any, int] = {}
        self.table = np.concatenate([first, np.empty((PASSING, first.shape[1]), np.float32)])

    def keep(self, keys: Sequence[Any]) -> None:
        """Make the rows of ``keys`` and hold them for good."""
        rows = np.concatenate(
            [self._compute(list(keys[at : at + BLOCK])) for at in range(0, len(keys), BLOCK)]
            or [self.table[:0]]
        )
        self.table = np.concatenate([self.table[: self._fixed], rows, self.table[self._fixed :]])
        self._kept |= {key: self._fixed + place for place, key in enumerate(keys)}
        self._fixed += len(keys)
        self._row = dict(self._kept)

    def find(self, keys: list[Any]) -> Int32[np.ndarray, " keys"]:
        """The row of every key; what is new is computed."""
        get = self._row.get
        found = [get(key, -1) for key in keys]
        if -1 in found:
            self._add({key: None for key, row in zip(keys, found, strict=True) if row < 0}, keys)
            get = self._row.get
            found = [get(key, -1) for key in keys]
        return np.array(found, dtype=np.int32)

    def _add(self, missing: dict[Any, None], keys: list[Any]) -> None:
        if len(self._row) + len(missing) > len(self.table) - self._fixed + len(self._kept):
            self._row = dict(self._kept)
            missing = {key: None for key in keys if key not in self._kept}
            lacking = len(missing) - (len(self.table) - self._fixed)
            if lacking > 0:
                more = np.empty((lacking, self.table.shape[1]), np.float32)
                self.table = np.concatenate([self.table, more])
        new = list(missing)
        place = self._fixed + len(self._row) - len(self._kept)
        for at in range(0, len(new), BLOCK):
            part = new[at : at + BLOCK]
            self.table[place + at : place + at + len(part)] = self._compute(part)
        self._row.update({key: place + number for number, key in enumerate(new)})


class ProductTables:
    """The rows of all words that a parser meets, and the two arrays that hold their products."""

    def __init__(self, network: ParserNetwork, symbols: Symbols) -> None:
        scorer, reader = network.transitions, network.reader
        assert scorer is not None

        def of_forms(forms: list[str]) -> np.ndarray:
            tensors = FormTensors(*map(torch.from_numpy, symbols.spelled(forms)))
            return (reader.form_vectors(tensors) @ scorer.form_products).numpy()

        def of_tags(tags: list[tuple[str, str, str]]) -> np.ndarray:
            tensors = TagTensors(*map(torch.from_numpy, symbols.tagged(tags)))
            return (reader.tag_vectors(tensors) @ scorer.tag_products).numpy()

        special = scorer.special.detach().numpy()
        self._forms = Rows(special, of_forms)
        self._tags = Rows(np.zeros((1, special.shape[1]), np.float32), of_tags)
        with torch.no_grad():
            self._forms.keep(symbols.words.words[:FREQUENT])

    @torch.no_grad()
    def rows(
        self, sentences: Sequence[Sentence], lengths: Int64[np.ndarray, " sentences"]
    ) -> Int32[np.ndarray, "2 nodes"]:
        """The rows of the nodes of sentences, side by side."""
        words = [word for sentence in sentences for word in sentence.words]
        rows = np.empty((2, len(words) + WORDS * len(sentences)), np.int32)
        starts = np.cumsum(lengths + WORDS) - lengths - WORDS
        rows[:, starts] = 0
        rows[0, starts + 1], rows[1, starts + 1] = 1, 0
        places = spans(starts + WORDS, lengths)
        rows[0, places] = self._forms.find([word.form for word in words])
        rows[1, places] = self._tags.find([(word.upos, word.xpos, word.feats) for word in words])
        return rows

    @property
    def products(self) -> Products:
        """The two tables."""
        return Products(self._forms.table, self._tags.table)
