"""Tokenizers by name: from a text to its words."""

import re
from collections.abc import Callable

from gradus.core.catalogue import Catalogue

#: Gives the words of a text, in their order.
Tokenizer = Callable[[str], list[str]]

#: Tokenizers that a line of settings can name.
TOKENIZERS = Catalogue[Tokenizer]("tokenizer")

#: Tags such as ``<br />``, as texts from web pages have them.
MARKUP = re.compile(r"<[/!]?[a-zA-Z][^<>]{0,200}>")

#: A word with its apostrophes (don't), or one sign.
WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


@TOKENIZERS.add("words", about="lower-cased words and punctuation apart, markup dropped")
def words() -> Tokenizer:
    """Words in lower case, each sign of punctuation by itself; markup is dropped.

    >>> words()("Don't miss it!<br />It's FUN.")
    ["don't", 'miss', 'it', '!', "it's", 'fun', '.']
    """

    def tokenize(text: str) -> list[str]:
        if "<" in text:
            text = MARKUP.sub(" ", text)
        return WORD.findall(text.lower())

    return tokenize


@TOKENIZERS.add("space", about="what white space separates")
def space() -> Tokenizer:
    """What white space separates, as it is written.

    >>> space()("a tokenized   text .")
    ['a', 'tokenized', 'text', '.']
    """
    return str.split
