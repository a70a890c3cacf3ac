"""A table of word vectors and the questions one asks it: neighbours, analogies, the odd one out."""

import html
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np

from gradus.core.errors import DataError, SettingsError
from gradus.core.shapes import Float, Int
from gradus.core.storage import fresh_folder
from gradus.text.vocabulary import Vocabulary
from gradus.vectors.contents import Contents, row_norms
from gradus.vectors.folder import read_folder, write_folder
from gradus.vectors.queries import Method, analogy_scores, best, cosines, unit

#: Scores held at once by a batch of queries: 64 MB of float32.
BATCH_SCORES = 1 << 24


class Neighbor(NamedTuple):
    """A word and its score: a cosine, or what the method of an analogy gives."""

    word: str
    score: float


class WordVectors:
    """Words and their vectors, most frequent word first.

    ``vectors`` is float32 and may be a read-only memory map. ``counts`` are the words' frequencies
    and ``output`` the output matrix U of a trained model, where they are known.

    >>> table = WordVectors(["up", "down", "left"], np.array([[0, 1], [0, -1], [-1, 0.1]]))
    >>> table
    WordVectors(3 words, dim 2)
    >>> table.most_similar("up", n=1)
    [Neighbor(word='left', score=0.0995...)]
    >>> "down" in table, table["down"].tolist()
    (True, [0.0, -1.0])

    Raises:
        DataError: the shapes do not fit, or a word occurs twice.
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: Float[np.ndarray, "..."],
        *,
        counts: Int[np.ndarray, "..."] | None = None,
        output: Float[np.ndarray, "..."] | None = None,
        norms: Float[np.ndarray, "..."] | None = None,
    ) -> None:
        self.vectors = _table_of(vectors, "vectors", len(words))
        self.output = None if output is None else _table_of(output, "output", len(words))
        if self.output is not None and self.output.shape != self.vectors.shape:
            raise DataError(
                f"the output matrix has shape {self.output.shape}, the vectors have "
                f"{self.vectors.shape}; give both the same shape"
            )
        if counts is not None and len(counts) != len(words):
            raise DataError(f"{len(words)} words came with {len(counts)} counts; give one a word")
        self.counts = None if counts is None else np.asarray(counts, dtype=np.int64)
        known = self.counts if self.counts is not None else np.zeros(len(words), dtype=np.int64)
        self.vocabulary = Vocabulary(words, known)
        if norms is not None:
            self.norms = norms

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        format: str | None = None,
        errors: str = "strict",
        duplicates: str = "error",
    ) -> "WordVectors":
        """Open vectors in any format that Gradus knows; a native folder is memory-mapped.

        The options are those of :func:`~gradus.vectors.formats.read_vectors`.

        Raises:
            FormatError: the file or folder is missing, damaged or of no known format.
        """
        path = Path(path)
        if format is None and path.is_dir():
            return cls.of(read_folder(path))
        from gradus.vectors.formats import read_vectors  # queries of a folder do without

        return cls.of(read_vectors(path, format, errors=errors, duplicates=duplicates))

    @classmethod
    def of(cls, contents: Contents) -> "WordVectors":
        """The table over what a reader of some format found."""
        return cls(
            contents.words,
            contents.vectors,
            counts=contents.counts,
            output=contents.output,
            norms=contents.norms,
        )

    def save(
        self,
        path: Path | str,
        force: bool = False,
        *,
        settings: dict[str, Any] | None = None,
        metrics: dict[str, Any] | None = None,
    ) -> None:
        """Write a native folder, whole or not at all.

        Raises:
            ExistsError: ``path`` is taken and ``force`` is false.
            StorageError: the disk is full or may not be written.
        """
        with fresh_folder(path, force=force) as folder:
            write_vectors_folder(folder, self, settings=settings, metrics=metrics)

    @property
    def contents(self) -> Contents:
        """Everything that a format can keep of this table."""
        return Contents(
            words=self.words,
            vectors=self.vectors,
            counts=self.counts,
            output=self.output,
            norms=self.norms,
        )

    @property
    def words(self) -> list[str]:
        """The words, in the order of the rows."""
        return self.vocabulary.words

    @property
    def dim(self) -> int:
        """Length of each vector."""
        return self.vectors.shape[1]

    @cached_property
    def norms(self) -> Float[np.ndarray, " words"]:
        """Euclidean length of each vector, computed at first use unless the folder has them."""
        return row_norms(self.vectors)

    def number(self, word: str) -> int:
        """The row of ``word``; :class:`UnknownWordError` offers near spellings of others."""
        index = self.vocabulary.index
        if len(index) != len(self.words):
            self._complain_of_duplicates()
        return self.vocabulary[word]

    def most_similar(
        self,
        positive: str | Float[np.ndarray, "..."] | Sequence[str | Float[np.ndarray, "..."]],
        negative: str | Float[np.ndarray, "..."] | Sequence[str | Float[np.ndarray, "..."]] = (),
        *,
        n: int = 10,
    ) -> list[Neighbor]:
        """The ``n`` words nearest to the positive and farthest from the negative words or vectors.

        Each is scaled to length 1, then they are added and subtracted; the score is the cosine with
        that sum. The words asked for are left out; a small table may give fewer than ``n``.
        """
        liked, disliked = _listed(positive), _listed(negative)
        if not liked and not disliked:
            raise SettingsError("no word was given; name at least one")
        signs = [1.0] * len(liked) + [-1.0] * len(disliked)
        given = [*liked, *disliked]
        rows = np.stack([self._direction(item) for item in given])
        target = unit(np.array(signs, dtype=np.float32) @ rows)
        asked = {self.number(item) for item in given if isinstance(item, str)}
        return self._ranked(cosines(target[None], self.vectors, self.norms)[0], n, asked)

    def most_similar_batch(self, words: Sequence[str], n: int = 10) -> list[list[Neighbor]]:
        """:meth:`most_similar` of every word, by one matrix product for many words at once."""
        numbers = [self.number(word) for word in words]
        size = max(1, BATCH_SCORES // max(1, len(self)))
        found = []
        for start in range(0, len(numbers), size):
            part = numbers[start : start + size]
            scores = cosines(unit(self.vectors[part]), self.vectors, self.norms)
            found += [
                self._ranked(row, n, {number}) for number, row in zip(part, scores, strict=True)
            ]
        return found

    def analogy(
        self, a: str, b: str, c: str, *, n: int = 10, method: Method = "3cosadd"
    ) -> list[Neighbor]:
        """Answers to "``a`` is to ``b`` as ``c`` is to ?", best first, without the three words.

        The score is the cosine with the unit vectors' ``b - a + c`` (``"3cosadd"``), or
        ``cos(b)·cos(c) / (cos(a) + ε)`` with cosines moved to [0, 1] (``"3cosmul"``).
        """
        if method == "3cosadd":
            return self.most_similar([b, c], [a], n=n)
        numbers = [self.number(word) for word in (a, b, c)]
        to_a, to_b, to_c = cosines(unit(self.vectors[numbers]), self.vectors, self.norms)
        return self._ranked(analogy_scores(to_a, to_b, to_c, method), n, set(numbers))

    def similarity(self, a: str, b: str) -> float:
        """Cosine of two words, in [-1, 1]; 0 where one has no direction."""
        first, second = unit(self.vectors[[self.number(a), self.number(b)]]).astype(np.float64)
        return min(1.0, max(-1.0, float(first @ second)))

    def odd_one_out(self, words: Sequence[str]) -> str:
        """The word farthest from the mean direction of all ``words``; the first of equals."""
        if len(words) < 3:
            raise SettingsError(f"{len(words)} words have no odd one out; give three or more")
        rows = unit(self.vectors[[self.number(word) for word in words]])
        return words[int(np.argmin(rows @ unit(rows.mean(axis=0))))]

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __iter__(self) -> Iterator[str]:
        return iter(self.vocabulary)

    def __contains__(self, word: object) -> bool:
        return word in self.vocabulary

    @overload
    def __getitem__(self, key: str) -> Float[np.ndarray, " dim"]: ...

    @overload
    def __getitem__(self, key: list[str]) -> Float[np.ndarray, "chosen dim"]: ...

    @overload
    def __getitem__(self, key: slice) -> "WordVectors": ...

    def __getitem__(self, key: str | list[str] | slice) -> "WordVectors | Float[np.ndarray, '...']":
        """The vector of a word, the rows of a list of words, or the table of a slice of words."""
        if isinstance(key, str):
            return self.vectors[self.number(key)]
        if not isinstance(key, slice):
            return self.vectors[[self.number(word) for word in key]]
        return WordVectors(
            self.words[key],
            self.vectors[key],
            counts=None if self.counts is None else self.counts[key],
            output=None if self.output is None else self.output[key],
            norms=self.norms[key],
        )

    def __repr__(self) -> str:
        extras = [name for name in ("counts", "output") if getattr(self, name) is not None]
        return ", ".join([f"WordVectors({len(self)} words", f"dim {self.dim}", *extras]) + ")"

    def _repr_html_(self) -> str:
        """The first words with their counts and the start of their vectors, for notebooks."""
        shown, columns = min(len(self), 10), min(self.dim, 8)
        cut = "…" if columns < self.dim else ""
        rows = [
            f"<tr><th>{html.escape(word)}</th>"
            + (f"<td>{self.counts[row]:,}</td>" if self.counts is not None else "")
            + "".join(f"<td>{value:.3f}</td>" for value in self.vectors[row, :columns].tolist())
            + f"<td>{cut}</td></tr>"
            for row, word in enumerate(self.words[:shown])
        ]
        more = f"<p>… and {len(self) - shown:,} more words</p>" if shown < len(self) else ""
        return f"<p>{html.escape(repr(self))}</p><table>{''.join(rows)}</table>{more}"

    def _direction(self, item: str | Float[np.ndarray, "..."]) -> Float[np.ndarray, " dim"]:
        if isinstance(item, str):
            return unit(self.vectors[self.number(item)])
        row = np.asarray(item, dtype=np.float32)
        if row.shape != (self.dim,):
            raise DataError(
                f"a vector to compare with has shape {row.shape}, but this table has dim "
                f"{self.dim}; give vectors of shape ({self.dim},)"
            )
        if not np.isfinite(row).all():
            raise DataError("a vector to compare with holds NaN or infinity; give finite numbers")
        return unit(row)

    def _ranked(
        self, scores: Float[np.ndarray, " words"], n: int, asked: set[int]
    ) -> list[Neighbor]:
        if n < 1:
            raise SettingsError(f"n={n} is out of range: choose a value at least 1")
        numbers = best(scores, n, asked).tolist()
        return [Neighbor(self.words[number], float(scores[number])) for number in numbers]

    def _complain_of_duplicates(self) -> None:
        first: dict[str, int] = {}
        for row, word in enumerate(self.words):
            if first.setdefault(word, row) != row:
                raise DataError(
                    f"the word {word!r} occurs twice, as number {first[word]} and {row}; "
                    "give every word one row"
                )


def write_vectors_folder(
    folder: Path,
    vectors: WordVectors,
    *,
    settings: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
) -> None:
    """Write ``vectors`` with the ``settings`` and ``metrics`` of their run into an open folder.

    Raises:
        DataError: a vector is not finite, a word occurs twice or holds a line break.
    """
    if len(vectors.vocabulary.index) != len(vectors):
        vectors._complain_of_duplicates()
    write_folder(folder, vectors.contents, settings=settings, metrics=metrics)


def _table_of(array: Float[np.ndarray, "..."], name: str, words: int) -> Float[np.ndarray, "..."]:
    if array.ndim != 2 or array.shape[1] == 0:
        raise DataError(f"{name} has shape {array.shape}; expected one row of numbers a word")
    if len(array) != words:
        raise DataError(f"{words} words came with {len(array)} {name}; give one row a word")
    return array if array.dtype == np.float32 else array.astype(np.float32)


def _listed(
    given: str | Float[np.ndarray, "..."] | Sequence[str | Float[np.ndarray, "..."]],
) -> list[str | Float[np.ndarray, "..."]]:
    """One word or vector as a list; a list as it is."""
    if isinstance(given, str) or (isinstance(given, np.ndarray) and given.ndim == 1):
        return [given]
    return list(given)
