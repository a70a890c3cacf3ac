"""Which part of a constituent is its head: a table of searches, in a format that can be written.

The rules for English follow Collins' table [collins1999] in the form it has been given for
dependency parsing [yamada2003].
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gradus.core.errors import FormatError
from gradus.text.sources import Source
from gradus.text.whole_text import source_name, whole_text

#: What names the rule for all other categories, and the line of tags that head nothing.
OTHERS, NEVER = "*", "never"

DIRECTIONS = ("left", "right")

#: The rules for the Penn Treebank, in the format of :func:`parse_head_rules`.
ENGLISH_RULES = """
never   . , : `` '' -LRB- -RRB- HYPH NFP
*       right

# clauses
S       left TO IN VP S SBAR ADJP UCP NP
SBAR    left WHNP WHPP WHADVP WHADJP IN DT S SQ SINV SBAR FRAG
SBARQ   left SQ S SINV SBARQ FRAG
SINV    left VBZ|VBD|VBP|VB|MD VP S SINV ADJP NP
SQ      left VBZ|VBD|VBP|VB|MD VP SQ
FRAG    right
UCP     right
RRC     right VP NP ADVP ADJP PP

# verbs
VP      left TO VBD|VBN|MD|VBZ|VB|VBG|VBP VP ADJP NN|NNS NP

# nouns
NP      right NN|NNP|NNPS|NNS|NX|NML|POS|JJR; left NP; right $|ADJP|PRN CD JJ|JJS|RB|QP
NX      right NN|NNP|NNPS|NNS|NX|NML|POS|JJR; left NP; right $|ADJP|PRN CD JJ|JJS|RB|QP
NML     right NN|NNP|NNPS|NNS|NX|NML|POS|JJR; left NP; right $|ADJP|PRN CD JJ|JJS|RB|QP
NAC     left NN|NNS|NNP|NNPS NP NAC EX $ CD QP PRP VBG JJ JJS JJR ADJP FW
QP      left $ IN NNS NN JJ RB DT CD QP JJR JJS
WHNP    left WDT WP WP$ WHADJP WHPP WHNP; right NN|NNS|NNP|NNPS

# adjectives, adverbs, prepositions and the rest
ADJP    left NNS QP NN $ ADVP JJ VBN VBG ADJP JJR NP JJS DT FW RBR RBS SBAR RB
ADVP    right RB RBR RBS FW ADVP TO CD JJR JJ IN NP JJS NN
PP      right IN TO VBG VBN RP FW
WHADJP  left CC WRB JJ ADJP
WHADVP  right CC WRB
WHPP    right IN TO FW
CONJP   right CC RB IN
PRN     left
PRT     right RP
INTJ    left
LST     right LS :
"""


class Search(NamedTuple):
    """One look through the parts, from one end on, for the first of a group of categories."""

    direction: str  # the end to begin at: left or right
    group: frozenset[str]


class Rule(NamedTuple):
    """The searches for the head of a category, and where to look when none finds it."""

    searches: tuple[Search, ...]
    otherwise: str  # take the first part from this end


@dataclass(frozen=True)
class HeadRules:
    """How to find the head of every constituent.

    >>> ENGLISH.head("NP", ["DT", "NN", "NN"]), ENGLISH.head("VP", ["MD", "VP"])
    (2, 0)
    """

    rules: Mapping[str, Rule]
    never: frozenset[str]  # categories that are head only if there is nothing else

    def head(self, category: str, parts: Sequence[str]) -> int:
        """The index of the head among ``parts``, the categories of the parts from left to right.

        Function tags do not count: ``NP-SBJ-1`` is an ``NP``.
        """
        rule = self.rules.get(bare_category(category)) or self.rules[OTHERS]
        bare = [bare_category(part) for part in parts]
        usable = [index for index, part in enumerate(bare) if part not in self.never]
        indices = usable or list(range(len(bare)))
        for direction, group in rule.searches:
            for index in _from(direction, indices):
                if bare[index] in group:
                    return index
        return _from(rule.otherwise, indices)[0]


def bare_category(label: str) -> str:
    """A label without function tags and indices.

    >>> [bare_category(label) for label in ("NP-SBJ-1", "NP=2", "-LRB-", "WP$")]
    ['NP', 'NP', '-LRB-', 'WP$']
    """
    if label.startswith("-"):  # the tag of a bracket
        return label
    return re.split("[-=]", label, maxsplit=1)[0]


def parse_head_rules(text: str, *, name: str = "") -> HeadRules:
    """Rules from text: a category a line, then searches with ``;`` between them.

    A search is ``left`` or ``right``, the end to begin at, and groups of categories: the first
    group is looked for in all parts, then the second. ``|`` joins the categories of a group, of
    which the nearest is taken. If no search finds a head, the first part from the end of the first
    search is taken. ``*`` stands for all other categories (without it, ``right``), ``never`` for
    tags that are no heads, and a line that begins with ``# `` is a remark.

    >>> rules = parse_head_rules("NP right N|PN; left NP")
    >>> rules.head("NP", ["NP", "NP"]), rules.head("NP", ["D", "N", "PP"])
    (0, 1)

    Raises:
        FormatError: a line does not follow the format, or a category comes twice.
    """
    rules: dict[str, Rule] = {}
    never: frozenset[str] = frozenset()
    for number, line in enumerate(text.splitlines(), start=1):
        category, _, rest = " ".join(line.split()).partition(" ")
        if not category or category == "#":
            continue
        place = f"{name}, line {number}" if name else f"line {number}"
        if category in rules or (category == NEVER and never):
            raise FormatError(f"{place}: {category} has a line already; write all searches in one")
        if category == NEVER:
            never = frozenset(rest.split())
        else:
            rules[category] = _rule(rest, category, place)
    rules.setdefault(OTHERS, Rule((), "right"))
    return HeadRules(rules, never)


def read_head_rules(source: Source) -> HeadRules:
    """Rules from a file in the format of :func:`parse_head_rules`.

    Raises:
        DataError: the file cannot be read.
        FormatError: it is not UTF-8, a line does not follow the format, or a category comes twice.
    """
    return parse_head_rules(whole_text(source), name=source_name(source))


def _rule(text: str, category: str, place: str) -> Rule:
    searches: list[Search] = []
    ends: list[str] = []
    for part in text.split(";"):
        direction, *groups = part.split() or [""]
        if direction not in DIRECTIONS:
            raise FormatError(
                f"{place}: a search of {category} begins with {direction!r}; "
                f"write {category} left ... or {category} right ..."
            )
        ends.append(direction)
        searches += [Search(direction, frozenset(group.split("|"))) for group in groups]
    return Rule(tuple(searches), ends[0])


def _from(direction: str, indices: Sequence[int]) -> Sequence[int]:
    return indices if direction == "left" else indices[::-1]


#: The rules for the Penn Treebank.
ENGLISH = parse_head_rules(ENGLISH_RULES)
