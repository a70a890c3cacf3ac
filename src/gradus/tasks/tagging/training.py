"""From sentences with labels to a tagger."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from gradus.core.progress import SILENT, Progress
from gradus.nn.initialization import initialize_
from gradus.nn.losses import IGNORED
from gradus.tasks.base.beginning import weight_generator
from gradus.tasks.base.fit import fit
from gradus.tasks.base.words.sources import Source, examples_of
from gradus.tasks.base.words.symbols import FormSymbols
from gradus.tasks.base.words.vectors import with_trained_vectors
from gradus.tasks.tagging.dataset import TaggedSentences
from gradus.tasks.tagging.labels import Labels
from gradus.tasks.tagging.network import TaggerNetwork
from gradus.tasks.tagging.presets import preset_settings
from gradus.tasks.tagging.reading import learnt_columns, read_sentences
from gradus.tasks.tagging.settings import TaggerConfig
from gradus.tasks.tagging.tagger import Tagger
from gradus.text.document import Sentence
from gradus.training.callbacks import Callback
from gradus.training.settings import TrainingConfig
from gradus.vectors.table import WordVectors


def train_tagger(
    train: Source,
    *,
    dev: Source | None = None,
    preset: str = "fast",
    config: TaggerConfig | None = None,
    training: TrainingConfig | None = None,
    vectors: WordVectors | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    sanity: bool = False,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> Tagger:
    """Train a tagger; save it to ``folder`` if one is named.

    ``config`` and ``training`` take the place of what ``preset`` says, and ``vectors`` that of the
    table that ``config`` names. Columns that the training
    sentences say nothing about are left out, and said so. With ``dev`` the best model of the run is
    kept, else the last.

    Raises:
        DataError: there is no sentence, or no label to learn.
        FormatError: a file is not of its format.
        SettingsError: settings contradict each other, or there is nothing to resume.
        ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
        DivergenceError: the numbers left the finite range.
        MemoryLimitError: a batch does not fit into memory.
    """
    given = preset_settings(preset)
    config, training = config or given[0], training or given[1]
    learnt, held_out = examples_of(train, dev, partial(read_sentences, columns=config.columns))
    preparation = Preparation(learnt, config, training, progress, vectors)
    tagger = preparation.tagger
    measured = None if held_out is None else tagger.training_set(held_out)
    tagger.metrics = fit(
        tagger,
        preparation.dataset,
        training,
        dev=measured,
        baseline=preparation.baseline(measured),
        folder=folder,
        force=force,
        resume=resume,
        sanity=sanity,
        callbacks=callbacks,
        progress=progress,
    )
    return tagger


class Preparation:
    """What happens once before a run: symbols and labels are counted, weights begin."""

    def __init__(
        self,
        sentences: Sequence[Sentence],
        config: TaggerConfig,
        training: TrainingConfig,
        progress: Progress,
        vectors: WordVectors | None = None,
    ) -> None:
        config = replace(config, columns=learnt_columns(sentences, config.columns, progress))
        symbols, trained = with_trained_vectors(
            FormSymbols.learn(config, sentences),
            sentences,
            seed=training.seed,
            table=vectors,
            progress=progress,
        )
        labels = [Labels.learn(name, config, sentences) for name in config.columns]
        generator = weight_generator(training.seed)
        network = TaggerNetwork(config, symbols, labels, generator)
        initialize_(network, generator=generator)
        trained.start_(network.reader)
        self.tagger = Tagger(config, symbols, labels, network)
        self.dataset = self.tagger.training_set(sentences)

    def baseline(self, measured: TaggedSentences | None = None) -> dict[str, float]:
        """The loss of a guess that knows how frequent labels are in training, on what is measured.

        Entities may be much more frequent in dev, where they lose such a guess more.
        """
        targets = (measured or self.dataset).targets
        pairs = zip(self.tagger.labels, self.dataset.targets, targets, strict=True)
        return {"loss": sum(_guess(len(own.names), *both) for own, *both in pairs)}


def _guess(
    labels: int, learnt: Int64[np.ndarray, " learnt"], measured: Int64[np.ndarray, " measured"]
) -> float:
    """Mean ``-log p`` of measured labels; p are shares of the learnt, each met once more."""
    counts = np.bincount(learnt[learnt != IGNORED], minlength=labels) + 1
    known = measured[measured != IGNORED]
    return float(-np.log(counts / counts.sum())[known].mean()) if len(known) else 0.0
