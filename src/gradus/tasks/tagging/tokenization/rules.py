"""A tokenizer without a treebank: rules for words, numbers, addresses, and sentence ends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from gradus.tasks.tagging.tokenization.building import SENTENCE, TOKEN
from gradus.tasks.tagging.tokenization.segments import EMPTY_LINE, GLUED, Segment
from gradus.tasks.tagging.tokenization.splitter import Splitter
from gradus.text.spacing import WHITE

#: Words that end in a full stop which seldom ends a sentence, in lower case and without it.
ABBREVIATIONS = frozenset(
    {
        *("capt", "col", "dr", "gen", "gov", "hon", "lt", "maj", "messrs", "mlle", "mme"),
        *("mr", "mrs", "ms", "prof", "pvt", "rep", "rev", "sen", "sgt", "sra", "srta", "st"),
        *("jan", "feb", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "okt", "nov"),
        *("dec", "dez", "approx", "ave", "bldg", "bros", "ca", "cf", "dept", "ed", "eds", "eg"),
        *("fig", "figs", "ft", "ie", "mt", "nos", "pp", "ref", "univ", "viz"),
        *("vol", "vols", "vs", "bzw", "hrsg", "inkl", "mio", "mrd", "nr", "tel", "bijv", "evt"),
        *("co", "corp", "etc", "inc", "jr", "ltd", "sr", "usw", "enz"),
    }
)
#: Those of them that end a sentence too, if no small letter follows.
AT_THE_END = frozenset(("co", "corp", "etc", "inc", "jr", "ltd", "sr", "usw", "enz"))

#: Letters of scripts without spaces, which stand alone where no treebank says what is a word.
IDEOGRAPHS = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LETTERS = rf"(?:(?![{IDEOGRAPHS}])[^\W\d_])"
#: What belongs to the sign before it: accents, joiners, variants.
MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903"
    "\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a51\u0abc-\u0acd\u0b3c-\u0b57\u0b82-\u0bcd"
    "\u0c3e-\u0c56\u0cbc-\u0cd6\u0d3b-\u0d57\u0dca-\u0ddf\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ecd"
    "\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff"
)
WORD = rf"{LETTERS}(?:{LETTERS}|\d|_(?=\w)|[{MARKS}])*"

#: Tokens, the first that fits; each line says what it is for.
PATTERNS = (
    rf"(?:https?|ftp)://[^{WHITE}<>\"]*[^{WHITE}<>\".,;:!?')\]}}]",  # addresses of pages
    rf"www\.[^{WHITE}<>\"]*[^{WHITE}<>\".,;:!?')\]}}]",
    r"[\w.+-]{1,64}@\w[\w-]*(?:\.\w[\w-]*)+",  # of people; looked for no further than that
    r"(?<![\w@])[@#]\w+",  # names and topics
    r"(?:[:;=8][-o*']?[)\](\[dDpP/\\|@3]|<3|[)\](]-?[:;=]|\^_?\^)(?![\w])",  # faces
    r"\d+(?:[.,:/'’]\d+)*(?:(?:st|nd|rd|th|s|D)(?!\w))?",  # numbers, dates, times, 1st, 1990s
    rf"(?:{LETTERS}\.){{2,}}",  # U.S., e.g.
    rf"{WORD}(?:[-·]{WORD})*(?:['’]{WORD})*",  # words, with hyphens and apostrophes
    rf"[{IDEOGRAPHS}][{MARKS}]*",
    r"\.{2,}|…+|-{2,}|!+\?+[!?]*|\?+!+[!?]*|!{2,}|\?{2,}|''|``|_+|\*+|=+",  # signs in a row
    rf"[^{WHITE}](?:\u200d[^{WHITE}]|[{MARKS}])*",
)
TOKENS = re.compile("|".join(f"(?:{pattern})" for pattern in PATTERNS))

#: Signs that end a sentence whatever follows, and all that may end one.
ALWAYS = frozenset("。！？｡।॥؟۔")
STOPS = ALWAYS | frozenset(".?!…")
#: Brackets and quotes that close behind the end, and those that open before a beginning.
CLOSING, OPENING = frozenset(")]}\"'’”»›」』）"), frozenset("([{\"'‘“«‹「『（¿¡")
INITIAL = re.compile(LETTERS)
#: What English writes together with the word before.
CONTRACTION = re.compile(r"(?:n['’]t|['’](?:s|re|ve|ll|d|m))\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Patterns:
    """Cuts a text into tokens by :data:`PATTERNS`; a full stop joins the abbreviation before it.

    >>> text = "Mr. O'Neil paid $3,000.50 (see http://x.org/a) :-)"
    >>> [text[start:end] for start, end in Patterns().pieces(text)]
    ['Mr.', "O'Neil", 'paid', '$', '3,000.50', '(', 'see', 'http://x.org/a', ')', ':-)']
    """

    contractions: bool = False  # whether "don't" is "do" and "n't"

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """Start and end of each token."""
        spans: list[tuple[int, int]] = []
        for found in TOKENS.finditer(text):
            start, end = found.span()
            if spans and end - start == 1 and text[start] == "." and spans[-1][1] == start:
                first = spans[-1][0]
                if is_abbreviation(text[first:start]) and end < len(text):
                    spans[-1] = first, end
                    continue
            ending = CONTRACTION.search(text, start, end) if self.contractions else None
            if ending and ending.start() > start:
                spans.append((start, ending.start()))
                start = ending.start()
            spans.append((start, end))
        return spans


def is_abbreviation(word: str) -> bool:
    """Whether a full stop behind ``word`` most likely belongs to it.

    >>> [word for word in ("Dr", "J", "I", "dog") if is_abbreviation(word)]
    ['Dr', 'J']
    """
    single = len(word) == 1 and word.isupper() and INITIAL.match(word) is not None
    return (single and word != "I") or word.lower() in ABBREVIATIONS


class RuleTokenizer(Splitter):
    """Cuts a text into sentences and tokens without having learnt anything.

    It knows words of all scripts with spaces, numbers, addresses, faces and common abbreviations.
    A sentence ends at a full stop, question or exclamation mark if no small letter follows, and
    takes closing quotes and brackets with it; an empty line ends it too. ``contractions`` parts
    English *don't* as *do* and *n't*, *it's* as *it* and *'s*.

    >>> for sentence in RuleTokenizer().sentences('"Is Dr. No in?" No. He is not.'):
    ...     print(" ".join(word.form for word in sentence.words))
    " Is Dr. No in ? "
    No .
    He is not .
    """

    def __init__(self, *, contractions: bool = False) -> None:
        self._patterns = Patterns(contractions)

    @property
    def cutting(self) -> Patterns:
        """What cuts a text into tokens."""
        return self._patterns

    def labels(self, parts: Sequence[Segment]) -> list[list[int]]:
        """Where sentences end: every piece is a token."""
        return [_ends(part) for part in parts]


def _ends(part: Segment) -> list[int]:
    forms, kinds = part.forms, part.kinds
    labels = [TOKEN] * len(forms)
    begun = 0  # the first token of the sentence that goes on
    for place, form in enumerate(forms):
        if kinds[place] == EMPTY_LINE:
            end = place
        elif form[-1] in STOPS and not _is_marker(forms[begun:place]):
            end = _closed(part, place)
            if form[-1] not in ALWAYS and not _may_end(part, form, end):
                continue
        else:
            continue
        labels[end] = SENTENCE
        begun = end + 1
    return labels


def _closed(part: Segment, place: int) -> int:
    """The last of the brackets and quotes that close right behind a token."""
    forms, kinds = part.forms, part.kinds
    while kinds[place] == GLUED and place + 1 < len(forms) and forms[place + 1] in CLOSING:
        place += 1
    return place


def _may_end(part: Segment, form: str, end: int) -> bool:
    """Whether a sentence may end with the token ``end``, which ``form`` and closing signs make."""
    if end + 1 == len(part) or part.kinds[end] == EMPTY_LINE:
        return True
    if part.kinds[end] == GLUED:
        return False
    if form[-1] == "." and len(form) > 1 and form[0] != "." and form[:-1].lower() not in AT_THE_END:
        return False  # an abbreviation or an initial
    follows = (form for form in islice(part.forms, end + 1, None) if form not in OPENING)
    return not next(follows, "")[:1].islower()


def _is_marker(words: Sequence[str]) -> bool:
    """Whether a sentence has only begun with the number of an item, as in "1. Read this"."""
    return len(words) == 1 and words[0].isdigit()
