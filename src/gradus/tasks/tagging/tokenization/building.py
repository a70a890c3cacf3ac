"""From labelled pieces to sentences, in which the text is kept byte for byte."""

from collections.abc import Callable, Iterator, Sequence

from gradus.tasks.tagging.tokenization.segments import EMPTY_LINE, Segment
from gradus.text.document import NOTHING, MultiwordToken, Sentence, Word
from gradus.text.spacing import ONE_SPACE, spaces_misc

#: What a piece is the end of: nothing, a token, a sentence; and the same of multiword tokens.
INSIDE, TOKEN, SENTENCE, MULTIWORD, MULTIWORD_SENTENCE = range(5)
ENDS_SENTENCE = frozenset((SENTENCE, MULTIWORD_SENTENCE))

#: Words of one sentence: what has no end by then is ended, so that memory stays constant.
LONGEST_SENTENCE = 1 << 12

#: Gives the words of a multiword token by its form; None if nothing is known.
Expand = Callable[[str], list[str] | None]


class Miscs(dict[str, str]):
    """From the white space behind a token to its MISC."""

    def __missing__(self, gap: str) -> str:
        misc = spaces_misc(gap)
        if len(gap) < 8:  # there is no end of longer ones
            self[gap] = misc
        return misc


class Builder:
    r"""Takes labelled pieces, segment after segment, and gives sentences numbered through.

    >>> builder = Builder({"im": ["in", "dem"]}.get)
    >>> segment = Segment(["im", "Haus", "."], [" ", "", "\n"], [2, 1, 4])
    >>> (sentence,) = [*builder.take(segment, [3, 1, 1]), *builder.finish()]
    >>> [word.form for word in sentence.words], sentence.comments
    (['in', 'dem', 'Haus', '.'], ['# sent_id = 1', '# text = im Haus.'])
    """

    def __init__(self, expand: Expand) -> None:
        self._expand = expand
        self._count = 0
        self._words: list[Word] = []
        self._multiword: list[MultiwordToken] = []
        self._text: list[str] = []
        self._parted = False  # whether an empty line stood before the sentence
        self._lead = ""  # white space before everything
        self._form = ""  # of a token that goes on in the next segment,
        self._inner = ""  # and the white space behind its last piece
        self._miscs = Miscs()

    def take(self, segment: Segment, labels: Sequence[int]) -> Iterator[Sentence]:
        """The sentences that end in ``segment``, whose pieces have these labels."""
        self._lead = segment.lead or self._lead
        words, text, miscs, form = self._words, self._text, self._miscs, self._form
        for piece, gap, kind, label in zip(
            segment.forms, segment.gaps, segment.kinds, labels, strict=True
        ):
            form = form + piece if form else piece
            if label == INSIDE:
                form, self._inner = form + gap, gap
                continue
            if label < MULTIWORD or not self._add_multiword(form, miscs[gap]):
                words.append(Word(form, misc=miscs[gap]))
            text.append(f"{form} " if gap else form)
            form = ""
            if label in ENDS_SENTENCE or len(words) >= LONGEST_SENTENCE:
                yield self._sentence()
                self._parted = kind == EMPTY_LINE
                words, text = self._words, self._text
        self._form = form

    def finish(self) -> Iterator[Sentence]:
        """The sentence that only the end of the text ends, if there is one."""
        if self._form:
            form = self._form.removesuffix(self._inner)
            self._words.append(Word(form, misc=self._miscs[self._inner]))
            self._text.append(form)
        if self._words:
            yield self._sentence()

    def _add_multiword(self, form: str, misc: str) -> bool:
        """Add a token and the words that it stands for; false if they are unknown."""
        found = self._expand(form)
        if found is None or len(found) < 2:
            return False
        first = len(self._words) + 1
        self._words += map(Word, found)
        rest = (*[NOTHING] * 7, misc)
        self._multiword.append(MultiwordToken(first, len(self._words), form, rest))
        return True

    def _sentence(self) -> Sentence:
        self._count += 1
        if self._lead:
            self._tell_lead()
        text = "".join(self._text).removesuffix(" ")
        comments = [f"# sent_id = {self._count}", f"# text = {text}"]
        if self._parted:
            comments.insert(0, "# newpar")
        sentence = Sentence(self._words, comments, self._multiword)
        self._words, self._multiword, self._text = [], [], []
        return sentence

    def _tell_lead(self) -> None:
        """Write into the first token of all what stands before it."""
        before, self._lead = spaces_misc(ONE_SPACE, before=self._lead), ""
        if self._multiword and self._multiword[0].first == 1:
            token = self._multiword[0]
            token.rest = (*token.rest[:-1], _joined(before, token.misc))
        else:
            self._words[0].misc = _joined(before, self._words[0].misc)


def _joined(entry: str, misc: str) -> str:
    return entry if misc == NOTHING else f"{entry}|{misc}"
