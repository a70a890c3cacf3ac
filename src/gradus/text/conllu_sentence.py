"""One sentence of CoNLL-U out of its lines, each checked; what is wrong is named with its line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from sys import intern
from typing import Never

from gradus.core.errors import FormatError
from gradus.text.document import NOTHING, EmptyNode, MultiwordToken, Sentence, Word
from gradus.text.trees import find_tree_fault

COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
#: Numbers as they must be written, ``2`` but neither ``02`` nor ``+2``: they are written back so.
NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
RANGE = re.compile(r"([1-9][0-9]{0,8})-([1-9][0-9]{0,8})")
EMPTY = re.compile(r"(0|[1-9][0-9]{0,8})\.([1-9][0-9]{0,8})")
#: Looking up a head is faster than reading it.
HEADS = {str(number): number for number in range(1000)}
#: Characters of a column that a message shows.
SHOWN = 40


@dataclass(frozen=True)
class SentenceLines:
    """The lines of one sentence, without the empty one, and where they stand."""

    name: str  # of the source
    start: int  # number of the first line
    lines: list[str]

    def fail(self, at: int, text: str) -> Never:
        """Raise the error that names the line ``at``, counted from 0."""
        raise FormatError(f"{self.name}, line {self.start + at}: {text}")

    def place(self, word: int) -> int:
        """Which line holds a word."""
        return next(at for at, line in enumerate(self.lines) if line.startswith(f"{word}\t"))


def parse_sentence(source: SentenceLines, *, tree: bool = False) -> Sentence:
    r"""The sentence that the lines hold; with ``tree``, one whose heads form a tree.

    >>> lines = SentenceLines("cats.conllu", 1, ["1\tcats\t_\t_\t_\t_\t0\troot\t_\t_"])
    >>> parse_sentence(lines).words[0].form
    'cats'

    Raises:
        FormatError: a line is not CoNLL-U, or a tree is asked for and there is none.
    """
    lines = source.lines
    begin = _count_comments(lines)
    sentence = Sentence([], lines[:begin], line=source.start)
    words = sentence.words
    heads: list[int | None] = []
    # every line of every corpus comes through here, so the usual one costs no call of ours
    for at in range(begin, len(lines)):
        row = lines[at].split("\t")
        if len(row) != 10 or "" in row:
            _fail_row(source, at, row)
        number, form, lemma, upos, xpos, feats, written, deprel, deps, misc = row
        expected = len(words) + 1
        if number != str(expected):
            _add_beside(sentence, source, at, row)
            continue
        head = HEADS.get(written)
        if head is None and written != NOTHING:
            head = _read_head(source, at, written)
        if head == expected:
            source.fail(at, f"word {head} is its own head; name another word, or 0 for the root")
        heads.append(head)
        words.append(
            Word(
                form, lemma, intern(upos), intern(xpos), intern(feats), head, intern(deprel),
                deps, misc,
            )
        )  # fmt: skip
    _check_extent(sentence, source)
    _check_heads(heads, source)
    if tree:
        _check_tree(heads, source)
    return sentence


def _count_comments(lines: Sequence[str]) -> int:
    count = 0
    while count < len(lines) and lines[count].startswith("#"):
        count += 1
    return count


def _read_head(source: SentenceLines, at: int, written: str) -> int:
    if not NUMBER.fullmatch(written):
        source.fail(
            at,
            f"the head is {written[:SHOWN]!r}; write the number of a word, 0 for the root, "
            f"or {NOTHING} if it is unknown",
        )
    return int(written)


def _add_beside(sentence: Sentence, source: SentenceLines, at: int, row: list[str]) -> None:
    """Add what stands beside the words: a multiword token or an empty node."""
    if found := RANGE.fullmatch(row[0]):
        token = MultiwordToken(int(found[1]), int(found[2]), row[1], tuple(row[2:]))
        _check_token(token, sentence, source, at)
        sentence.multiword.append(token)
    elif found := EMPTY.fullmatch(row[0]):
        node = EmptyNode(int(found[1]), int(found[2]), tuple(row[1:]))
        _check_node(node, sentence, source, at)
        sentence.empty.append(node)
    elif row[0].startswith("#"):
        _fail_row(source, at, row)
    else:
        count = len(sentence.words)
        source.fail(
            at,
            f"the ID is {row[0][:SHOWN]!r}, expected {count + 1} (or {count + 1}-{count + 2} for "
            f"a multiword token, {count}.1 for an empty node): words count from 1 in every "
            "sentence, and an empty line ends a sentence",
        )


def _check_token(token: MultiwordToken, sentence: Sentence, source: SentenceLines, at: int) -> None:
    expected = len(sentence.words) + 1
    name = f"the token {token.first}-{token.last}"
    if token.first != expected:
        source.fail(
            at,
            f"{name} stands before word {expected}; "
            f"move it just before word {token.first}, or mend its ID",
        )
    if token.last < token.first:
        source.fail(at, f"{name} ends before it begins; write its first word, then its last")
    before = sentence.multiword[-1] if sentence.multiword else None
    if before and before.last >= token.first:
        source.fail(
            at,
            f"{name} and the token {before.first}-{before.last} share words; "
            "give every word to one token",
        )


def _check_node(node: EmptyNode, sentence: Sentence, source: SentenceLines, at: int) -> None:
    after = len(sentence.words)
    before = sentence.empty[-1] if sentence.empty else None
    index = before.index + 1 if before and before.after == after else 1
    if (node.after, node.index) != (after, index):
        source.fail(
            at, f"the empty node has the ID {node.after}.{node.index}, expected {after}.{index}"
        )
    token = sentence.multiword[-1] if sentence.multiword else None
    if token and token.first == after + 1:
        source.fail(
            at,
            f"the empty node {after}.{index} stands between the token {token.first}-{token.last} "
            f"and its word {token.first}; move it before the token",
        )


def _check_extent(sentence: Sentence, source: SentenceLines) -> None:
    """That there are words, and as many as the multiword tokens span."""
    size = len(sentence.words)
    if not size:
        source.fail(
            0, "a sentence without words; remove it, or the empty line that parts it from its words"
        )
    token = sentence.multiword[-1] if sentence.multiword else None
    if token and token.last > size:
        name = f"{token.first}-{token.last}"
        at = next(at for at, line in enumerate(source.lines) if line.startswith(f"{name}\t"))
        source.fail(at, f"the token {name} goes beyond the last word, {size}; mend its number")


def _check_heads(heads: Sequence[int | None], source: SentenceLines) -> None:
    """That every head is a word of the sentence."""
    size = len(heads)
    if max(filter(None, heads), default=0) > size:
        word = next(word for word, head in enumerate(heads, start=1) if head and head > size)
        source.fail(
            source.place(word),
            f"the head of word {word} is {heads[word - 1]}, but the sentence has "
            f"{size} word{'s' if size > 1 else ''}; write 0 to {size}",
        )


def _check_tree(heads: Sequence[int | None], source: SentenceLines) -> None:
    """That the heads are known and form a tree."""
    if None in heads:
        word = heads.index(None) + 1
        source.fail(
            source.place(word),
            f"word {word} has no head; a tree needs one for every word, 0 for the root",
        )
    fault = find_tree_fault([head for head in heads if head is not None])
    if fault:
        source.fail(source.place(fault.word), f"{fault.text}; every word must hang below one root")


def _fail_row(source: SentenceLines, at: int, row: list[str]) -> Never:
    """Say why a line is not a row of ten columns with something in each."""
    line = source.lines[at]
    if not line.strip():
        source.fail(at, "a line of blanks; leave the line between sentences empty")
    if line.startswith("#"):
        source.fail(at, "a comment after words; comments stand before the first word")
    if len(row) != 10:
        source.fail(
            at,
            f"{len(row)} column{'s' if len(row) > 1 else ''} in {line[:SHOWN]!r}, expected the 10 "
            f"of CoNLL-U ({' '.join(COLUMNS)}); part them by single TABs",
        )
    column = row.index("")
    source.fail(
        at,
        f"column {column + 1} ({COLUMNS[column]}) is empty; write {NOTHING} where there is nothing",
    )
