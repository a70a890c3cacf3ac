"""Which column of a file holds the words, which the tags, and what parts the columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.text.document import NOTHING
from gradus.text.schemes import parse_tag

#: Rows that are looked at to find the layout.
LOOKED_AT = 10_000
#: A column holds tags if so large a share of it is tags.
SHARE = 0.5
#: What stands between the blanks that part columns.
FIELD = re.compile(r"[^ \t]+")


@dataclass(frozen=True, kw_only=True)
class ColumnLayout:
    r"""The columns of a file.

    >>> ColumnLayout(columns=4, tag=4, tabbed=False).fields("EU NNP  B-NP B-ORG")
    ['EU', 'NNP', 'B-NP', 'B-ORG']
    """

    word: int = 1  # number of the column that holds the words, counted from 1
    tag: int = 2  # number of the column that holds the tags
    columns: int = 2
    tabbed: bool = True  # whether single TABs part columns; else any blanks do
    numbered: bool = False  # whether the first column counts the words of a sentence

    @property
    def joint(self) -> str:
        """What is written between columns."""
        return "\t" if self.tabbed else " "

    @property
    def parted_by(self) -> str:
        """What parts columns, in words."""
        return "single TABs" if self.tabbed else "blanks"

    def fields(self, line: str) -> list[str]:
        """The columns of a line."""
        return line.split("\t") if self.tabbed else FIELD.findall(line)

    def split(self, fields: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
        """Word, tag and the other columns of a row, in their order."""
        word, tag = self.word - 1, self.tag - 1
        low, high = min(word, tag), max(word, tag)
        rest = (*fields[:low], *fields[low + 1 : high], *fields[high + 1 :])
        return fields[word], fields[tag], rest

    def row(self, word: str, tag: str, rest: Sequence[str] | None, number: int) -> list[str]:
        """The columns of a word, the ``number``-th; without ``rest`` the others are filled.

        >>> ColumnLayout(columns=4, word=2, tag=3, numbered=True).row("Oslo", "B-LOC", None, 7)
        ['7', 'Oslo', 'B-LOC', '_']

        Raises:
            FormatError: there are more or fewer other columns than the layout has.
        """
        if rest is None:
            rest = [NOTHING] * (self.columns - 2)
            rest[: self.numbered] = [str(number)] * self.numbered
        if len(rest) != self.columns - 2:
            raise FormatError(
                f"{word!r} has {len(rest)} columns beside word and tag, the layout has "
                f"{self.columns - 2}; write with the layout of the file that was read"
            )
        fields = list(rest)
        for place, value in sorted([(self.word - 1, word), (self.tag - 1, tag)]):
            fields.insert(place, value)
        return fields

    def is_comment(self, line: str) -> bool:
        r"""Whether a line is a comment: it begins with ``#``, but is no row, as a hashtag is.

        >>> layout = ColumnLayout()
        >>> [layout.is_comment(line) for line in ("# id = 1", "#oslo\tO", "oslo\tO")]
        [True, False, False]
        """
        if not line.startswith("#"):
            return False
        fields = self.fields(line)
        # a comment may well have as many words as a row has columns, but hardly as many TABs
        return len(fields) != self.columns or not (self.tabbed or is_tag(fields[self.tag - 1]))


def find_layout(
    rows: Sequence[str], name: str, *, word: int | None = None, tag: int | None = None
) -> ColumnLayout:
    r"""The layout of rows from the file ``name``; ``word`` and ``tag`` are as they are given.

    >>> find_layout(["1\tOslo\tB-LOC\t-", "2\t,\tO\t-"], "a.iob2")
    ColumnLayout(word=2, tag=3, columns=4, tabbed=True, numbered=True)

    Raises:
        FormatError: there is only one column, or none holds tags.
        SettingsError: there is no such column, or both are to be in the same one.
    """
    tabbed = "\t" in rows[0].strip("\t")
    bare = ColumnLayout(tabbed=tabbed)
    table = [bare.fields(row) for row in rows[:LOOKED_AT]]
    columns = len(table[0])
    table = [fields for fields in table if len(fields) == columns]
    if columns < 2:
        raise FormatError(
            f"{name}: one column in {rows[0][:60]!r}; a word and its tag stand on a line, parted "
            "by a TAB or blanks"
        )
    for number in (word, tag):
        if number is not None and not 1 <= number <= columns:
            raise SettingsError(f"there is no column {number} in {name}; choose 1 to {columns}")
    numbered = columns > 2 and _counts_words([fields[0] for fields in table])
    tag = tag or _tag_column(table, name)
    word = word or _word_column(tag, first=2 if numbered else 1)
    if word == tag:
        raise SettingsError(
            f"column {word} of {name} is to hold both words and tags; name another one"
        )
    numbered = numbered and 1 not in (word, tag)
    return ColumnLayout(word=word, tag=tag, columns=columns, tabbed=tabbed, numbered=numbered)


def is_tag(written: str) -> bool:
    """Whether this is a tag of any scheme.

    >>> is_tag("B-PER"), is_tag("B"), is_tag("newdoc")
    (True, False, False)
    """
    try:
        parse_tag(written)
    except DataError:
        return False
    return True


def _counts_words(column: Sequence[str]) -> bool:
    """Whether these are numbers that go up by one, or begin again at 1.

    >>> _counts_words(["1", "2", "1"]), _counts_words(["1", "3"])
    (True, False)
    """
    if not all(map(str.isdecimal, column)):
        return False
    numbers = [0, *map(int, column)]
    return all(number in (1, before + 1) for before, number in pairwise(numbers))


def _word_column(tag: int, *, first: int) -> int:
    """The first column for words, or the next one if that has the tags."""
    return first + (tag == first)


def _tag_column(table: Sequence[Sequence[str]], name: str) -> int:
    """The last column most of which is tags: chunks stand before names in CoNLL-2003."""
    columns = list(zip(*table, strict=True))
    for number in range(len(columns), 0, -1):
        values = columns[number - 1]
        if sum(map(is_tag, values)) > SHARE * len(values):
            return number
    raise FormatError(
        f"{name}: no column holds tags such as O and B-PER, as in {' '.join(table[0])[:60]!r}; "
        "name the column of the tags if they are written in another way"
    )
