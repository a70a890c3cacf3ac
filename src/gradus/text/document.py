"""A sentence as Universal Dependencies sees it: words with tags, heads and whatever stands beside.

Fields are kept as written, ``_`` for nothing, so that what was read is written back byte for byte.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import NamedTuple

#: What CoNLL-U writes where there is nothing.
NOTHING = "_"


@dataclass(slots=True)
class Word:
    """One syntactic word; its fields are the columns of CoNLL-U.

    >>> Word("cats", "cat", "NOUN", feats="Number=Plur").features
    {'Number': 'Plur'}
    """

    form: str
    lemma: str = NOTHING
    upos: str = NOTHING
    xpos: str = NOTHING
    feats: str = NOTHING
    head: int | None = None  # number of the head, counted from 1; 0 for the root, None if unknown
    deprel: str = NOTHING
    deps: str = NOTHING
    misc: str = NOTHING

    @property
    def features(self) -> dict[str, str]:
        """The morphological features by name."""
        if self.feats == NOTHING:
            return {}
        return dict(entry.partition("=")[::2] for entry in self.feats.split("|"))


@dataclass(slots=True)
class MultiwordToken:
    """A token of the text that stands for the words ``first`` to ``last``, counted from 1."""

    first: int
    last: int
    form: str
    rest: tuple[str, ...] = (NOTHING,) * 8  # the columns after the form

    @property
    def misc(self) -> str:
        """The last column."""
        return self.rest[-1]


@dataclass(slots=True)
class EmptyNode:
    """A word that is understood but not written: the ``index``-th after word ``after``."""

    after: int
    index: int
    columns: tuple[str, ...] = (NOTHING,) * 9  # from the form on


class SurfaceToken(NamedTuple):
    """What the text shows: a word, or the token that stands for the words ``first`` to ``last``."""

    form: str
    misc: str
    first: int
    last: int

    @property
    def multiword(self) -> bool:
        """Whether it stands for several words."""
        return self.last > self.first


@dataclass(slots=True)
class Sentence:
    """Words 1 to n, with comments, multiword tokens and empty nodes.

    >>> sentence = Sentence.of(["Cats", "sleep"], heads=[2, 0], deprels=["nsubj", "root"])
    >>> sentence.words[0].head, len(sentence)
    (2, 2)
    """

    words: list[Word]
    comments: list[str] = field(default_factory=list)  # whole lines, with their number sign
    multiword: list[MultiwordToken] = field(default_factory=list)
    empty: list[EmptyNode] = field(default_factory=list)
    line: int = 0  # where it began in its file, 0 if it came from nowhere

    @classmethod
    def of(
        cls,
        forms: Sequence[str],
        *,
        upos: Sequence[str] | None = None,
        heads: Sequence[int | None] | None = None,
        deprels: Sequence[str] | None = None,
    ) -> "Sentence":
        """A sentence of ``forms``, with tags and a tree where they are given."""
        blank = [NOTHING] * len(forms)
        columns = zip(
            forms, upos or blank, heads or [None] * len(forms), deprels or blank, strict=True
        )
        return cls(
            [Word(form, upos=tag, head=head, deprel=rel) for form, tag, head, rel in columns]
        )

    def __len__(self) -> int:
        return len(self.words)

    @property
    def heads(self) -> list[int | None]:
        """The head of every word."""
        return [word.head for word in self.words]

    @property
    def deprels(self) -> list[str]:
        """The relation of every word to its head."""
        return [word.deprel for word in self.words]

    @property
    def sent_id(self) -> str | None:
        """The name of the sentence, from its comment ``# sent_id = ``."""
        return self.comment("sent_id")

    @property
    def text(self) -> str:
        """The text as it was written: from the comment ``# text = ``, else put together again.

        >>> token = MultiwordToken(1, 2, "Im", rest=(NOTHING,) * 8)
        >>> words = [Word("In"), Word("dem"), Word("Haus", misc="SpaceAfter=No"), Word(".")]
        >>> Sentence(words, multiword=[token]).text
        'Im Haus.'
        """
        given = self.comment("text")
        if given is not None:
            return given
        pieces = [token.form + _gap(token.misc) for token in surface_tokens(self)]
        return "".join(pieces).removesuffix(" ")

    def comment(self, key: str) -> str | None:
        """What the first comment ``# key = value`` says; ``None`` if there is none.

        >>> Sentence([Word("Go")], ["# newpar", "# genre = news"]).comment("genre")
        'news'
        """
        for line in self.comments:
            name, sign, value = line[1:].partition("=")
            if sign and name.strip() == key:
                return value.strip()
        return None

    def _repr_html_(self) -> str:
        """The tree as a picture, for notebooks."""
        # by name: the drawing knows sentences, and a sentence only that someone can draw it
        return import_module("gradus.text.arcs.page").html_part(self)


def surface_tokens(sentence: Sentence) -> Iterator[SurfaceToken]:
    """The tokens of a sentence as its text shows them."""
    covering = {token.first: token for token in sentence.multiword}
    covered = 0
    for number, word in enumerate(sentence.words, start=1):
        token = covering.get(number)
        if token:
            covered = token.last
            yield SurfaceToken(token.form, token.misc, number, token.last)
        elif number > covered:
            yield SurfaceToken(word.form, word.misc, number, number)


def _gap(misc: str) -> str:
    """What follows a token in the text."""
    return "" if "SpaceAfter=No" in misc.split("|") else " "
