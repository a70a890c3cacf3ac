"""One way to cut a text: its characters, and where sentences, tokens and words lie in them.

Characters are counted without blanks, so that two cuts of one text can be laid over each other.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from gradus.core.errors import DataError
from gradus.text.document import Sentence, Word, surface_tokens

#: What blanks become: nothing. All of them lie before this place in Unicode.
BLANKS = {code: None for code in range(0x3001) if unicodedata.category(chr(code)) == "Zs"}


class Stretch(NamedTuple):
    """The characters ``start`` to ``end - 1`` of the text without blanks."""

    start: int
    end: int


class CutWord(NamedTuple):
    """A word and where it is."""

    token: Stretch  # all words of a multiword token have the whole of it
    in_multiword: bool
    form: str  # in small letters
    word: Word
    sentence: int  # place of its sentence, from 0


@dataclass(eq=False)
class Cuts:
    """How a text is cut."""

    name: str  # of the side, for messages
    sources: list[Sentence] = field(default_factory=list)
    characters: str = ""
    tokens: list[Stretch] = field(default_factory=list)
    sentences: list[Stretch] = field(default_factory=list)
    words: list[CutWord] = field(default_factory=list)

    @classmethod
    def of(cls, sentences: Iterable[Sentence], name: str) -> "Cuts":
        """Those of the text that ``sentences`` make.

        >>> cuts = Cuts.of([Sentence.of(["New York", "sleeps"])], "gold")
        >>> cuts.characters, cuts.tokens
        ('NewYorksleeps', [Stretch(start=0, end=7), Stretch(start=7, end=13)])

        Raises:
            DataError: a sentence has no words, or a token holds nothing but blanks.
        """
        cuts = cls(name)
        pieces: list[str] = []
        end = 0
        for place, sentence in enumerate(sentences):
            start = end
            cuts.sources.append(sentence)
            if not len(sentence):
                raise DataError(f"{cuts.place(-1)} has no words; leave it out")
            multiword = {token.first for token in sentence.multiword}
            for token in surface_tokens(sentence):
                piece = token.form.translate(BLANKS)
                if not piece:
                    raise DataError(
                        f"{cuts.place(-1)}: the token {token.form!r} is blank; remove it"
                    )
                pieces.append(piece)
                stretch = Stretch(end, end + len(piece))
                cuts.tokens.append(stretch)
                end = stretch.end
                inside = token.first in multiword
                for word in sentence.words[token.first - 1 : token.last]:
                    form = word.form if inside else piece
                    cuts.words.append(CutWord(stretch, inside, form.lower(), word, place))
            cuts.sentences.append(Stretch(start, end))
        cuts.characters = "".join(pieces)
        return cuts

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
