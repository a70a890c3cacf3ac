"""How good are word vectors? Accuracy on analogies, correlation with human similarity scores."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.core.shapes import Float, Int
from gradus.vectors.contents import chunks
from gradus.vectors.queries import Method, analogy_scores, unit
from gradus.vectors.table import WordVectors

#: Words ranked at once, and questions asked at once: their scores stay in the processor's cache.
WORDS_AT_ONCE, QUESTIONS_AT_ONCE = 2048, 128

#: Sections whose name starts so ask about grammar; all others ask about the world.
SYNTACTIC = "gram"


@dataclass(frozen=True)
class SectionScore:
    """How one section of an analogy file went."""

    name: str
    correct: int
    attempted: int  # questions whose four words are all known
    total: int  # questions in the file

    @property
    def accuracy(self) -> float | None:
        """Correct answers per attempted question; None where none was attempted."""
        return self.correct / self.attempted if self.attempted else None

    @property
    def coverage(self) -> float:
        """Attempted questions per question."""
        return self.attempted / self.total if self.total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The score as plain values, ready for JSON."""
        return {
            "name": self.name,
            "correct": self.correct,
            "attempted": self.attempted,
            "total": self.total,
            "accuracy": self.accuracy,
            "coverage": self.coverage,
        }


@dataclass(frozen=True)
class AnalogyReport:
    """Scores of every section of an analogy file, and their sums."""

    name: str
    method: Method
    sections: tuple[SectionScore, ...]

    @property
    def total(self) -> SectionScore:
        """All sections together."""
        return _sum("total", self.sections)

    @property
    def semantic(self) -> SectionScore:
        """The sections that ask about the world."""
        return _sum("semantic", [s for s in self.sections if not s.name.startswith(SYNTACTIC)])

    @property
    def syntactic(self) -> SectionScore:
        """The sections that ask about grammar: their names start with ``gram``."""
        return _sum("syntactic", [s for s in self.sections if s.name.startswith(SYNTACTIC)])

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, ready for JSON."""
        sums = (self.semantic, self.syntactic, self.total)
        return {
            "name": self.name,
            "method": self.method,
            "sections": [section.to_dict() for section in self.sections],
            **{score.name: score.to_dict() for score in sums},
        }


@dataclass(frozen=True)
class SimilarityReport:
    """How cosines follow human scores; correlations are None where too few pairs are covered."""

    name: str
    pearson: float | None
    spearman: float | None
    covered: int  # pairs whose two words are known
    pairs: int  # pairs in the file

    @property
    def coverage(self) -> float:
        """Covered pairs per pair."""
        return self.covered / self.pairs

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, ready for JSON."""
        return {
            "name": self.name,
            "pearson": self.pearson,
            "spearman": self.spearman,
            "covered": self.covered,
            "pairs": self.pairs,
            "coverage": self.coverage,
        }


def evaluate_analogies(
    vectors: WordVectors,
    path: Path | str,
    *,
    method: Method = "3cosadd",
    restrict_vocab: int = 300_000,
    lowercase: bool = True,
) -> AnalogyReport:
    """Ask every question "a b c d" of the file: is d the best answer to a : b = c : d?

    Answers come from the ``restrict_vocab`` most frequent words except a, b and c. With
    ``lowercase`` words that differ in case only are the same, and the most frequent stands for all.

    Raises:
        DataError: the file does not exist.
        FormatError: a line is neither a section (": name") nor four words.
    """
    sections = read_analogies(Path(path))
    index = _folded_index(vectors, restrict_vocab, lowercase)
    fold = _fold(lowercase)
    asked = [
        (number, row)
        for number, (_, questions) in enumerate(sections)
        for question in questions
        if -1 not in (row := [index.get(fold(word), -1) for word in question])
    ]
    rows = np.array([row for _, row in asked], dtype=np.int64).reshape(-1, 4)
    top = min(restrict_vocab, len(vectors))
    family = np.array([index[fold(word)] for word in vectors.words[:top]], dtype=np.int64)
    answers = _answer(vectors, rows[:, :3], family, method)
    correct = family[answers] == rows[:, 3]
    belongs = np.array([number for number, _ in asked], dtype=np.int64)
    attempted = np.bincount(belongs, minlength=len(sections)).tolist()
    right = np.bincount(belongs[correct], minlength=len(sections)).tolist()
    scores = tuple(
        SectionScore(name, right[number], attempted[number], len(questions))
        for number, (name, questions) in enumerate(sections)
    )
    return AnalogyReport(Path(path).name, method, scores)


def evaluate_similarity(
    vectors: WordVectors,
    path: Path | str,
    *,
    restrict_vocab: int = 300_000,
    lowercase: bool = True,
) -> SimilarityReport:
    """Correlate the cosines of the word pairs of a file with its human scores.

    Raises:
        DataError: the file does not exist.
        FormatError: a line is not two words and a number.
    """
    pairs = read_pairs(Path(path))
    index = _folded_index(vectors, restrict_vocab, lowercase)
    fold = _fold(lowercase)
    known = [
        (index[fold(a)], index[fold(b)], score)
        for a, b, score in pairs
        if fold(a) in index and fold(b) in index
    ]
    rows = np.array([(a, b) for a, b, _ in known], dtype=np.int64).reshape(-1, 2)
    first, second = (unit(vectors.vectors[side]).astype(np.float64) for side in rows.T)
    cosines = np.einsum("pd,pd->p", first, second)
    human = np.array([score for _, _, score in known], dtype=np.float64)
    return SimilarityReport(
        Path(path).name,
        pearson(human, cosines),
        pearson(ranks(human), ranks(cosines)),
        len(known),
        len(pairs),
    )


