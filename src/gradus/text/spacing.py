r"""The raw text of a treebank: its tokens, and the white space between them that MISC tells.

``SpaceAfter=No``, ``SpacesAfter=`` and ``SpacesBefore=`` are read and written as UDPipe does, with
its escapes; a token without any of them is followed by one space. What else is white, such as a
form feed, is written with its number: ``\u000c``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from gradus.text.document import NOTHING, Sentence, SurfaceToken, surface_tokens

#: What is white, as the inside of a pattern: spaces of all widths, line ends, control characters,
#: and halves of characters, which no file can hold.
WHITE = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000" + "\ud800-\udfff"
#: Signs that have an escape of their own.
ESCAPES = {" ": "\\s", "\t": "\\t", "\r": "\\r", "\n": "\\n", "|": "\\p", "\\": "\\\\"}
MEANINGS = {escape: sign for sign, escape in ESCAPES.items()}
ESCAPED = re.compile(rf"[{WHITE}|\\]")
ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|.)")
#: A comment that says where a document or a paragraph begins.
BEGINNING = re.compile(r"#\s*new(?:doc|par)\b")
EMPTY_LINE = "\n\n"
ONE_SPACE = " "


@dataclass(frozen=True)
class RawText:
    """A text and where its tokens are in it: offsets of characters."""

    text: str
    starts: Int64[np.ndarray, " tokens"]
    ends: Int64[np.ndarray, " tokens"]
    last: Bool[np.ndarray, " tokens"]  # of its sentence
    multiword: Bool[np.ndarray, " tokens"]


def raw_text(sentences: Iterable[Sentence]) -> str:
    r"""The text of sentences as it was written, as far as they tell.

    Where ``# newdoc`` or ``# newpar`` begins a sentence there is an empty line before it, unless
    MISC says what is.

    >>> from gradus.text.document import Word
    >>> cats = Sentence([Word("Cats", misc=r"SpacesAfter=\n"), Word("sleep", misc="SpaceAfter=No")])
    >>> raw_text([cats]), raw_text([Sentence.of(["Go"]), Sentence([Word("On")], ["# newpar"])])
    ('Cats\nsleep', 'Go\n\nOn ')
    """
    return "".join(
        before + (token.form if token else "") for before, token, _ in spaced_tokens(sentences)
    )


def placed_text(sentences: Iterable[Sentence]) -> RawText:
    """The text as :func:`raw_text` gives it, and where the tokens are.

    >>> raw = placed_text([Sentence.of(["Go", "on"]), Sentence.of(["Stop"])])
    >>> raw.text, raw.starts.tolist(), raw.ends.tolist(), raw.last.tolist()
    ('Go on Stop ', [0, 3, 6], [2, 5, 10], [False, True, True])
    """
    parts: list[str] = []
    rows: list[tuple[int, int, bool, bool]] = []
    at = 0
    for before, token, last in spaced_tokens(sentences):
        parts.append(before)
        at += len(before)
        if token is not None:
            parts.append(token.form)
            rows.append((at, at + len(token.form), last, token.multiword))
            at += len(token.form)
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    flags = table[:, 2:].astype(bool)
    return RawText("".join(parts), table[:, 0], table[:, 1], flags[:, 0], flags[:, 1])


def spaces_misc(after: str, before: str = "") -> str:
    r"""What MISC says of the white space around a token; ``_`` for one space after it.

    >>> spaces_misc(""), spaces_misc(" "), spaces_misc("\t\n"), spaces_misc(" ", before="\x0c")
    ('SpaceAfter=No', '_', 'SpacesAfter=\\t\\n', 'SpacesBefore=\\u000c')
    """
    if after == ONE_SPACE and not before:
        return NOTHING
    entries = [f"SpacesBefore={escaped(before)}"] if before else []
    if not after:
        entries.append("SpaceAfter=No")
    elif after != ONE_SPACE:
        entries.append(f"SpacesAfter={escaped(after)}")
    return "|".join(entries)


def escaped(spaces: str) -> str:
    r"""White space as it stands in MISC; :func:`unescaped` is the way back.

    >>> escaped(" \n\xa0"), unescaped(escaped(" \n\xa0")) == " \n\xa0"
    ('\\s\\n\\u00a0', True)
    """
    return ESCAPED.sub(lambda found: ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", spaces)


def unescaped(text: str) -> str:
    """The white space that :func:`escaped` wrote; an escape that there is not stays as it is."""
    return ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else MEANINGS.get(found[0], found[0]), text
    )


def spaced_tokens(sentences: Iterable[Sentence]) -> Iterator[tuple[str, SurfaceToken | None, bool]]:
    """What stands before each token, the token, and whether it is the last of its sentence.

    What stands behind the last token comes with no token.
    """
    gap: str | None = None  # behind the token before; None if nothing is said of it
    begun = False
    for sentence in sentences:
        tokens = list(surface_tokens(sentence))
        parted = begun and any(map(BEGINNING.match, sentence.comments))
        for place, token in enumerate(tokens):
            before, after = _said(token.misc)
            if parted and not place and not gap:
                gap = EMPTY_LINE
            elif gap is None:
                gap = ONE_SPACE if begun else ""
            yield gap + before, token, place + 1 == len(tokens)
            gap, begun = after, True
    if begun:
        yield ONE_SPACE if gap is None else gap, None, False


def _said(misc: str) -> tuple[str, str | None]:
    """What MISC says of the white space before and after; None where it says nothing."""
    if "Space" not in misc:
        return "", None
    entries = dict(entry.partition("=")[::2] for entry in misc.split("|"))
    before = unescaped(entries.get("SpacesBefore", ""))
    if entries.get("SpaceAfter") == "No":
        return before, ""
    after = entries.get("SpacesAfter")
    return before, None if after is None else unescaped(after)
