"""N-gram models in the ARPA format, which other tools read: probabilities as decimal logarithms."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
from jaxtyping import Int64

from gradus.core.errors import DataError
from gradus.core.progress import SILENT, Progress
from gradus.core.storage import fresh_file
from gradus.tasks.lm.ngram import NgramModel
from gradus.tasks.lm.ngram_tree import NgramTree
from gradus.tasks.lm.spelling import END

#: How the beginning of a document is written, and tokens that the format writes in another way.
START = "<s>"
RENAMED = {END: "</s>", " ": "<space>", "\t": "<tab>"}

#: What stands for the probability of the mark, which is never predicted.
NEVER = "-99"

#: N-grams that are written at once.
STRETCH = 1 << 16


def write_arpa(
    model: NgramModel, path: Path | str, *, force: bool = True, progress: Progress = SILENT
) -> None:
    """Write ``path``: a line for each n-gram with its log probability and its back-off weight.

    The beginning of a document is ``<s>``, a line end ``</s>``; a blank that is a token of its own
    is ``<space>``.

    Raises:
        DataError: two tokens would be written alike, or one holds white space.
        ExistsError: ``path`` exists and ``force`` is false.
        StorageError: the disk is full or may not be written.
    """
    names, tree = arpa_names(model.spelling.vocabulary.words), model.tree
    progress.start("writing", total=len(tree.words), unit="n-grams")
    with (
        fresh_file(path, force=force) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.write("\\data\\\n")
        for length, size in enumerate(tree.sizes, start=1):
            file.write(f"ngram {length}={size}\n")
        for length in range(1, tree.order + 1):
            _write_level(file, model, names, length, progress)
        file.write("\n\\end\\\n")
    progress.finish()


def arpa_names(words: list[str]) -> list[str]:
    """How tokens are written, and last the mark of a document's beginning.

    >>> arpa_names(["a", "<eos>", " "])
    ['a', '</s>', '<space>', '<s>']

    Raises:
        DataError: two tokens would be written alike, or one holds white space.
    """
    names = [*(RENAMED.get(word, word) for word in words), START]
    spaced = [name for name in names if not name or set(name) & set(" \0\t\n\v\f\r")]
    taken = sorted({name for name in (START, *RENAMED.values()) if names.count(name) > 1})
    if spaced or taken:
        fault = f"{spaced[0]!r} has white space" if spaced else f"{taken[0]!r} has a meaning there"
        raise DataError(
            f"the vocabulary does not fit the ARPA format: {fault}; take it out of the text and "
            "train again"
        )
    return names


def _write_level(
    file: TextIO, model: NgramModel, names: list[str], length: int, progress: Progress
) -> None:
    """The n-grams of one length."""
    tree, smoothing = model.tree, model.smoothing
    begin, end = tree.levels[length : length + 2]
    file.write(f"\n\\{length}-grams:\n")
    for first in range(begin, end, STRETCH):
        nodes = np.arange(first, min(first + STRETCH, end))
        texts = [" ".join([names[word] for word in row]) for row in _words(tree, nodes, length)]
        logs = _decimal(smoothing.log_probs[nodes])
        if length == 1 and nodes[-1] == end - 1:
            logs[-1] = NEVER
        if length < tree.order:
            columns = zip(logs, texts, _decimal(smoothing.backoffs[nodes]), strict=True)
            file.writelines(f"{log}\t{text}\t{backoff}\n" for log, text, backoff in columns)
        else:
            file.writelines(f"{log}\t{text}\n" for log, text in zip(logs, texts, strict=True))
        progress.update(int(nodes[-1]) + 1)


def _words(tree: NgramTree, nodes: Int64[np.ndarray, " nodes"], length: int) -> Iterator[list[int]]:
    """The words of each node, read from the last one to the first."""
    columns = []
    for _ in range(length):
        columns.append(tree.words[nodes])
        nodes = np.searchsorted(tree.firsts, nodes, side="right") - 1
    return iter(np.stack(columns[::-1], axis=1).tolist())


def _decimal(logs: np.ndarray) -> list[str]:
    """Natural logarithms as decimal ones, with the digits that float32 has."""
    return [f"{log:.7g}" for log in (logs.astype(np.float64) / math.log(10)).tolist()]
