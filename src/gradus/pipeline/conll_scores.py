"""How good a pipeline is from raw text on: the evaluation of the CoNLL 2018 shared task.

Both sides cut the same text into sentences and words, each in its own way. A figure compares the
words that the alignment holds for the same; a word that one side alone has costs precision or
recall. The figures are those of the official program [zeman2018].
"""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from gradus.core.errors import DataError
from gradus.pipeline.evaluated_words import (
    ROOT,
    UNALIGNED,
    UNKNOWN,
    EvaluatedWord,
    evaluated_words,
)
from gradus.tasks.parsing.comparison import CONTENT
from gradus.text.alignment import Pairs, aligned_words, check_same_text, same_stretches
from gradus.text.cuts import Cuts
from gradus.text.document import NOTHING, Sentence

#: Relations of the words of function that MLAS compares together with the word of content above.
FUNCTIONAL = frozenset({"aux", "cop", "mark", "det", "clf", "case", "cc"})

#: The columns of a table of scores.
HEADER = ("metric", "precision", "recall", "F1", "aligned accuracy")


class JudgedWord(NamedTuple):
    """A word of either side whose head is a place among the gold words."""

    word: EvaluatedWord
    head: int
    lemma: str  # nothing where the gold word has none
    below: tuple[tuple[int, str, str, str], ...]  # words of function: place, relation, tag, feats


@dataclass(frozen=True)
class Metric:
    """What must be the same of two aligned words, and whether only words of content count."""

    key: Callable[[JudgedWord], object]
    content: bool = False


#: The figures that compare aligned words.
METRICS = {
    "Words": Metric(lambda judged: ()),
    "UPOS": Metric(lambda judged: judged.word.upos),
    "XPOS": Metric(lambda judged: judged.word.xpos),
    "UFeats": Metric(lambda judged: judged.word.feats),
    "AllTags": Metric(lambda judged: (judged.word.upos, judged.word.xpos, judged.word.feats)),
    "Lemmas": Metric(lambda judged: judged.lemma),
    "UAS": Metric(lambda judged: judged.head),
    "LAS": Metric(lambda judged: (judged.head, judged.word.relation)),
    "CLAS": Metric(lambda judged: (judged.head, judged.word.relation), content=True),
    "MLAS": Metric(
        lambda judged: (
            *(judged.head, judged.word.relation, judged.word.upos, judged.word.feats),
            judged.below,
        ),
        content=True,
    ),
    "BLEX": Metric(lambda judged: (judged.head, judged.word.relation, judged.lemma), content=True),
}

#: What a side may lack as a whole: when a word has none, and the figures that it takes away.
PARTS: dict[str, tuple[Callable[[EvaluatedWord], bool], tuple[str, ...]]] = {
    "UPOS tags": (lambda word: word.upos == NOTHING, ("UPOS", "AllTags", "MLAS")),
    "XPOS tags": (lambda word: word.xpos == NOTHING, ("XPOS", "AllTags")),
    "features": (lambda word: not word.feats, ("UFeats", "AllTags", "MLAS")),
    "lemmas": (lambda word: word.lemma == NOTHING, ("Lemmas", "BLEX")),
    "heads": (lambda word: word.head == UNKNOWN, ("UAS", "LAS", "CLAS", "MLAS", "BLEX")),
    "relations": (lambda word: word.relation == NOTHING, ("LAS", "CLAS", "MLAS", "BLEX")),
}


class PartScore(NamedTuple):
    """Precision, recall and F1 of one figure; 0 where there is nothing to divide by."""

    name: str
    precision: float
    recall: float
    f1: float
    aligned_accuracy: float | None  # share of the aligned words; None for what is not aligned
    gold: int
    system: int
    correct: int
    aligned: int | None

    @classmethod
    def of(
        cls, name: str, *, gold: int, system: int, correct: int, aligned: int | None = None
    ) -> "PartScore":
        """``correct / system``, ``correct / gold`` and ``2 correct / (system + gold)``.

        >>> PartScore.of("UPOS", gold=4, system=2, correct=1, aligned=2)[1:5]
        (0.5, 0.25, 0.333..., 0.5)
        """
        pairs = (correct, system), (correct, gold), (2 * correct, system + gold)
        precision, recall, f1 = (above / below if below else 0.0 for above, below in pairs)
        accuracy = None if aligned is None else correct / aligned if aligned else 0.0
        return cls(name, precision, recall, f1, accuracy, gold, system, correct, aligned)


