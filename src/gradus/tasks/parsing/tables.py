"""Products made beforehand, so that parsing a word costs additions alone [chen2014].

The products of a form with every position are computed once: for the most frequent forms when a
parser is first used, for others when they are met. Those of tags are few.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, Int32, Int64

from gradus.tasks.base.words.batches import FormTensors, spans
from gradus.tasks.parsing.dataset import TagTensors
from gradus.tasks.parsing.kernels.greedy import shorten_
from gradus.tasks.parsing.network import ParserNetwork
from gradus.tasks.parsing.plain_numbers import plain_numbers
from gradus.tasks.parsing.symbols import Symbols
from gradus.tasks.parsing.transition_network import WORDS, Products
from gradus.text.document import Sentence
from gradus.training.objective import moved

#: Forms that are kept for good, and rows for others, which are forgotten when they are used up.
FREQUENT, PASSING = 8192, 4096

#: Forms in one matrix product, which stays in the processor's cache.
BLOCK = 256


class Rows:
    """Rows of products by key: some for good, the others until the table is full.

    They are products less those of no node, the first of ``first``, as small whole numbers.
    """

    def __init__(
        self,
        first: Float32[np.ndarray, "rows width"],
        lasting: Sequence[Any],
        compute: Callable[[list[Any]], Float32[np.ndarray, "keys width"]],
    ) -> None:
        self._compute, self._nothing = compute, first[0]
        self._fixed = len(first) + len(lasting)
        self._lasting = {key: len(first) + place for place, key in enumerate(lasting)}
        self._row = dict(self._lasting)
        self.table = np.empty((self._fixed + PASSING, first.shape[1]), np.int16)
        self.scales = np.empty(len(self.table), np.float32)
        shorten_(first.copy(), self._nothing, self.table, self.scales)
        self._fill(list(lasting), len(first))

    def find(self, keys: list[Any]) -> Int32[np.ndarray, " keys"]:
        """The row of every key; what is new is computed."""
        get = self._row.get
        found = [get(key, -1) for key in keys]
        if -1 in found:
            self._add(list(dict.fromkeys(key for key in keys if key not in self._row)), keys)
            get = self._row.get
            found = [get(key, -1) for key in keys]
        return np.array(found, dtype=np.int32)

    def forget(self) -> None:
        """Keep only the rows that last."""
        self._row = dict(self._lasting)

    def _add(self, missing: list[Any], keys: list[Any]) -> None:
        begin = self._fixed + len(self._row) - len(self._lasting)
        if begin + len(missing) > len(self.table):
            self.forget()
            begin = self._fixed
            missing = list(dict.fromkeys(key for key in keys if key not in self._row))
            lacking = begin + len(missing) - len(self.table)
            if lacking > 0:
                more = np.empty((lacking, self.table.shape[1]), np.int16)
                self.table = np.concatenate([self.table, more])
                self.scales = np.concatenate([self.scales, np.empty(lacking, np.float32)])
        self._fill(missing, begin)
        self._row.update({key: begin + place for place, key in enumerate(missing)})

    def _fill(self, keys: list[Any], begin: int) -> None:
        for at in range(0, len(keys), BLOCK):
            found = self._compute(keys[at : at + BLOCK])
            rows = slice(begin + at, begin + at + len(found))
            shorten_(found, self._nothing, self.table[rows], self.scales[rows])


class ProductTables:
    """The rows of all words that a parser meets, and the two arrays that hold their products.

    Rows are good until others are asked for; threads take turns by holding ``lock`` meanwhile.
    """

    def __init__(self, network: ParserNetwork, symbols: Symbols) -> None:
        scorer = network.transitions
        assert scorer is not None

        def of_forms(forms: list[str]) -> np.ndarray:
            tensors = FormTensors(*map(torch.from_numpy, symbols.forms.spelled(forms)))
            vectors = network.reader(moved(tensors, scorer.bias.device))
            return plain_numbers(vectors @ scorer.form_products)

        def of_tags(tags: list[tuple[str, str, str]]) -> np.ndarray:
            tensors = TagTensors(*map(torch.from_numpy, symbols.tagged(tags)))
            vectors = network.tags(moved(tensors, scorer.bias.device))
            return plain_numbers(vectors @ scorer.tag_products)

        self.lock = Lock()
        special = plain_numbers(scorer.special)
        with torch.no_grad():
            self._forms = Rows(special, symbols.forms.words.words[:FREQUENT], of_forms)
            self._tags = Rows(np.zeros((1, special.shape[1]), np.float32), [], of_tags)

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

    def forget(self) -> None:
        """Keep only the rows of frequent forms."""
        self._forms.forget()

    @property
    def products(self) -> Products:
        """The two tables."""
        forms, tags = self._forms, self._tags
        return Products(forms.table, forms.scales, tags.table, tags.scales)
