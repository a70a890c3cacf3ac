r"""A text of any length in chunks that can be worked on apart, whoever does it.

A chunk ends behind an empty line, where a sentence ends in any case; only where there is none for
long, behind a line, else behind a blank, else anywhere. No chunk but the last is all white, and
only the first begins with white space.

>>> list(text_chunks(["One.\n", "\nTwo.\n\n", "Three."], size=8))
['One.\n\nTwo.\n\n', 'Three.']
"""

import re
from collections.abc import Iterable, Iterator

from gradus.text.spacing import WHITE

#: Characters that a chunk has at least, and those within which an empty line must come.
SIZE, LONGEST = 1 << 15, 1 << 18

#: Line ends in the white space behind a chunk, best first: an empty line, a line, a blank.
LINES = (2, 1, 0)

#: White space as tokenizers have it: a chunk of control characters alone would have no word that
#: they could be told with.
BLANKS = re.compile(f"[{WHITE}]+")


def text_chunks(
    blocks: Iterable[str], *, size: int = SIZE, longest: int = LONGEST
) -> Iterator[str]:
    """The chunks of a text that comes in blocks, which may end anywhere; joined they are it."""
    waiting = ""
    for block in blocks:
        waiting += block
        while len(waiting) > size:
            cut = _cut(waiting, size, longest)
            if not cut:
                break
            yield waiting[:cut]
            waiting = waiting[cut:]
    if waiting:
        yield waiting


def _cut(text: str, size: int, longest: int) -> int:
    """Where to cut a text; 0 if more of it is needed."""
    lead = BLANKS.match(text)
    begin = lead.end() if lead else 0
    found = next(_ends(text, max(size, begin), longest, LINES[0]), 0)
    if found:
        return found
    if len(text) < longest or begin >= longest:
        return 0
    for lines in LINES:
        # the last one, so that what is cut is as long as it may be
        ends = list(_ends(text, max(begin, longest // 2), longest, lines))
        if ends:
            return ends[-1]
    behind = BLANKS.match(text, longest)
    end = behind.end() if behind else longest
    return end if end < len(text) else 0


def _ends(text: str, begin: int, stop: int, lines: int) -> Iterator[int]:
    """Where white space with so many line ends is over, and something follows before ``stop``."""
    for blanks in BLANKS.finditer(text, begin, stop):
        if blanks.end() < min(stop, len(text)) and blanks[0].count("\n") >= lines:
            yield blanks.end()
