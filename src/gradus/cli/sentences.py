"""Sentences that a command is given as text, or as a place in a file."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from gradus.core.errors import DataError, SettingsError

if TYPE_CHECKING:
    from gradus.text.document import Sentence


def one_sentence(text: str | None, file: Path | None, number: int) -> "Sentence":
    """The sentence that was asked for: ``text``, or the ``number``-th of ``file``.

    Raises:
        SettingsError: both or neither are given.
        DataError: the text is blank, or the file has fewer sentences.
    """
    if (text is None) == (file is None):
        raise SettingsError("give a sentence, or a CoNLL-U file to take one from with --file")
    if text is not None:
        return typed_sentence(text)
    from gradus.text.conllu import read_conllu

    found = next(islice(read_conllu(str(file)), number - 1, None), None)
    if found is None:
        raise DataError(f"{file} has fewer than {number} sentences; choose another --sentence")
    return found


def typed_sentence(text: str) -> "Sentence":
    """A sentence as a person types it: plain, or words with blanks between and a ``/TAG`` each.

    >>> [word.form for word in typed_sentence("Don't stop.").words]
    ["Don't", 'stop', '.']
    >>> [(word.form, word.upos) for word in typed_sentence("and/CCONJ 1/2 sleeps").words]
    [('and', 'CCONJ'), ('1/2', '_'), ('sleeps', '_')]

    Raises:
        DataError: there is no word.
    """
    from gradus.text.document import NOTHING, Sentence
    from gradus.text.tokenizers import WORD

    pairs = [_pair(token) for token in text.split()]
    if not any(tag for _, tag in pairs):
        pairs = [(form, "") for form in WORD.findall(text)]
    if not pairs:
        raise DataError(f"{text!r} holds no word; give a sentence")
    return Sentence.of([form for form, _ in pairs], upos=[tag or NOTHING for _, tag in pairs])


def _pair(token: str) -> tuple[str, str]:
    form, slash, tag = token.rpartition("/")
    return (form, tag) if form and slash and tag.isalpha() and tag.isupper() else (token, "")
