"""How the capitals of a lemma follow from those of its form, as a short string."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

#: Every letter small, and every letter as the form has it.
LOWER, KEEP = "lower", "keep"

#: Capitals in a lemma that is small elsewhere: the first letter, and all.
CAPITALISED, UPPER = "0:1", "0:"

#: A regular expression for every casing: one of the words above, or the runs of capitals.
CASING = r"lower|keep|[0-9]{1,9}:[0-9]{0,9}(?:,[0-9]{1,9}:[0-9]{0,9})*"


def lower(text: str) -> str:
    """Every letter small whose capital is its only other case; the length stays the same.

    Other letters stay as they are, such as ``İ``: it would become two, and never ``İ`` again.

    >>> lower("Straßen in ÅRHUS"), lower("İ") == "İ"
    ('straßen in århus', True)
    """
    return text.lower() if text.isascii() else "".join(map(_small, text))


def casing_of(lemma: str) -> str:
    """Where the capitals of a lemma are; :func:`recase` puts them back.

    >>> casing_of("walk"), casing_of("Rome"), casing_of("U.S."), casing_of("McDonald")
    ('lower', '0:1', '0:', '0:1,2:3')
    """
    small = lower(lemma)
    if small == lemma:
        return LOWER
    usual = (casing for casing in (CAPITALISED, UPPER) if recase(small, casing) == lemma)
    return next(usual, None) or ",".join(f"{start}:{stop}" for start, stop in _runs(lemma, small))


def recase(text: str, casing: str) -> str:
    """A text with capitals where ``casing`` wants them; places beyond its end do nothing.

    >>> recase("mcdonald", "0:1,2:3"), recase("u.s.", "0:"), recase("mc", "0:1,2:3")
    ('McDonald', 'U.S.', 'Mc')
    """
    if casing in (LOWER, KEEP):
        return text
    letters = list(text)
    for run in casing.split(","):
        start, stop = run.split(":")
        place = slice(int(start), int(stop) if stop else None)
        letters[place] = map(_capital, letters[place])
    return "".join(letters)


def describe_capitals(casing: str) -> str:
    """Which letters become capitals, in words.

    >>> describe_capitals("0:1"), describe_capitals("0:"), describe_capitals("0:1,2:4")
    ('raise the first letter', 'raise every letter', 'raise letters 1, 3 to 4')
    """
    usual = {CAPITALISED: "raise the first letter", UPPER: "raise every letter"}
    return usual.get(casing) or f"raise letters {', '.join(map(_places, casing.split(',')))}"


def _places(run: str) -> str:
    start, stop = run.split(":")
    first = str(int(start) + 1)
    return first if stop == first else f"{first} to {stop or 'the last'}"


def _runs(lemma: str, small: str) -> Iterator[tuple[int, int]]:
    """Where each run of capitals starts and stops."""
    places = range(len(lemma))
    for raised, run in groupby(places, lambda place: lemma[place] != small[place]):
        if raised:
            start, *others = run
            yield start, start + len(others) + 1


@lru_cache(4096)
def _small(letter: str) -> str:
    small = letter.lower()
    return small if len(small) == 1 and small.upper() == letter else letter


@lru_cache(4096)
def _capital(letter: str) -> str:
    capital = letter.upper()
    return capital if len(capital) == 1 and capital.lower() == letter else letter