def pearson(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"]) -> float | None:
    """Pearson's correlation; None where one side does not vary.

    >>> round(pearson(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])), 6)
    0.981981
    """
    if x.size < 2:
        return None
    x, y = x - x.mean(), y - y.mean()
    spread = float(np.sqrt(x @ x) * np.sqrt(y @ y))
    return float(x @ y) / spread if spread > 0 else None


def ranks(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Ranks from 1 on; equal values share the mean of theirs.

    >>> ranks(np.array([5.0, 9.0, 5.0]))
    array([1.5, 3. , 1.5])
    """
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(sizes) - (sizes - 1) / 2)[group]


def read_analogies(path: Path) -> list[tuple[str, list[list[str]]]]:
    """Sections of an analogy file with their questions; those before any section form "all"."""
    sections: list[tuple[str, list[list[str]]]] = []
    for number, line in _lines(path):
        if line.startswith(":"):
            sections.append((line[1:].strip(), []))
            continue
        words = line.split()
        if len(words) != 4:
            raise FormatError(
                f"{path}, line {number}: expected four words or ': section', found {line[:60]!r}"
            )
        if not sections:
            sections.append(("all", []))
        sections[-1][1].append(words)
    if not any(questions for _, questions in sections):
        raise FormatError(f"{path} holds no analogy questions")
    return sections


def read_pairs(path: Path) -> list[tuple[str, str, float]]:
    """Word pairs with their scores; fields are separated by tabs, or else by spaces."""
    pairs = []
    for number, line in _lines(path):
        if line.startswith("#"):
            continue
        fields = line.split("\t") if "\t" in line else line.split()
        try:
            first, second, score = (field.strip() for field in fields)
            pairs.append((first, second, float(score)))
        except ValueError:
            raise FormatError(
                f"{path}, line {number}: expected two words and a score, found {line[:60]!r}"
            ) from None
        if not np.isfinite(pairs[-1][2]):
            raise FormatError(f"{path}, line {number}: the score {score!r} is not finite")
    if not pairs:
        raise FormatError(f"{path} holds no word pairs")
    return pairs


def _answer(
    vectors: WordVectors,
    questions: Int[np.ndarray, "questions 3"],
    family: Int[np.ndarray, " words"],
    method: Method,
) -> Int[np.ndarray, " questions"]:
    """The best answer to each question; words whose ``family`` one of its words has are left out.

    The cosines of the few different words asked about are computed once a block of the vocabulary;
    a question then costs two additions a word, whatever the dimension.
    """
    asked, places = np.unique(questions, return_inverse=True)
    places = places.reshape(-1, 3)
    targets = unit(vectors.vectors[asked])
    question, word = _barred(questions, family)
    answers = np.zeros(len(questions), dtype=np.int64)
    highest = np.full(len(questions), -np.inf, dtype=np.float32)
    for words in chunks(len(family), WORDS_AT_ONCE):
        block = unit(vectors.vectors[words])
        cosines = targets @ block.T
        block_start, block_stop = np.searchsorted(word, [words.start, words.stop])
        order = block_start + np.argsort(question[block_start:block_stop], kind="stable")
        rows, columns = question[order], word[order] - words.start
        for part in chunks(len(questions), QUESTIONS_AT_ONCE):
            a, b, c = (cosines[places[part, side]] for side in range(3))
            scores = analogy_scores(a, b, c, method)
            inside = slice(*np.searchsorted(rows, [part.start, part.stop]))
            scores[rows[inside] - part.start, columns[inside]] = -np.inf
            found = scores.argmax(axis=1)
            peaks = scores[np.arange(len(found)), found]
            better = peaks > highest[part]
            highest[part] = np.where(better, peaks, highest[part])
            answers[part] = np.where(better, found + words.start, answers[part])
    return answers


def _barred(
    questions: Int[np.ndarray, "questions 3"], family: Int[np.ndarray, " words"]
) -> tuple[Int[np.ndarray, " barred"], Int[np.ndarray, " barred"]]:
    """Pairs (question, word) of words that may not answer a question, in the order of the words."""
    members = np.argsort(family, kind="stable")
    starts, stops = (
        np.searchsorted(family[members], questions.ravel(), side=side) for side in ("left", "right")
    )
    sizes = stops - starts
    # each word asked about brings the run of its family: start, start + 1, ...
    inside = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    word = members[np.repeat(starts, sizes) + inside]
    question = np.repeat(np.repeat(np.arange(len(questions)), 3), sizes)
    order = np.argsort(word, kind="stable")
    return question[order], word[order]


def _folded_index(vectors: WordVectors, restrict_vocab: int, lowercase: bool) -> dict[str, int]:
    """From folded word to the row of the most frequent word that folds so."""
    if restrict_vocab < 1:
        raise SettingsError(
            f"restrict_vocab={restrict_vocab} is out of range: choose a value at least 1"
        )
    fold = _fold(lowercase)
    index: dict[str, int] = {}
    for row, word in enumerate(vectors.words[:restrict_vocab]):
        index.setdefault(fold(word), row)
    return index


def _fold(lowercase: bool) -> Callable[[str], str]:
    return str.lower if lowercase else str


def _sum(name: str, scores: Iterable[SectionScore]) -> SectionScore:
    scores = list(scores)
    return SectionScore(
        name,
        sum(score.correct for score in scores),
        sum(score.attempted for score in scores),
        sum(score.total for score in scores),
    )


def _lines(path: Path) -> list[tuple[int, str]]:
    """The lines of a text file that hold something, with their numbers."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; name a file to evaluate on") from None
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: not UTF-8 at byte {error.start}") from None
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1)]
    return [(number, line) for number, line in lines if line]
