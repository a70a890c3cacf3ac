r"""A text of any length in chunks that can be worked on apart, whoever does it.

A chunk ends behind an empty line, where a sentence ends in any case; only where there is none for
long, behind a line, else behind a blank, else anywhere. No chunk but the last is all white, and
only the first begins with white space.

>>> list(text_chunks(["One.\n", "\nTwo.\n\n", "Three."], size=8))
['One.\n\nTwo.\n\n', 'Three.']
"""

import re
from collections.abc import Iterable, Iterator

#: Characters that a chunk has at least, and those within which an empty line must come.
SIZE, LONGEST = 1 << 15, 1 << 18

#: Where a chunk may end, best first; what follows is no white space.
ENDS = tuple(
    re.compile(pattern) for pattern in (r"\n[^\S\n]*\n\s*(?=\S)", r"\n\s*(?=\S)", r"\s+(?=\S)")
)
WHITE = re.compile(r"\s*")


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
    begin = len(text) - len(text.lstrip())
    found = ENDS[0].search(text, max(size, begin), longest)
    if found:
        return found.end()
    if len(text) < longest or begin >= longest:
        return 0
    for pattern in ENDS:
        # the last one, so that what is cut is as long as it may be
        ends = [end.end() for end in pattern.finditer(text, max(begin, longest // 2), longest)]
        if ends:
            return ends[-1]
    behind = WHITE.match(text, longest)
    return behind.end() if behind and behind.end() < len(text) else 0
