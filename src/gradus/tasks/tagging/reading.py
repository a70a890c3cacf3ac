"""Sentences with labels from files: CoNLL-U, or words and tags of entities in columns."""

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

from gradus.core.errors import DataError
from gradus.core.progress import Progress
from gradus.tasks.base.words.sources import Source, read_source
from gradus.tasks.tagging.columns import COLUMNS
from gradus.text.columns import TaggedSentence, read_columns
from gradus.text.conllu import read_conllu
from gradus.text.document import Sentence, Word
from gradus.text.entities_in_misc import with_entities

#: What is in a name that holds CoNLL-U, whatever it is packed with.
CONLLU = ".conllu"


def read_sentences(source: Source, columns: Sequence[str]) -> list[Sentence]:
    """The sentences of a source, of CoNLL-U or in columns, as :func:`is_conllu` says.

    Raises:
        DataError: a file cannot be read, or holds no sentence.
        FormatError: a line is not of its format.
    """

    def read(path: str | PathLike[str]) -> Iterable[Sentence]:
        return (
            read_conllu(path) if is_conllu(path, columns) else map(sentence_of, read_columns(path))
        )

    return read_source(source, read)


def is_conllu(path: str | PathLike[str], columns: Sequence[str]) -> bool:
    """Whether a file is read as CoNLL-U: its name says so, or there is more than entities to read.

    >>> is_conllu("dev.conllu.xz", ["entity"]), is_conllu("dev.iob2", ["entity"])
    (True, False)
    >>> is_conllu("-", ["upos", "entity"])
    True
    """
    return CONLLU in Path(path).name or not all(COLUMNS[name].spans for name in columns)


def sentence_of(tagged: TaggedSentence) -> Sentence:
    """A sentence whose words have their entity in MISC.

    >>> sentence_of(TaggedSentence(["Oslo", "is"], ["I-LOC", "O"])).words[0].misc
    'NER=B-LOC'
    """
    words = [Word(form) for form in tagged.words]
    return with_entities(Sentence(words, line=tagged.line), tagged.tags)


def known_columns(sentences: Sequence[Sentence], columns: Sequence[str]) -> tuple[str, ...]:
    """Those of ``columns`` that the sentences say something about.

    Raises:
        DataError: there is none.
    """
    kept = tuple(name for name in columns if not COLUMNS[name].absent(sentences))
    if not kept:
        raise DataError(
            f"the sentences have nothing in {', '.join(columns)}, so there is nothing to learn or "
            "to measure on; name a file with labels, or other columns"
        )
    return kept


def learnt_columns(
    sentences: Sequence[Sentence], columns: Sequence[str], progress: Progress
) -> tuple[str, ...]:
    """:func:`known_columns`, with a word on those that are left out."""
    kept = known_columns(sentences, columns)
    if absent := [name for name in columns if name not in kept]:
        progress.note(f"the training sentences say nothing of {', '.join(absent)}: left out")
    return kept
