r"""CoNLL-U, the format of Universal Dependencies [nivre2020], in and out without a loss.

>>> lines = ["# sent_id = 1", "1\tcats\t_\t_\t_\t_\t2\t_\t_\t_", "2\tsleep\t_\t_\t_\t_\t0\t_\t_\t_"]
>>> (sentence,) = read_conllu(lines)
>>> sentence.sent_id, sentence.text, sentence.heads
('1', 'cats sleep', [2, 0])
>>> format_conllu(sentence).splitlines() == [*lines, ""]
True
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol, get_args, runtime_checkable

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.text.conllu_sentence import SHOWN, SentenceLines, parse_sentence
from gradus.text.conllu_stretches import sentence_lines
from gradus.text.document import NOTHING, Sentence
from gradus.text.packing import writing
from gradus.text.sources import Source, check_source

#: What the heads of a sentence must be: numbers of words or nothing at all, or one tree.
Trees = Literal["any", "required"]


@runtime_checkable
class Writable(Protocol):
    """Anything that takes text: an open file, standard output, a buffer."""

    def write(self, text: str, /) -> Any:
        """Take ``text``."""


def read_conllu(source: Source, *, trees: Trees = "any") -> Iterator[Sentence]:
    """The sentences of a file, packed or not, of standard input (``-``), or of lines.

    Memory stays constant, however large the source. Heads may be missing and may form cycles, as
    in a file that is to be parsed, unless ``trees`` is ``"required"``.

    Raises:
        DataError: the source cannot be read, is damaged, or holds no sentence.
        FormatError: a line is not CoNLL-U, or the heads of a sentence are no tree.
    """
    if trees not in get_args(Trees):
        raise SettingsError(f"trees={trees!r}: choose any or required")
    check_source(source)
    return (parse_sentence(lines, tree=trees == "required") for lines in sentence_lines(source))


def read_treebank(source: Source) -> list[Sentence]:
    """All sentences of a source, each of them a tree; raises as :func:`read_conllu` does."""
    return list(read_conllu(source, trees="required"))


def format_conllu(sentence: Sentence) -> str:
    r"""The lines of a sentence and the empty line that ends it.

    >>> format_conllu(Sentence.of(["Go"], heads=[0]))
    '1\tGo\t_\t_\t_\t_\t0\t_\t_\t_\n\n'

    Raises:
        FormatError: what would be written could not be read: there is no word, a field is empty
            or holds a TAB or a line end, a head is beyond the last word.
    """
    rows = [
        f"{number}\t{word.form}\t{word.lemma}\t{word.upos}\t{word.xpos}\t{word.feats}\t"
        f"{NOTHING if word.head is None else word.head}\t{word.deprel}\t{word.deps}\t{word.misc}"
        for number, word in enumerate(sentence.words, start=1)
    ]
    if sentence.multiword or sentence.empty:
        rows = _with_rows_beside(sentence, rows)
    lines = [*sentence.comments, *rows]
    _check_lines(lines, sentence)
    return "\n".join([*lines, "", ""])


def write_conllu(sentences: Iterable[Sentence], target: Path | str | Writable) -> None:
    """Write sentences to a file, packed as its ending says, whole or not at all; or to a stream.

    Raises:
        FormatError: a sentence cannot be written, as :func:`format_conllu` says.
        StorageError: the disk is full or may not be written.
    """
    if not isinstance(target, str | Path):
        for sentence in sentences:
            target.write(format_conllu(sentence))
        return
    with writing(Path(target)) as file:
        for sentence in sentences:
            file.write(_encoded(format_conllu(sentence)))


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"{text[max(0, error.start - SHOWN) : error.end]!r} ends with half a character "
            "(a lone surrogate), which no file can hold; decode the text properly first"
        ) from None


def _with_rows_beside(sentence: Sentence, rows: list[str]) -> list[str]:
    """The rows of the words, each behind the empty nodes and the multiword token before it."""
    before: dict[int, list[str]] = defaultdict(list)
    for node in sentence.empty:
        before[node.after + 1].append("\t".join([f"{node.after}.{node.index}", *node.columns]))
    for token in sentence.multiword:
        name = f"{token.first}-{token.last}"
        before[token.first].append("\t".join([name, token.form, *token.rest]))
    merged = []
    for number, row in enumerate(rows, start=1):
        merged += [*before.pop(number, ()), row]
    merged += before.pop(len(rows) + 1, ())
    for row, *_ in before.values():
        raise FormatError(f"{row[:SHOWN]!r} stands beside no word of {len(rows)}; mend its number")
    return merged


def _check_lines(lines: list[str], sentence: Sentence) -> None:
    """That the lines can be read back: a file that cannot is found out too late."""
    for line in lines:
        if "\n" in line or "\r" in line:
            raise FormatError(f"{line!r:.200} has a line end in it; replace it by a blank")
    name = (
        f"sentence {sentence.sent_id}, to be written" if sentence.sent_id else "sentence to write"
    )
    parse_sentence(SentenceLines(name, 1, lines))
