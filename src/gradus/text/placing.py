"""Where sentences, tokens and entities stand in the raw text: offsets of characters, from 0.

Sentences stream through: one of them waits for the white space behind it, no more are kept.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gradus.text.document import Sentence, SurfaceToken, Word
from gradus.text.entities_in_misc import entity_spans
from gradus.text.spacing import spaced_tokens


@dataclass(frozen=True, slots=True)
class Token:
    """What the text shows: a word, or the token that stands for several.

    ``text[start:end]`` is its form, and ``space_after`` stands behind it.
    """

    text: str
    start: int
    end: int
    sentence: int  # place of its sentence, from 0
    first: int  # numbers of its words in the sentence, from 1
    last: int
    space_after: str
    words: tuple[Word, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entity:
    """A name or another marked stretch of words, and where it is.

    It begins and ends with whole tokens, also where a multiword token holds more words.
    """

    type: str
    text: str
    start: int
    end: int
    sentence: int  # place of its sentence, from 0
    first: int  # numbers of its words in the sentence, from 1
    last: int
    words: tuple[Word, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlacedSentence:
    """A sentence and its tokens in the text, from its first character to the last one's end."""

    sentence: Sentence
    place: int  # among the sentences, from 0
    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        """Where its first token begins."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where its last token ends."""
        return self.tokens[-1].end

    @property
    def text(self) -> str:
        """What stands there, without the white space around it."""
        return _between(self.tokens)

    def entities(self) -> list[Entity]:
        """The entities that MISC tells, in order.

        Raises:
            DataError: what stands in MISC is no tag.
        """
        spans = entity_spans(self.sentence)
        if not spans:
            return []
        of_word = [token for token in self.tokens for _ in token.words]
        found = []
        for span in spans:
            first, last = of_word[span.start], of_word[span.stop - 1]
            tokens = self.tokens[self.tokens.index(first) : self.tokens.index(last) + 1]
            found.append(
                Entity(
                    span.type,
                    _between(tokens),
                    first.start,
                    last.end,
                    self.place,
                    span.start + 1,
                    span.stop,
                    tuple(self.sentence.words[span.start : span.stop]),
                )
            )
        return found


def placed_sentences(sentences: Iterable[Sentence]) -> Iterator[PlacedSentence]:
    """The sentences with the places of their tokens, in memory that does not grow.

    A sentence without words is passed over.

    >>> go, stop = placed_sentences([Sentence.of(["Go", "on"]), Sentence.of(["Stop"])])
    >>> [(token.text, token.start, token.end) for token in (*go.tokens, *stop.tokens)]
    [('Go', 0, 2), ('on', 3, 5), ('Stop', 6, 10)]
    >>> go.text, stop.start
    ('Go on', 6)
    """
    waiting: deque[tuple[int, Sentence]] = deque()

    def watched() -> Iterator[Sentence]:
        for place, sentence in enumerate(sentences):
            if len(sentence):
                waiting.append((place, sentence))
                yield sentence

    begun: list[tuple[SurfaceToken, int]] = []  # tokens of a sentence, and where they start
    gaps: list[str] = []  # what stands behind each
    at = 0
    is_whole = False
    for space, token, is_last in spaced_tokens(watched()):
        if begun:
            gaps.append(space)
        if is_whole:
            yield _placed(*waiting.popleft(), begun, gaps)
            begun, gaps = [], []
        at += len(space)
        if token is not None:
            begun.append((token, at))
            at += len(token.form)
        is_whole = is_last


def entities_of(sentence: Sentence) -> list[Entity]:
    """The entities that MISC of a sentence tells; offsets count in its own text.

    >>> from gradus.text.entities_in_misc import with_entities
    >>> entities_of(with_entities(Sentence.of(["Call", "Ada"]), ["O", "B-PER"]))
    [Entity(type='PER', text='Ada', start=5, end=8, sentence=0, first=2, last=2)]

    Raises:
        DataError: what stands in MISC is no tag.
    """
    return [entity for placed in placed_sentences([sentence]) for entity in placed.entities()]


def _placed(
    place: int, sentence: Sentence, begun: list[tuple[SurfaceToken, int]], gaps: list[str]
) -> PlacedSentence:
    tokens = tuple(
        Token(
            token.form,
            start,
            start + len(token.form),
            place,
            token.first,
            token.last,
            gap,
            tuple(sentence.words[token.first - 1 : token.last]),
        )
        for (token, start), gap in zip(begun, gaps, strict=True)
    )
    return PlacedSentence(sentence, place, tokens)


def _between(tokens: Sequence[Token]) -> str:
    """The text from the first token to the last one's end."""
    return "".join(token.text + token.space_after for token in tokens[:-1]) + tokens[-1].text
