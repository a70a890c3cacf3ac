"""What the evaluation of CoNLL 2018 compares of the words of one side."""

from functools import lru_cache
from typing import NamedTuple

from gradus.core.errors import DataError
from gradus.text.cuts import Cuts

#: Features that all languages share; others do not count.
UNIVERSAL_FEATURES = frozenset(
    {
        *("PronType", "NumType", "Poss", "Reflex", "Foreign", "Abbr", "Gender", "Animacy"),
        *("Number", "Case", "Definite", "Degree", "VerbForm", "Mood", "Tense", "Aspect", "Voice"),
        *("Evident", "Polarity", "Person", "Polite"),
    }
)

#: Heads that are no word: above the root, not known, and a word that the other side has not.
ROOT, UNKNOWN, UNALIGNED = -1, -2, -3


class EvaluatedWord(NamedTuple):
    """What is compared of a word."""

    lemma: str
    upos: str
    xpos: str
    feats: str  # universal ones only, by name
    head: int  # place among the words of the text, from 0, or one of the constants above
    relation: str  # up to the colon


def evaluated_words(cuts: Cuts) -> list[EvaluatedWord]:
    """What is compared of the words of one side.

    >>> from gradus.text.document import Sentence
    >>> cuts = Cuts.of([Sentence.of(["New York", "sleeps"], heads=[2, 0])], "gold")
    >>> [word.head for word in evaluated_words(cuts)] == [1, ROOT]
    True

    Raises:
        DataError: a head is no word of its sentence.
    """
    firsts: dict[int, int] = {}
    judged = []
    for place, cut in enumerate(cuts.words):
        first, word = firsts.setdefault(cut.sentence, place), cut.word
        if word.head is None:
            head = UNKNOWN
        elif 0 <= word.head <= len(cuts.sources[cut.sentence]):
            head = first + word.head - 1 if word.head else ROOT
        else:
            raise DataError(
                f"{cuts.place(cut.sentence)}: the head of {word.form!r} is {word.head}, but the "
                f"sentence has {len(cuts.sources[cut.sentence])} words; write 0 for the root, or "
                "one of them"
            )
        feats, relation = universal_features(word.feats), word.deprel.partition(":")[0]
        judged.append(EvaluatedWord(word.lemma, word.upos, word.xpos, feats, head, relation))
    return judged


@lru_cache(maxsize=1 << 14)
def universal_features(feats: str) -> str:
    """The features that count, in one order.

    >>> universal_features("Number=Plur|Typo=Yes|Case=Nom")
    'Case=Nom|Number=Plur'
    """
    return "|".join(
        sorted(one for one in feats.split("|") if one.partition("=")[0] in UNIVERSAL_FEATURES)
    )
