"""What word vectors are worth to a task: entities found from them alone, beside random vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

import numpy as np

from gradus.core.errors import DataError, SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.core.seeding import stream
from gradus.tasks.base.words.sources import Source
from gradus.tasks.tagging.reading import read_sentences
from gradus.tasks.tagging.settings import TaggerConfig
from gradus.tasks.tagging.training import train_tagger
from gradus.text.document import Sentence
from gradus.training.settings import TrainingConfig
from gradus.vectors.table import WordVectors

#: No word is met so often, so that none has a vector of the model's own.
NEVER = 1 << 40


@dataclass(frozen=True)
class VectorScores:
    """F1 of entities by seed, of a table of vectors and of random ones.

    >>> VectorScores((0.5, 0.7), (0.2, 0.2), coverage=0.9, words=3).spread
    0.141...
    """

    f1: tuple[float, ...]
    random: tuple[float, ...]
    coverage: float  # share of the different forms of train and dev that have a vector
    words: int  # how many vectors that is

    @property
    def mean(self) -> float:
        """The mean over seeds."""
        return fmean(self.f1)

    @property
    def spread(self) -> float:
        """The standard deviation over seeds, 0 of a single one."""
        return _spread(self.f1)

    @property
    def random_mean(self) -> float:
        """The mean of random vectors."""
        return fmean(self.random)

    @property
    def random_spread(self) -> float:
        """The standard deviation of random vectors."""
        return _spread(self.random)

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain values, ready for JSON."""
        return {
            "seeds": len(self.f1),
            "coverage": self.coverage,
            "words": self.words,
            "vectors": {"mean": self.mean, "spread": self.spread, "f1": list(self.f1)},
            "random": {
                "mean": self.random_mean,
                "spread": self.random_spread,
                "f1": list(self.random),
            },
        }


def score_vectors(
    table: WordVectors,
    train: Source,
    dev: Source,
    *,
    seeds: int = 3,
    epochs: int = 10,
    hidden: int = 100,
    progress: Progress = SILENT,
) -> VectorScores:
    """Train a window tagger of entities on frozen vectors, and on random ones; F1 on dev.

    The tagger is ``softmax(U max(0, W [x[t-2]; ...; x[t+2]] + b) + c)`` and reads nothing but the
    vectors, so that what it learns comes from them. Random vectors are normal, of the same length,
    and stand for the same words. Runs of one seed share their order and the weights they begin
    with. The last model of a run is measured, so that dev chooses nothing.

    Raises:
        DataError: a file cannot be read, there is nothing to learn or to measure on, or no word
            has a vector.
        FormatError: a line is not of its format.
        SettingsError: ``seeds`` or another setting is out of range.
    """
    if seeds < 1:
        raise SettingsError(f"seeds={seeds} is out of range: choose at least 1")
    config = TaggerConfig(
        columns=("entity",),
        encoder=f"window({hidden}, reach=2)",
        output="softmax",
        dim=table.dim,
        affix_dim=0,
        min_count=NEVER,
        max_vectors=len(table.words),
        dropout=0.0,
        word_dropout=0.0,
    )
    learnt, measured = (read_sentences(source, config.columns) for source in (train, dev))
    known, coverage = _met(table, [*learnt, *measured])

    def f1(vectors: WordVectors, seed: int) -> float:
        training = TrainingConfig(
            optimizer="adam", rate=1e-3, batch_size=32, threads=1, epochs=epochs, seed=seed
        )
        tagger = train_tagger(learnt, config=config, training=training, vectors=vectors)
        return tagger.report(measured).spans.f1

    found, random = [], []
    progress.start("training taggers", total=2 * seeds, unit="runs")
    for seed in range(1, seeds + 1):
        found.append(f1(known, seed))
        progress.update(2 * seed - 1, f1=found[-1])
        random.append(f1(_random(known, seed), seed))
        progress.update(2 * seed, random=random[-1])
    progress.finish()
    return VectorScores(tuple(found), tuple(random), coverage, len(known.words))


def _met(table: WordVectors, sentences: Sequence[Sentence]) -> tuple[WordVectors, float]:
    """The vectors of words of the sentences alone, and the share of their forms that have one."""
    forms = {word.form for sentence in sentences for word in sentence.words}
    wanted = forms | {form.lower() for form in forms}
    rows = [place for place, word in enumerate(table.words) if word in wanted]
    if not rows:
        raise DataError(
            "the vectors have none of the words of the sentences; name vectors of the same "
            "language, or sentences whose words are spelled as theirs"
        )
    words = [table.words[row] for row in rows]
    have = set(words)
    share = sum(form in have or form.lower() in have for form in forms) / len(forms)
    return WordVectors(words, np.asarray(table.vectors)[rows]), share


def _random(table: WordVectors, seed: int) -> WordVectors:
    """Normal numbers in place of the vectors."""
    drawn = stream(seed, "random vectors").standard_normal(table.vectors.shape)
    return WordVectors(table.words, drawn.astype(np.float32))


def _spread(values: Sequence[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0
