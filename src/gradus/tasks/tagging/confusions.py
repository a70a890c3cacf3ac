"""Which label is given in place of which: the mistakes that are worth a look."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gradus.text.schemes import NO_SPAN
from gradus.text.spans import Span


class Confusion(NamedTuple):
    """How often one label was given in place of another."""

    gold: str
    predicted: str
    times: int


def most_frequent(pairs: Iterable[tuple[str, str]], count: int) -> list[Confusion]:
    """The ``count`` most frequent pairs of a gold and a predicted label.

    >>> most_frequent([("NOUN", "PROPN"), ("ADJ", "VERB"), ("NOUN", "PROPN")], 1)
    [Confusion(gold='NOUN', predicted='PROPN', times=2)]
    """
    ranked = sorted(Counter(pairs).items(), key=lambda entry: (-entry[1], entry[0]))
    return [Confusion(*pair, times) for pair, times in ranked[:count]]


def span_mistakes(gold: Sequence[Span], predicted: Sequence[Span]) -> Iterator[tuple[str, str]]:
    """What became of each gold span that was not found, and what was found where there is none.

    A gold span is paired with the predicted one that it shares most words with.

    >>> list(span_mistakes([Span(0, 2, "PER"), Span(4, 5, "LOC")], [Span(0, 1, "PER")]))
    [('PER', 'PER, other words'), ('LOC', 'O')]
    >>> list(span_mistakes([Span(0, 2, "PER")], [Span(0, 2, "ORG"), Span(3, 4, "LOC")]))
    [('PER', 'ORG'), ('O', 'LOC')]
    """
    for span in gold:
        if span in predicted:
            continue
        other = max(predicted, key=lambda one: _shared(span, one), default=None)
        if other is None or not _shared(span, other):
            yield span.type, NO_SPAN
        else:
            same = (span.start, span.stop) == (other.start, other.stop)
            yield span.type, other.type if same else f"{other.type}, other words"
    for span in predicted:
        if not any(_shared(span, one) for one in gold):
            yield NO_SPAN, span.type


def _shared(span: Span, other: Span) -> int:
    """How many words two spans have in common."""
    return max(0, min(span.stop, other.stop) - max(span.start, other.start))
