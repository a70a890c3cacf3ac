"""Gold and predicted trees of the same words, side by side as arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from gradus.core.errors import DataError
from gradus.text.document import Sentence

#: Relations between words of content, as the official evaluation lists them.
CONTENT = frozenset(
    {
        *("nsubj", "obj", "iobj", "csubj", "ccomp", "xcomp", "obl", "vocative", "expl"),
        *("dislocated", "advcl", "advmod", "discourse", "nmod", "appos", "nummod", "acl", "amod"),
        *("conj", "fixed", "flat", "compound", "list", "parataxis", "orphan", "goeswith"),
        *("reparandum", "root", "dep"),
    }
)

#: The relation of punctuation.
PUNCTUATION = "punct"

Mask = Bool[np.ndarray, " words"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """The arcs of all sentences in a row; heads are counted from 1 in their sentence.

    Relations are places in ``relations``; ``universal`` gives for each the place of its name up to
    the colon.
    """

    lengths: Int[np.ndarray, " sentences"]
    relations: tuple[str, ...]
    universal: Int[np.ndarray, " relations"]
    gold_heads: Int[np.ndarray, " words"]
    gold_relations: Int[np.ndarray, " words"]
    predicted_heads: Int[np.ndarray, " words"]
    predicted_relations: Int[np.ndarray, " words"]

    @cached_property
    def sentence(self) -> Int[np.ndarray, " words"]:
        """The sentence of each word, from 0."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def position(self) -> Int[np.ndarray, " words"]:
        """The number of each word in its sentence, from 1."""
        starts = np.cumsum(self.lengths) - self.lengths
        return np.arange(1, len(self.gold_heads) + 1) - starts[self.sentence]

    @cached_property
    def heads_right(self) -> Mask:
        """Whether the head is right."""
        return self.gold_heads == self.predicted_heads

    @cached_property
    def arcs_right(self) -> Mask:
        """Whether head and relation are right, relations without their subtypes."""
        same = self.universal[self.gold_relations] == self.universal[self.predicted_relations]
        return self.heads_right & same

    @cached_property
    def full_arcs_right(self) -> Mask:
        """Whether head and relation are right, relations with their subtypes."""
        return self.heads_right & (self.gold_relations == self.predicted_relations)

    def among(self, relations: Int[np.ndarray, " words"], names: frozenset[str]) -> Mask:
        """Whether each of the relations is, without its subtype, one of ``names``."""
        listed = np.array([name in names for name in self.relations], dtype=bool)
        return listed[self.universal[relations]]

    def by_sentence(self, mask: Mask) -> Int[np.ndarray, " sentences"]:
        """How many words of each sentence the mask marks."""
        return np.bincount(self.sentence[mask], minlength=len(self.lengths))


