"""How surprising each token of a text is to a language model, as rows."""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int64

from gradus.core.progress import SILENT, Progress
from gradus.tasks.lm.lines import Sources
from gradus.tasks.lm.model import LanguageModel
from gradus.tasks.lm.perplexity import Perplexity
from gradus.tasks.lm.spelling import EncodedText, Spelling

#: Tokens that are shown to either side of a surprising one.
AROUND = 5


class TokenSurprisal(NamedTuple):
    """A token of a text and what it costs."""

    document: int  # from 1
    line: int  # within the document, from 1
    token: str  # as it is written; a line end is <eos>
    known: bool  # else the model read <unk>, whose figures these are
    surprisal: float  # -log2 p(token | all before it in its document), in bits
    probability: float
    rank: int | None  # 1 for the likeliest token; None where it was not asked for


@dataclass(frozen=True, eq=False)
class ScoredText:
    """A text as it is written, with the surprisal of each of its tokens."""

    written: list[str]
    text: EncodedText
    spelling: Spelling
    nats: Float[np.ndarray, " tokens"]
    ranks: Int64[np.ndarray, " tokens"] | None

    def __len__(self) -> int:
        return len(self.written)

    def __iter__(self) -> Iterator[TokenSurprisal]:
        return map(self.row, range(len(self)))

    def row(self, place: int) -> TokenSurprisal:
        """The figures of one token."""
        document, line = self._places[place].tolist()
        nats = float(self.nats[place])
        return TokenSurprisal(
            document=document,
            line=line,
            token=self.written[place],
            known=self.written[place] in self.spelling.vocabulary,
            surprisal=nats / math.log(2),
            probability=math.exp(-nats),
            rank=None if self.ranks is None else int(self.ranks[place]),
        )

    def most_surprising(self, n: int) -> list[int]:
        """The places of the ``n`` tokens that cost most, the first of equal ones first."""
        return heapq.nsmallest(n, range(len(self)), key=lambda place: -self.nats[place])

    def around(self, place: int) -> tuple[list[str], list[str]]:
        """The tokens before and behind a place, :data:`AROUND` each, of the same document."""
        document = int(self._places[place, 0])
        begin, end = self.text.bounds[document - 1 : document + 1].tolist()
        before = self.written[max(begin, place - AROUND) : place]
        return before, self.written[place + 1 : min(end, place + 1 + AROUND)]

    @property
    def perplexity(self) -> Perplexity:
        """The figures of the whole text."""
        return Perplexity.of(self.nats, self.text, self.spelling)

    @cached_property
    def _places(self) -> Int64[np.ndarray, "tokens 2"]:
        """Document and line of every token."""
        ends = np.cumsum(self.text.ids == self.spelling.end)
        before = np.concatenate([[0], ends])  # line ends before each token
        document = np.searchsorted(self.text.bounds, np.arange(len(self)), side="right")
        line = before[:-1] - before[self.text.bounds[document - 1]] + 1
        return np.stack([document, line], axis=1)


def token_surprisals(
    model: LanguageModel[Any],
    sources: Sources,
    *,
    ranks: bool = False,
    progress: Progress = SILENT,
) -> ScoredText:
    """The surprisal of every token of a text, the whole of it in memory.

    ``ranks`` asks for the whole vocabulary at every token, which takes as long as generation does.

    >>> from gradus.tasks.lm.ngram import NgramConfig, NgramModel
    >>> spelling, text = Spelling.learn(iter(["a b", "a b"]), min_count=1)
    >>> model = NgramModel.train(NgramConfig(order=2), spelling, text)
    >>> scored = token_surprisals(model, iter(["a c"]), ranks=True)
    >>> [(row.line, row.token, row.known, row.rank) for row in scored]
    [(1, 'a', True, 1), (1, 'c', False, 4), (1, '<eos>', True, 2)]

    Raises:
        DataError: the text is missing, empty, damaged or not UTF-8.
    """
    written: list[str] = []
    text = model.spelling.encode(sources, progress, written_=written)
    nats = model.surprisals(text, progress)
    found = _ranks(model, text, progress) if ranks else None
    return ScoredText(written, text, model.spelling, nats, found)


def _ranks(
    model: LanguageModel[Any], text: EncodedText, progress: Progress
) -> Int64[np.ndarray, " tokens"]:
    """How many tokens are likelier than each token of a text, and 1."""
    found = np.empty(len(text), dtype=np.int64)
    progress.start("ranking", total=float(len(text)), unit="tokens")
    for begin, end in pairwise(text.bounds.tolist()):
        state = model.begin(1)
        for place in range(begin, end):
            log_p, token = model.log_probabilities(state)[0], text.ids[place]
            found[place] = 1 + np.count_nonzero(log_p > log_p[token])
            state = model.advance(state, np.array([token]))
            progress.update(place + 1)
    progress.finish()
    return found
