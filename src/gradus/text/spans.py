"""Spans of words, such as names, out of the tags of a sentence and back, and faults of the tags.

A reader that follows a scheme drops spans that the scheme would not write so. The lenient one, that
of conlleval, takes every word with a letter into some span.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gradus.core.errors import DataError
from gradus.text.schemes import NO_SPAN, OUTSIDE, SCHEMES, Scheme, Tag, parse_tag


class Span(NamedTuple):
    """The words ``start`` to ``stop - 1``, counted from 0, and what they are."""

    start: int
    stop: int
    type: str


class TagFault(NamedTuple):
    """A tag that its scheme does not allow there, and its word, counted from 1."""

    word: int
    text: str


def spans_of(tags: Sequence[str], scheme: str | None = None) -> list[Span]:
    """The spans that the tags of a sentence mark, in order.

    Without a scheme every scheme is read as conlleval reads it: a tag that cannot go on with the
    span before it begins a new one, whatever its letter. With a scheme only the spans that it
    would write so count; these are those of seqeval's strict mode.

    >>> spans_of(["I-PER", "I-PER", "I-LOC"])
    [Span(start=0, stop=2, type='PER'), Span(start=2, stop=3, type='LOC')]
    >>> spans_of(["I-PER", "I-PER", "I-LOC"], "IOB2")
    []

    Raises:
        DataError: a tag is none, or its letter is not of the scheme.
        SettingsError: no scheme has this name.
    """
    rules = None if scheme is None else SCHEMES.make(scheme)
    read = rules.read if rules else parse_tag
    found: list[Span] = []
    start, before = -1, OUTSIDE
    for place, tag in enumerate([*map(read, tags), OUTSIDE]):
        if start < 0 or not _goes_on(before, tag):
            if start >= 0 and (rules is None or _counts(rules, before, tag)):
                found.append(Span(start, place, before.type))
            begun = tag is not OUTSIDE and (rules is None or rules.begins(before, tag))
            start = place if begun else -1
        before = tag
    return found


def tags_of(spans: Iterable[Span], length: int, scheme: str = "IOB2") -> list[str]:
    """The tags of a sentence of ``length`` words that mark ``spans``, given in any order.

    >>> tags_of([Span(0, 2, "PER"), Span(2, 3, "PER")], 4, "BIOES")
    ['B-PER', 'E-PER', 'S-PER', 'O']

    Raises:
        DataError: a span is empty, has no type, overlaps with another or leaves the sentence.
        SettingsError: no scheme has this name.
    """
    rules = SCHEMES.make(scheme)
    tags = [NO_SPAN] * length
    before = Span(0, 0, "")
    for span in sorted(spans):
        _check_span(span, before, length)
        parted = before.stop == span.start and before.type == span.type
        tags[span.start : span.stop] = rules.spell(span.stop - span.start, span.type, parted=parted)
        before = span
    return tags


def convert_tags(tags: Sequence[str], scheme: str) -> list[str]:
    """The same spans in another scheme; the tags are read leniently, so that none is lost.

    >>> convert_tags(["I-PER", "I-PER", "O", "I-LOC"], "BILOU")
    ['B-PER', 'L-PER', 'O', 'U-LOC']

    Raises:
        DataError: a tag is none.
        SettingsError: no scheme has this name.
    """
    return tags_of(spans_of(tags), len(tags), scheme)


def may_follow(before: str, tag: str, scheme: str) -> bool:
    """Whether a scheme allows ``tag`` just after ``before``; O stands for either end of a sentence.

    >>> may_follow("B-PER", "I-PER", "IOB2"), may_follow("O", "I-PER", "IOB2")
    (True, False)

    Raises:
        DataError: a tag is none, or its letter is not of the scheme.
        SettingsError: no scheme has this name.
    """
    rules = SCHEMES.make(scheme)
    return not _faults_between(rules, 1, rules.read(before), rules.read(tag))


def tag_faults(tags: Sequence[str], scheme: str) -> list[TagFault]:
    """Every tag of a sentence that the scheme does not allow where it stands.

    There are none exactly when the strict spans, written again, give the same tags.

    >>> for fault in tag_faults(["I-PER", "E-PER", "B-PER"], "BIOES"):
    ...     print(fault.word, fault.text)
    1 I-PER goes on with no span; BIOES begins one with B or S
    3 B-PER is not the last word of a span; BIOES ends one with E or S

    Raises:
        SettingsError: no scheme has this name.
    """
    rules = SCHEMES.make(scheme)
    faults: list[TagFault] = []
    before: Tag | None = OUTSIDE
    for word, written in enumerate([*tags, NO_SPAN], start=1):
        try:
            tag = rules.read(written)
        except DataError as error:
            faults.append(TagFault(word, str(error)))
            before = None  # nothing can be said about what touches it
            continue
        if before is not None:
            faults += _faults_between(rules, word, before, tag)
        before = tag
    return faults


def find_scheme(sentences: Iterable[Sequence[str]]) -> str:
    """The scheme that the tags of some sentences follow best.

    L and U tell BILOU, E and S tell BIOES; else it is IOB2 or IOB1, whichever has fewer faults,
    IOB2 if both have none.

    >>> find_scheme([["O", "I-PER"], ["I-PER", "B-PER"]])
    'IOB1'

    Raises:
        DataError: a tag is none, or letters of BIOES and of BILOU stand side by side.
    """
    rows = [list(tags) for tags in sentences]
    letters = {parse_tag(tag).letter for row in rows for tag in row}
    bioes_only, bilou_only = letters & set("ES"), letters & set("LU")
    if bioes_only and bilou_only:
        raise DataError(
            f"the tags have {', '.join(sorted(bioes_only))} of BIOES and "
            f"{', '.join(sorted(bilou_only))} of BILOU; write all of them in one scheme"
        )
    if bioes_only or bilou_only:
        return "BIOES" if bioes_only else "BILOU"
    return min(("IOB2", "IOB1"), key=lambda name: sum(len(tag_faults(row, name)) for row in rows))


def _goes_on(before: Tag, tag: Tag) -> bool:
    """Whether a span that ``before`` belongs to has ``tag`` as its next word; in every scheme."""
    return before.role in "BI" and tag.role in "IE" and before.type == tag.type


def _counts(rules: Scheme, before: Tag, tag: Tag) -> bool:
    """Whether a span that stops at ``before`` is a whole one."""
    # seqeval's strict IOB1 drops a span that begins and ends with B before a B of another type
    parts_nothing = rules.parts and before.role == tag.role == "B" and before.type != tag.type
    return rules.ends(before) and not parts_nothing


def _faults_between(rules: Scheme, word: int, before: Tag, tag: Tag) -> list[TagFault]:
    """What is wrong where ``tag``, that of ``word``, comes after ``before``."""
    if _goes_on(before, tag):
        return []
    faults = []
    if before is not OUTSIDE and not rules.ends(before):
        text = f"{'-'.join(before)} is not the last word of a span; {rules.name} ends one with "
        faults.append(TagFault(word - 1, text + f"{rules.last} or {rules.alone}"))
    if tag is not OUTSIDE and not rules.begins(before, tag):
        what = "parts no spans of its type" if tag.role == "B" else "goes on with no span"
        text = f"{'-'.join(tag)} {what}; {rules.name} begins one with "
        faults.append(TagFault(word, text + " or ".join(dict.fromkeys((rules.first, rules.alone)))))
    return faults


def _check_span(span: Span, before: Span, length: int) -> None:
    if not 0 <= span.start < span.stop <= length or not span.type:
        raise DataError(
            f"{span} is no span of a sentence of {length} words; it needs a type, and "
            f"0 <= start < stop <= {length}"
        )
    if span.start < before.stop:
        raise DataError(f"{before} and {span} share words, which no tags can mark; keep one")
