"""A document: the sentences of a text, its tokens and entities, and where all of them are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from gradus.text.conllu import format_conllu, read_conllu
from gradus.text.document import Sentence, Word
from gradus.text.placing import Entity, PlacedSentence, Token, placed_sentences
from gradus.text.plain_values import sentence_values
from gradus.text.sources import Source
from gradus.text.spacing import raw_text

#: Characters of the text that a line about a document shows.
SHOWN = 40


@dataclass(frozen=True, eq=False, repr=False)
class Document:
    r"""The sentences of a text, which are not to be changed afterwards.

    Offsets count characters (code points) of ``text``, from 0.

    >>> from gradus.text.document import Word
    >>> from gradus.text.entities_in_misc import with_entities
    >>> words = [Word("Ask"), Word("Ada", misc="SpaceAfter=No"), Word("!", misc=r"SpacesAfter=\n")]
    >>> document = Document.of([with_entities(Sentence(words), ["O", "B-PER", "O"])])
    >>> document.text
    'Ask Ada!\n'
    >>> document.entities
    (Entity(type='PER', text='Ada', start=4, end=7, sentence=0, first=2, last=2),)
    >>> document.tokens[2]
    Token(text='!', start=7, end=8, sentence=0, first=3, last=3, space_after='\n')
    >>> document
    Document(1 sentence, 3 words: 'Ask Ada!')
    """

    sentences: tuple[Sentence, ...]

    @classmethod
    def of(cls, sentences: Iterable[Sentence]) -> "Document":
        """The document that the sentences make, in their order."""
        return cls(tuple(sentences))

    @classmethod
    def from_conllu(cls, source: Source) -> "Document":
        r"""The document in a file of CoNLL-U, packed or not, on standard input, or in lines.

        >>> len(Document.from_conllu(["1\tGo\t_\t_\t_\t_\t_\t_\t_\t_"]))
        1

        Raises:
            DataError: the source cannot be read, is damaged, or holds no sentence.
            FormatError: a line is not CoNLL-U.
        """
        return cls.of(read_conllu(source))

    @cached_property
    def text(self) -> str:
        """The raw text, with all white space that the sentences tell."""
        return raw_text(self.sentences)

    @cached_property
    def placed(self) -> tuple[PlacedSentence, ...]:
        """The sentences that have words, with the places of their tokens."""
        return tuple(placed_sentences(self.sentences))

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """What the text shows, in order."""
        return tuple(chain.from_iterable(one.tokens for one in self.placed))

    @property
    def words(self) -> list[Word]:
        """The syntactic words of all sentences."""
        return [word for sentence in self.sentences for word in sentence.words]

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The entities that MISC of the words tells, in order.

        Raises:
            DataError: what stands in MISC is no tag.
        """
        return tuple(chain.from_iterable(one.entities() for one in self.placed))

    def __len__(self) -> int:
        """How many sentences there are."""
        return len(self.sentences)

    def __iter__(self) -> Iterator[Sentence]:
        return iter(self.sentences)

    def __getitem__(self, place: int) -> Sentence:
        """The sentence at a place, from 0."""
        return self.sentences[place]

    def to_conllu(self) -> str:
        """The document as CoNLL-U.

        Raises:
            FormatError: a sentence cannot be written.
        """
        return "".join(map(format_conllu, self.sentences))

    def to_dict(self) -> dict[str, Any]:
        """``text`` and ``sentences`` as plain values; :mod:`gradus.text.plain_values` lists them.

        Raises:
            DataError: a tag of an entity in MISC is none.
        """
        return {"text": self.text, "sentences": list(map(sentence_values, self.placed))}

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        size, words = len(self), sum(map(len, self.sentences))
        text = " ".join(self.text.split())
        start = text if len(text) <= SHOWN else text[:SHOWN].rstrip() + "…"
        return (
            f"Document({size:,} sentence{'s' * (size != 1)}, {words:,} word{'s' * (words != 1)}: "
            f"{start!r})"
        )

    def _repr_html_(self) -> str:
        """The running text with its entities and the trees, for notebooks."""
        from gradus.text.document_page import html_part

        return html_part(self.placed)
