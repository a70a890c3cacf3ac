"""Lemmas as labels: the way from a form to its lemma, as a script that other words share.

A script has the capitals of the lemma, then what happens before and after the longest part that
form and lemma share [straka2018]: ``.`` keeps a letter, ``-`` drops one, ``+x`` adds an x. So
``lower||---+y`` leads from *Cities* to *city*, and from *flies* to *fly*. Where nothing is shared
the script is the lemma itself: ``=be`` leads from *is* to *be*.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from gradus.core.errors import FormatError
from gradus.tasks.tagging.casing import (
    CASING,
    KEEP,
    LOWER,
    casing_of,
    describe_capitals,
    lower,
    recase,
)
from gradus.tasks.tagging.letter_edits import (
    ANY_EDIT,
    describe_edits,
    edited,
    letter_edits,
    longest_shared,
    reach,
)

#: The script that leaves a form as it is, and its number in every vocabulary of scripts.
UNCHANGED, UNKNOWN = f"{KEEP}||", 0

#: What a script begins with that is the lemma itself.
ABSOLUTE = "="

SCRIPT = re.compile(rf"({CASING})\|({ANY_EDIT}*)\|({ANY_EDIT}*)")


class _Read(NamedTuple):
    """A script that is no lemma itself, in its parts."""

    casing: str
    begin: str
    end: str
    first: int  # how many letters each side reaches
    last: int


def edit_script(form: str, lemma: str) -> str:
    """The script that leads from ``form`` to ``lemma``; :func:`apply_script` goes that way.

    For a lemma in small letters the form is lowered, even if it has no capital; a lemma with
    capitals keeps those of its form where that costs no shared letter. So *The* needs the script
    of *the*, and *USA* that of *Rome*.

    >>> edit_script("walked", "walk"), edit_script("Talked", "talk"), edit_script("is", "be")
    ('lower||--', 'lower||--', '=be')
    >>> edit_script("gezongen", "zingen"), edit_script("McDonalds", "McDonald")
    ('lower|--.-+i|', 'keep||-')
    """
    casing, old, new = casing_of(lemma), lower(form), lower(lemma)
    shared = longest_shared(old, new)
    if casing != LOWER:
        alike = longest_shared(form, lemma)
        if alike.size == shared.size:
            casing, old, new, shared = KEEP, form, lemma, alike
    if not shared.size and form != lemma:
        return ABSOLUTE + lemma
    begin = letter_edits(old[: shared.old], new[: shared.new])
    end = letter_edits(old[shared.old + shared.size :], new[shared.new + shared.size :])
    return f"{casing}|{begin}|{end}"


def apply_script(form: str, script: str) -> str | None:
    """The lemma that a script makes of a form; None if its edits would reach every letter of it.

    >>> apply_script("Jumped", "lower||--"), apply_script("ed", "lower||--")
    ('jump', None)

    Raises:
        FormatError: ``script`` is not a script.
    """
    if script.startswith(ABSOLUTE):
        return script[len(ABSOLUTE) :]
    casing, begin, end, first, last = _read(script)
    if first + last and first + last >= len(form):
        return None
    text = form if casing == KEEP else lower(form)
    middle = len(text) - last
    changed = edited(text[:first], begin) + text[first:middle] + edited(text[middle:], end)
    return recase(changed, casing)


def describe(script: str) -> str:
    """A script in words.

    >>> describe("keep||--+y"), describe("lower|-|"), describe("=be")
    ("drop the last 2 letters, add 'y'", 'lower the case, drop the first letter', "write 'be'")
    >>> describe("0:1||-+o."), describe("keep||")
    ("lower the case, rewrite the last 2 letters (drop 1, add 'o', keep 1), \
raise the first letter", 'do nothing')

    Raises:
        FormatError: ``script`` is not a script.
    """
    if script.startswith(ABSOLUTE):
        return f"write {script[len(ABSOLUTE) :]!r}"
    casing, begin, end, *_ = _read(script)
    steps = [] if casing == KEEP else ["lower the case"]
    steps += [*describe_edits(begin, "first"), *describe_edits(end, "last")]
    if casing not in (LOWER, KEEP):
        steps.append(describe_capitals(casing))
    return ", ".join(steps) or "do nothing"


class Scripts:
    """The scripts that a tagger chooses from; number 0 does nothing and stands for unknown ones.

    >>> scripts = Scripts.learn([("walked", "walk"), ("talked", "talk"), ("cats", "cat")])
    >>> list(scripts), scripts.number("jumped", "jump"), scripts.number("went", "go")
    (['keep||', 'lower||--', 'lower||-'], 1, 0)
    >>> scripts.lemma("Loved", 2), scripts.lemma("ed", 1)  # where one does not fit, the form stays
    ('love', 'ed')
    """

    def __init__(self, scripts: Sequence[str]) -> None:
        """Scripts in the order of their numbers.

        Raises:
            FormatError: the first is not ``keep||``, one comes twice, or one is not a script.
        """
        self.scripts = list(scripts)
        if self.scripts[:1] != [UNCHANGED]:
            raise FormatError(f"scripts begin with {UNCHANGED!r}, not with {self.scripts[:1]}")
        for script, count in Counter(self.scripts).items():
            if count > 1:
                raise FormatError(f"script {script!r} has {count} numbers; keep one")
            if not script.startswith(ABSOLUTE):
                _read(script)

    @classmethod
    def learn(cls, pairs: Iterable[tuple[str, str]], *, min_count: int = 1) -> "Scripts":
        """The scripts that at least ``min_count`` pairs of form and lemma need, frequent first.

        >>> list(Scripts.learn([("cats", "cat"), ("dogs", "dog"), ("is", "be")], min_count=2))
        ['keep||', 'lower||-']
        """
        counts: Counter[str] = Counter()
        for (form, lemma), count in Counter(pairs).items():
            counts[edit_script(form, lemma)] += count
        del counts[UNCHANGED]
        kept = [script for script, count in counts.items() if count >= min_count]
        return cls([UNCHANGED, *sorted(kept, key=lambda script: (-counts[script], script))])

    @cached_property
    def index(self) -> dict[str, int]:
        """From script to number; built at first use."""
        return {script: number for number, script in enumerate(self.scripts)}

    def __len__(self) -> int:
        return len(self.scripts)

    def __iter__(self) -> Iterator[str]:
        return iter(self.scripts)

    def __contains__(self, script: object) -> bool:
        return script in self.index

    def __getitem__(self, number: int) -> str:
        return self.scripts[number]

    def number(self, form: str, lemma: str) -> int:
        """The number of the script that leads from ``form`` to ``lemma``; 0 if it is unknown."""
        return self.index.get(_remembered(form, lemma), UNKNOWN)

    def lemma(self, form: str, number: int) -> str:
        """What script ``number`` makes of a form; the form itself where that does not fit."""
        lemma = apply_script(form, self.scripts[number])
        return form if lemma is None else lemma


#: :func:`edit_script` for words of a text, most of which come again.
_remembered = lru_cache(1 << 16)(edit_script)


@lru_cache(1 << 14)
def _read(script: str) -> _Read:
    found = SCRIPT.fullmatch(script)
    if found is None:
        raise FormatError(
            f"{script!r} is not a script such as 'lower||--+y' or '=be'; "
            "edit_script makes one of a form and its lemma"
        )
    casing, begin, end = found.groups()
    return _Read(casing, begin, end, reach(begin), reach(end))
