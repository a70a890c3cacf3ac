"""From labelled texts to a classifier."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import torch

from gradus.core.errors import SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.nn.embeddings import Embedding
from gradus.nn.feature_scores import log_count_ratios
from gradus.nn.initialization import initialize_
from gradus.tasks.base.beginning import weight_generator
from gradus.tasks.base.fit import fit
from gradus.tasks.base.rate import find_rate
from gradus.tasks.base.vectors import embedding_of, named_vectors
from gradus.tasks.classification.classifier import Classifier
from gradus.tasks.classification.dataset import AugmentedTexts
from gradus.tasks.classification.examples import Examples, read_examples
from gradus.tasks.classification.network import TextNetwork, build_network
from gradus.tasks.classification.presets import preset_settings
from gradus.tasks.classification.reading import Reader
from gradus.tasks.classification.settings import ClassifierConfig
from gradus.tasks.classification.splitting import check_known, check_labels, split_examples
from gradus.tasks.classification.words import SPECIAL
from gradus.training.augmentation import transform_of
from gradus.training.callbacks import Callback
from gradus.training.objective import Dataset
from gradus.training.optimizers import takes_sparse
from gradus.training.rate_test import RangeTest
from gradus.training.settings import TrainingConfig

#: Examples as they are, or where to read them: a path, several, or ``-`` for standard input.
Source = Examples | str | PathLike[str] | Sequence[str | PathLike[str]]


def train_classifier(
    train: Source,
    *,
    dev: Source | None = None,
    dev_share: float = 0.1,
    format: str | None = None,
    preset: str = "fast",
    config: ClassifierConfig | None = None,
    training: TrainingConfig | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    sanity: bool = False,
    difficulty: Path | str | None = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> Classifier:
    """Train a classifier; save it to ``folder`` if one is named.

    ``config`` and ``training`` take the place of what ``preset`` says. Without ``dev`` a share of
    the examples, drawn by the seed, chooses the best model; with a share of 0 the last is kept.

    Raises:
        DataError: an example has no label or no text, all have one label, or dev has unknown ones.
        FormatError: a file does not follow its format.
        SettingsError: settings contradict each other, or there is nothing to resume.
        ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
        DivergenceError: the numbers left the finite range.
        MemoryLimitError: a batch does not fit into memory.
    """
    if not 0 <= dev_share < 1:
        raise SettingsError(
            f"dev_share={dev_share} is out of range: choose a value at least 0, below 1"
        )
    given = preset_settings(preset)
    config, training = config or given[0], training or given[1]
    examples, held_out = _examples(train, format), None
    labels = check_labels(examples)
    if dev is not None:
        held_out = _examples(dev, format)
        check_known(held_out, labels)
    elif dev_share:
        examples, held_out = split_examples(examples, dev_share, training.seed)
    preparation = Preparation(examples, labels, config, training, progress)
    classifier = preparation.classifier()
    classifier.metrics = fit(
        classifier,
        preparation.dataset(),
        training,
        dev=None if held_out is None else classifier.dataset(held_out),
        baseline=classifier.baseline(examples),
        folder=folder,
        force=force,
        resume=resume,
        sanity=sanity,
        difficulty=difficulty,
        callbacks=callbacks,
        progress=progress,
    )
    return classifier


def find_classifier_rate(
    train: Source,
    *,
    format: str | None = None,
    preset: str = "accurate",
    config: ClassifierConfig | None = None,
    training: TrainingConfig | None = None,
    progress: Progress = SILENT,
) -> RangeTest:
    """Suggest a learning rate for :func:`train_classifier` with the same arguments.

    Raises:
        DataError: an example has no label or no text, or all have one label.
        FormatError: a file does not follow its format.
        SettingsError: settings contradict each other, or there is no encoder.
    """
    given = preset_settings(preset)
    config, training = config or given[0], training or given[1]
    if not config.encodes:
        raise SettingsError(
            "encoder='none': scores of words and sequences learn a few texts by heart at any rate, "
            "so that a range test says nothing of them; keep the rate of preset fast, or name an "
            "encoder"
        )
    examples = _examples(train, format)
    preparation = Preparation(examples, check_labels(examples), config, training, progress)
    return find_rate(preparation.classifier(), preparation.dataset(), training, progress=progress)


class Preparation:
    """What happens once before a run: words are counted, texts become numbers, weights begin."""

    def __init__(
        self,
        examples: Examples,
        labels: Sequence[str],
        config: ClassifierConfig,
        training: TrainingConfig,
        progress: Progress,
    ) -> None:
        self.config, self.training, self.labels = config, training, labels
        progress.start("reading", total=None, unit="texts")
        self.tokens = Reader.tokenize(config, examples)
        places = {label: place for place, label in enumerate(labels)}
        gold = np.array([places[label] for label in examples.labels or ()], dtype=np.int64)
        self.reader = Reader.learn(config, self.tokens)
        self.encoded = self.reader.encode(self.tokens, gold)
        progress.update(len(examples))
        progress.finish()
        self.vectors = named_vectors(
            config.vectors, self.tokens, dim=config.dim, seed=training.seed, progress=progress
        )
        self.progress = progress

    def classifier(self) -> Classifier:
        """The classifier before its first step."""
        return Classifier(self.config, self.labels, self.reader, self._network())

    def dataset(self) -> Dataset:
        """The training texts, augmented if the settings say so."""
        if not self.config.augment:
            return self.encoded
        transform = transform_of(self.config.augment, vectors=self.vectors)
        return AugmentedTexts(
            self.encoded, self.tokens, self.reader.encode, transform, self.training.seed
        )

    def _network(self) -> TextNetwork:
        config = self.config
        generator = weight_generator(self.training.seed)
        network = build_network(
            config,
            self.reader,
            len(self.labels),
            embedding=self._embedding(generator) if config.encodes else None,
            sparse=takes_sparse(self.training.optimizer),
        )
        initialize_(network, weights=config.weights, generator=generator)
        if network.wide is not None:
            features = self.encoded.features
            network.wide.prime_(
                log_count_ratios(
                    features.values,
                    features.bounds,
                    self.encoded.labels,
                    size=len(network.wide.weight),
                    classes=len(self.labels),
                )
            )
        return network

    def _embedding(self, generator: torch.Generator) -> Embedding:
        config = self.config
        return embedding_of(
            [*SPECIAL, *self.reader.words.vocabulary.words],
            self.vectors,
            dim=config.dim,
            frozen=config.frozen,
            word_dropout=config.word_dropout,
            generator=generator,
            progress=self.progress,
        )


def _examples(source: Source, format: str | None) -> Examples:
    return source if isinstance(source, Examples) else read_examples(source, format=format)