def compared(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> Comparison:
    """The trees of ``gold`` beside those of ``predicted``.

    >>> gold = Sentence.of(["Cats", "sleep"], heads=[2, 0], deprels=["nsubj", "root"])
    >>> wrong = Sentence.of(["Cats", "sleep"], heads=[2, 0], deprels=["obj", "root"])
    >>> compared([gold], [wrong]).arcs_right.tolist()
    [False, True]

    Raises:
        DataError: there is no sentence, the words differ, or a word has no head.
    """
    if not gold:
        raise DataError("no sentence to measure on; give at least one")
    if len(gold) != len(predicted):
        raise DataError(
            f"{len(gold):,} gold sentences came with {len(predicted):,} predicted ones; "
            "parse the sentences of the gold file, and all of them"
        )
    for number, (right, found) in enumerate(zip(gold, predicted, strict=True), start=1):
        _check_words(number, right, found)
    names: dict[str, int] = {}

    def numbered(name: str) -> int:
        return names.setdefault(name, len(names))

    codes = [
        np.array(
            [numbered(word.deprel) for sentence in sentences for word in sentence.words],
            dtype=np.int64,
        )
        for sentences in (gold, predicted)
    ]
    universal = [numbered(name.partition(":")[0]) for name in list(names)]
    universal += range(len(universal), len(names))  # those added just now have no subtype
    lengths = np.array([len(sentence) for sentence in gold], dtype=np.int64)
    return Comparison(
        lengths,
        tuple(names),
        np.array(universal, dtype=np.int64),
        _heads(gold, "gold"),
        codes[0],
        _heads(predicted, "predicted"),
        codes[1],
    )


def _check_words(number: int, gold: Sentence, predicted: Sentence) -> None:
    forms, others = ([word.form for word in sentence.words] for sentence in (gold, predicted))
    if forms == others:
        return
    place = _place(number, gold)
    for word, (form, other) in enumerate(zip(forms, others, strict=False), start=1):
        if form != other:
            raise DataError(
                f"{place}, word {word}: {form!r} in the gold tree, {other!r} in the predicted one; "
                "only trees of the same words can be compared"
            )
    raise DataError(
        f"{place}: {len(forms)} words in the gold tree, {len(others)} in the predicted one; "
        "only trees of the same words can be compared"
    )


def _heads(sentences: Sequence[Sentence], kind: str) -> Int[np.ndarray, " words"]:
    heads: list[int] = []
    for number, sentence in enumerate(sentences, start=1):
        size = len(sentence)
        for place, word in enumerate(sentence.words, start=1):
            head = word.head
            if head is None or not 0 <= head <= size:
                has = "no head" if head is None else f"the head {head} of {size} words"
                raise DataError(
                    f"{_place(number, sentence)}, word {place} ({word.form!r}) has {has} in the "
                    f"{kind} tree; figures need whole trees"
                )
            heads.append(head)
    return np.array(heads, dtype=np.int64)


def _place(number: int, sentence: Sentence) -> str:
    name = sentence.sent_id
    return f"sentence {number} ({name})" if name else f"sentence {number}"


#: Of a figure: which words are right, and which are counted in the gold and the predicted trees.
Counted = tuple[Mask, Mask, Mask]


def _all(words: Comparison, right: Mask) -> Counted:
    every = np.ones_like(right)
    return right, every, every


def _content(words: Comparison) -> Counted:
    gold, predicted = (
        words.among(relations, CONTENT)
        for relations in (words.gold_relations, words.predicted_relations)
    )
    return words.arcs_right, gold, predicted


def _unpunctuated(words: Comparison, right: Mask) -> Counted:
    counted = ~words.among(words.gold_relations, frozenset({PUNCTUATION}))
    return right, counted, counted


#: Every figure by its name. Punctuation is what has the relation punct in the gold tree.
FIGURES: dict[str, Callable[[Comparison], Counted]] = {
    "uas": lambda words: _all(words, words.heads_right),
    "las": lambda words: _all(words, words.arcs_right),
    "clas": _content,
    "las_with_subtypes": lambda words: _all(words, words.full_arcs_right),
    "uas_without_punctuation": lambda words: _unpunctuated(words, words.heads_right),
    "las_without_punctuation": lambda words: _unpunctuated(words, words.arcs_right),
}


def counts(
    words: Comparison, figure: str
) -> tuple[Float[np.ndarray, " sentences"], Float[np.ndarray, " sentences"]]:
    """What each sentence adds to both sides of a figure: the figure is sum over sum.

    Below the line stands the mean of the gold and the predicted arcs that count, so that the ratio
    is the F1 of the official evaluation.

    Raises:
        DataError: no figure has this name.
    """
    if figure not in FIGURES:
        raise DataError(f"no figure is called {figure!r}; known: {', '.join(FIGURES)}")
    right, gold, predicted = FIGURES[figure](words)
    totals = (words.by_sentence(gold) + words.by_sentence(predicted)) / 2
    return words.by_sentence(right & gold).astype(np.float64), totals