@dataclass(frozen=True, eq=False, repr=False)
class PipelineReport:
    """The thirteen figures of a pipeline beside gold sentences of the same text.

    >>> upos, heads, deprels = ["NOUN", "VERB"], [2, 0], ["nsubj", "root"]
    >>> gold = Sentence.of(["Cats", "sleep"], upos=upos, heads=heads, deprels=deprels)
    >>> system = Sentence.of(["Cats", "sle", "ep"], upos=["NOUN", "X", "X"])
    >>> report = PipelineReport.of([gold], [system])
    >>> report
    PipelineReport(2 gold words, 3 system words, F1 of Words 0.4000, UPOS 0.4000, LAS 0.0000)
    >>> report["Tokens"].recall
    0.5
    >>> print(report.notes[-2])
    the system side has no heads: UAS, LAS, CLAS, MLAS and BLEX cannot be right
    """

    scores: tuple[PartScore, ...]
    notes: tuple[str, ...]  # what one of the sides lacks as a whole

    @classmethod
    def of(cls, gold: Iterable[Sentence], system: Iterable[Sentence]) -> "PipelineReport":
        """The report on the sentences of ``system``, cut from the text of ``gold``.

        Heads need not form trees; one that is not known is wrong.

        Raises:
            DataError: there is no gold sentence, the texts differ in more than blanks, a token is
                blank, or a head is no word of its sentence.
        """
        right, found = Cuts.of(gold, "gold"), Cuts.of(system, "system")
        words = evaluated_words(right), evaluated_words(found)
        if not right.sentences:
            raise DataError("no gold sentence to measure on; give at least one")
        check_same_text(right, found)
        pairs = aligned_words(right.words, found.words)
        return cls(
            (*_cuts(right, found), *_compared(*words, pairs)),
            tuple(_notes({"gold": words[0], "system": words[1]})),
        )

    def __getitem__(self, name: str) -> PartScore:
        """The score of a figure by its name.

        Raises:
            DataError: no figure has this name.
        """
        if name not in self._by_name:
            raise DataError(f"no figure is called {name!r}; known: {', '.join(self._by_name)}")
        return self._by_name[name]

    def rows(self) -> list[list[str]]:
        """The lines of a table whose columns are ``HEADER``, in percent."""
        return [
            [
                score.name,
                *(f"{value:.2%}" for value in (score.precision, score.recall, score.f1)),
                "" if score.aligned_accuracy is None else f"{score.aligned_accuracy:.2%}",
            ]
            for score in self.scores
        ]

    def to_dict(self) -> dict[str, Any]:
        """All figures by name as plain values, ready for JSON, and the notes."""
        figures: dict[str, Any] = {}
        for score in self.scores:
            values = score._asdict()
            figures[values.pop("name")] = values
        return {"figures": figures, "notes": list(self.notes)}

    def __repr__(self) -> str:
        words = self["Words"]
        return (
            f"PipelineReport({words.gold:,} gold words, {words.system:,} system words, F1 of "
            + ", ".join(f"{name} {self[name].f1:.4f}" for name in ("Words", "UPOS", "LAS"))
            + ")"
        )

    def _repr_html_(self) -> str:
        """The table and the notes, for notebooks."""
        head = "".join(f"<th>{name}</th>" for name in HEADER)
        body = "".join(
            f"<tr><th>{name}</th>{''.join(f'<td>{value}</td>' for value in values)}</tr>"
            for name, *values in self.rows()
        )
        words = self["Words"]
        return (
            f"<p>{words.gold:,} gold words, {words.system:,} system words</p>"
            f"<table><tr>{head}</tr>{body}</table>"
            + "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        )

    @cached_property
    def _by_name(self) -> dict[str, PartScore]:
        return {score.name: score for score in self.scores}


def _cuts(gold: Cuts, system: Cuts) -> list[PartScore]:
    """The scores of where tokens and sentences begin and end."""
    sides = {
        "Tokens": (gold.tokens, system.tokens),
        "Sentences": (gold.sentences, system.sentences),
    }
    return [
        PartScore.of(name, gold=len(right), system=len(found), correct=same_stretches(right, found))
        for name, (right, found) in sides.items()
    ]


def _compared(
    gold: Sequence[EvaluatedWord], system: Sequence[EvaluatedWord], pairs: Pairs
) -> list[PartScore]:
    """The scores of ``METRICS``."""
    to_gold = [UNALIGNED] * len(system)
    for right, found in pairs:
        to_gold[found] = right
    lemmas = [word.lemma for word in system]
    for right, found in pairs:
        if gold[right].lemma == NOTHING:
            lemmas[found] = NOTHING
    rights = _judged(gold, range(len(gold)), [word.lemma for word in gold])
    # a head that is not known is the same as no other, be that unknown as well
    founds = _judged(system, to_gold, lemmas, unknown=UNALIGNED)
    both = [(rights[right], founds[found]) for right, found in pairs]
    sides = {content: _counted(gold, system, both, content) for content in (False, True)}
    rows = []
    for name, metric in METRICS.items():
        gold_count, system_count, counted = sides[metric.content]
        correct = sum(metric.key(right) == metric.key(found) for right, found in counted)
        # words are what is aligned, so their accuracy says nothing
        aligned = None if name == "Words" else len(counted)
        rows.append(
            PartScore.of(
                name, gold=gold_count, system=system_count, correct=correct, aligned=aligned
            )
        )
    return rows


def _counted(
    gold: Sequence[EvaluatedWord],
    system: Sequence[EvaluatedWord],
    both: list[tuple[JudgedWord, JudgedWord]],
    content: bool,
) -> tuple[int, int, list[tuple[JudgedWord, JudgedWord]]]:
    """How many words of each side count, and the aligned ones of them."""
    if not content:
        return len(gold), len(system), both
    counts = [sum(word.relation in CONTENT for word in words) for words in (gold, system)]
    return counts[0], counts[1], [pair for pair in both if pair[0].word.relation in CONTENT]


def _judged(
    words: Sequence[EvaluatedWord],
    to_gold: Sequence[int],
    lemmas: Sequence[str],
    unknown: int = UNKNOWN,
) -> list[JudgedWord]:
    """The words with places of gold words for their own."""
    places = {ROOT: ROOT, UNKNOWN: unknown}
    below: list[list[tuple[int, str, str, str]]] = [[] for _ in words]
    for place, word in enumerate(words):
        if word.head >= 0 and word.relation in FUNCTIONAL:
            below[word.head].append((to_gold[place], word.relation, word.upos, word.feats))
    return [
        JudgedWord(
            word,
            to_gold[word.head] if word.head >= 0 else places[word.head],
            lemma,
            tuple(functional),
        )
        for word, lemma, functional in zip(words, lemmas, below, strict=True)
    ]


def _notes(sides: Mapping[str, Sequence[EvaluatedWord]]) -> list[str]:
    """What a side lacks as a whole; what both lack is no part of the comparison."""
    notes = []
    for part, (lacks, figures) in PARTS.items():
        lacking = [name for name, words in sides.items() if all(map(lacks, words))]
        named = f"{', '.join(figures[:-1])} and {figures[-1]}"
        if lacking == ["system"]:
            notes.append(f"the system side has no {part}: {named} cannot be right")
        elif lacking:
            both = "neither side has" if len(lacking) == 2 else "the gold side has no"
            notes.append(f"{both} {part}: {named} say nothing of them")
    return notes
