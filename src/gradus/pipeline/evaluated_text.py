"""One side of an evaluation from raw text: its characters, and where tokens and words lie in them.

Characters are counted without blanks, so that two cuts of one text can be laid over each other.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from gradus.core.errors import DataError
from gradus.text.document import Sentence, Word
from gradus.text.spacing import surface_tokens

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

#: What blanks become: nothing. All of them lie before this place in Unicode.
BLANKS = {code: None for code in range(0x3001) if unicodedata.category(chr(code)) == "Zs"}


class Stretch(NamedTuple):
    """The characters ``start`` to ``end - 1`` of the text without blanks."""

    start: int
    end: int


class EvaluatedWord(NamedTuple):
    """What is compared of a word."""

    token: Stretch  # all words of a multiword token have the whole of it
    in_multiword: bool
    form: str  # in small letters
    lemma: str
    upos: str
    xpos: str
    feats: str  # universal ones only, by name
    head: int  # place among the words of the text, from 0, or one of the constants above
    relation: str  # up to the colon


@dataclass(eq=False)
class EvaluatedText:
    """All that is compared of one side."""

    name: str  # for messages
    sources: list[Sentence] = field(default_factory=list)
    characters: str = ""
    tokens: list[Stretch] = field(default_factory=list)
    sentences: list[Stretch] = field(default_factory=list)
    words: list[EvaluatedWord] = field(default_factory=list)

    @classmethod
    def of(cls, sentences: Iterable[Sentence], name: str) -> "EvaluatedText":
        """The side that ``sentences`` make.

        >>> text = EvaluatedText.of([Sentence.of(["New York", "sleeps"])], "gold")
        >>> text.characters, text.tokens
        ('NewYorksleeps', [Stretch(start=0, end=7), Stretch(start=7, end=13)])

        Raises:
            DataError: a sentence has no words, a token holds nothing but blanks, or a head is no
                word of its sentence.
        """
        text = cls(name)
        pieces: list[str] = []
        end = 0
        for sentence in sentences:
            start, first = end, len(text.words)
            text.sources.append(sentence)
            if not len(sentence):
                raise DataError(f"{text.place(-1)} has no words; leave it out")
            multiword = {token.first for token in sentence.multiword}
            for token in surface_tokens(sentence):
                piece = token.form.translate(BLANKS)
                if not piece:
                    raise DataError(
                        f"{text.place(-1)}: the token {token.form!r} is blank; remove it"
                    )
                pieces.append(piece)
                stretch = Stretch(end, end + len(piece))
                text.tokens.append(stretch)
                end = stretch.end
                inside = token.first in multiword
                for word in sentence.words[token.first - 1 : token.last]:
                    form = word.form if inside else piece
                    text.words.append(text._judged(word, form, stretch, inside, first))
            text.sentences.append(Stretch(start, end))
        text.characters = "".join(pieces)
        return text

    def place(self, index: int) -> str:
        """The name of a sentence in messages: side, number, and id or line."""
        index %= len(self.sources)
        sentence = self.sources[index]
        told = sentence.sent_id or (f"line {sentence.line}" if sentence.line else "")
        return f"{self.name} sentence {index + 1}" + (f" ({told})" if told else "")

    def sentence_at(self, character: int) -> int:
        """The place of the sentence that holds a character; of the last one beyond the end."""
        return next(
            (place for place, found in enumerate(self.sentences) if character < found.end),
            len(self.sentences) - 1,
        )

    def _judged(
        self, word: Word, form: str, token: Stretch, in_multiword: bool, first: int
    ) -> EvaluatedWord:
        if word.head is None:
            head = UNKNOWN
        elif 0 <= word.head <= len(self.sources[-1]):
            head = first + word.head - 1 if word.head else ROOT
        else:
            raise DataError(
                f"{self.place(-1)}: the head of {word.form!r} is {word.head}, but the sentence has "
                f"{len(self.sources[-1])} words; write 0 for the root, or one of them"
            )
        return EvaluatedWord(
            token,
            in_multiword,
            form.lower(),
            word.lemma,
            word.upos,
            word.xpos,
            universal_features(word.feats),
            head,
            word.deprel.partition(":")[0],
        )


@lru_cache(maxsize=1 << 14)
def universal_features(feats: str) -> str:
    """The features that count, in one order.

    >>> universal_features("Number=Plur|Typo=Yes|Case=Nom")
    'Case=Nom|Number=Plur'
    """
    return "|".join(
        sorted(one for one in feats.split("|") if one.partition("=")[0] in UNIVERSAL_FEATURES)
    )
