"""A text as paragraphs of pieces and the white space between them, in constant memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gradus.text.spacing import WHITE

#: Characters that are looked at together, as far as white space allows.
TOGETHER = 1 << 18
#: Pieces of a paragraph that are read together; what a longer one has beyond is read apart.
LONGEST = 1 << 14

#: Kinds of what stands between two pieces.
GLUED, ONE_SPACE, SPACES, LINE_END, EMPTY_LINE = range(1, 6)
LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028]")
PARAGRAPH_END = "\u2029"
WHITE_SIGN, CHUNK = re.compile(f"[{WHITE}]"), re.compile(f"[^{WHITE}]+")


@runtime_checkable
class Cutting(Protocol):
    """Whatever cuts a text into pieces."""

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """Start and end of each piece; white space is in none, and ends every piece."""


class GapKinds(dict[str, int]):
    r"""From the white space between two pieces to its kind.

    >>> kinds = GapKinds()
    >>> [kinds[gap] for gap in ("", " ", "\t", "\r\n", "\n \n")]
    [1, 2, 3, 4, 5]
    """

    def __missing__(self, gap: str) -> int:
        kind = gap_kind(gap)
        if len(gap) < 8:  # there is no end of longer ones
            self[gap] = kind
        return kind


def gap_kind(gap: str) -> int:
    """The kind of what stands between two pieces."""
    if len(gap) <= 1 and gap in ("", " "):
        return ONE_SPACE if gap else GLUED
    ends = len(LINE_ENDS.findall(gap))
    if ends > 1 or PARAGRAPH_END in gap:
        return EMPTY_LINE
    return LINE_END if ends else SPACES


@dataclass(frozen=True)
class Segment:
    """Pieces of one paragraph, the white space behind each of them, and its kind."""

    forms: list[str]
    gaps: list[str]
    kinds: list[int]
    lead: str = ""  # what stands before the first piece of a text

    def __len__(self) -> int:
        return len(self.forms)


def segments(blocks: Iterable[str], cutting: Cutting) -> Iterator[Segment]:
    r"""The paragraphs of a text that comes in blocks; how it is cut into blocks does not matter.

    >>> class Words:
    ...     def pieces(self, text):
    ...         return [found.span() for found in CHUNK.finditer(text)]
    >>> for segment in segments([" Go on", "e.\n", "\nStop."], Words()):
    ...     print(segment.forms, segment.gaps, repr(segment.lead))
    ['Go', 'one.'] [' ', '\n\n'] ' '
    ['Stop.'] [''] ''
    """
    kinds = GapKinds()
    forms: list[str] = []
    gaps: list[str] = []
    marks: list[int] = []
    lead = ""
    for text in _whole_chunks(blocks):
        spans = cutting.pieces(text)
        if not spans:
            lead += text  # only before everything else can a part be white from end to end
            continue
        starts, ends = [start for start, _ in spans], [end for _, end in spans]
        lead += text[: starts[0]]
        found = [text[end:start] for end, start in zip(ends, [*starts[1:], len(text)], strict=True)]
        forms += [text[start:end] for start, end in spans]
        gaps += found
        marks += [kinds[gap] for gap in found]
        begin = 0
        for stop in _stops(marks, begin):
            yield Segment(forms[begin:stop], gaps[begin:stop], marks[begin:stop], lead)
            begin, lead = stop, ""
        if begin:
            del forms[:begin], gaps[:begin], marks[:begin]
    if forms:
        yield Segment(forms, gaps, marks, lead)


def _stops(marks: list[int], begin: int) -> Iterator[int]:
    """Where segments end: behind an empty line, or where there are enough pieces."""
    end = len(marks)
    while begin < end:
        limit = begin + LONGEST
        try:
            stop = marks.index(EMPTY_LINE, begin, min(limit, end)) + 1
        except ValueError:
            if limit > end:
                return
            stop = limit
        yield stop
        begin = stop


def _whole_chunks(blocks: Iterable[str]) -> Iterator[str]:
    """The text in parts that end between white space and a sign that is none."""
    waiting: list[str] = []
    length, enough = 0, TOGETHER
    for block in blocks:
        waiting.append(block)
        length += len(block)
        if length < enough:
            continue
        text = "".join(waiting)
        cut = _last_chunk(text)
        if cut:
            yield text[:cut]
        waiting, length = [text[cut:]], len(text) - cut
        enough = max(TOGETHER, 2 * length)  # without a blank: no second look too soon
    yield "".join(waiting)


def _last_chunk(text: str) -> int:
    """Where the last stretch without white space begins; 0 if nothing but white stands before."""
    at = len(text)
    while at and WHITE_SIGN.match(text[at - 1]):
        at -= 1
    while at and not WHITE_SIGN.match(text[at - 1]):
        at -= 1
    return at
