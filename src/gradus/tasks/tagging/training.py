"""From sentences with labels to a tagger."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gradus.core.errors import DataError
from gradus.core.progress import SILENT, Progress
from gradus.core.seeding import stream
from gradus.nn.initialization import initialize_
from gradus.nn.losses import IGNORED
from gradus.tasks.base.fit import fit
from gradus.tasks.base.words.symbols import FormSymbols
from gradus.tasks.base.words.vectors import with_named_vectors
from gradus.tasks.tagging.labels import Labels
from gradus.tasks.tagging.network import TaggerNetwork
from gradus.tasks.tagging.presets import preset_settings
from gradus.tasks.tagging.reading import Source, known_columns, read_sentences
from gradus.tasks.tagging.settings import TaggerConfig
from gradus.tasks.tagging.tagger import Tagger
from gradus.text.document import Sentence
from gradus.training.callbacks import Callback
from gradus.training.settings import TrainingConfig


def train_tagger(
    train: Source,
    *,
    dev: Source | None = None,
    preset: str = "fast",
    config: TaggerConfig | None = None,
    training: TrainingConfig | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    sanity: bool = False,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> Tagger:
    """Train a tagger; save it to ``folder`` if one is named.

    ``config`` and ``training`` take the place of what ``preset`` says. Columns that the training
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
    preparation = Preparation(read_sentences(train, config.columns), config, training, progress)
    held_out = None if dev is None else read_sentences(dev, config.columns)
    if held_out == []:
        raise DataError("there are no sentences in dev to measure on; give some, or leave it out")
    tagger = preparation.tagger
    tagger.metrics = fit(
        tagger,
        preparation.dataset,
        training,
        dev=None if held_out is None else tagger.training_set(held_out),
        baseline=preparation.baseline(),
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
    ) -> None:
        if not sentences:
            raise DataError("there are no sentences to learn from")
        kept = known_columns(sentences, config.columns)
        if absent := [name for name in config.columns if name not in kept]:
            progress.note(f"the training sentences say nothing of {', '.join(absent)}: left out")
        config = replace(config, columns=kept)
        symbols, matrix = with_named_vectors(
            FormSymbols.learn(config, sentences), sentences, seed=training.seed, progress=progress
        )
        labels = [Labels.learn(name, config, sentences) for name in kept]
        generator = torch.Generator().manual_seed(
            int(stream(training.seed, "weights").integers(2**63))
        )
        network = TaggerNetwork(config, symbols, labels, generator)
        initialize_(network, generator=generator)
        if matrix is not None:
            network.reader.start_(matrix)
        self.tagger = Tagger(config, symbols, labels, network)
        self.dataset = self.tagger.training_set(sentences)

    def baseline(self) -> dict[str, float]:
        """The entropy of the labels: the loss of a guess that knows how frequent they are."""
        return {"loss": sum(map(_entropy, self.dataset.targets))}


def _entropy(targets: np.ndarray) -> float:
    counts = np.array(list(Counter(targets[targets != IGNORED].tolist()).values()))
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())
