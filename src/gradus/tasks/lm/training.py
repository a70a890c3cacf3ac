"""From a text to a neural language model."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gradus.core.errors import DataError, SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.core.seeding import stream
from gradus.nn.initialization import initialize_
from gradus.tasks.base.beginning import entropy
from gradus.tasks.base.fit import fit
from gradus.tasks.lm.dataset import Windows
from gradus.tasks.lm.footprint import check_footprint
from gradus.tasks.lm.lines import Sources
from gradus.tasks.lm.neural import NeuralLanguageModel
from gradus.tasks.lm.presets import preset_settings
from gradus.tasks.lm.settings import LanguageModelConfig
from gradus.tasks.lm.spelling import UNKNOWN, EncodedText, Spelling
from gradus.training.callbacks import Callback
from gradus.training.optimizers import takes_sparse
from gradus.training.settings import TrainingConfig


def train_language_model(
    corpus: Sources,
    *,
    dev: Sources | None = None,
    preset: str = "small",
    config: LanguageModelConfig | None = None,
    training: TrainingConfig | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    sanity: bool = False,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> NeuralLanguageModel:
    r"""Train a neural language model; save it to ``folder`` if one is named.

    ``config`` and ``training`` take the place of what ``preset`` says; a batch has as many streams
    as ``training.batch_size``. ``dev`` chooses the best model; without it the last is kept. The
    same seed gives the same model on one thread.

    >>> lines = ["the cat sat on the mat"] * 40
    >>> config = LanguageModelConfig(dim=8, hidden=8, layers=1, steps=5)
    >>> training = TrainingConfig(epochs=20, batch_size=4, rate=0.02, threads=1)
    >>> model = train_language_model(iter(lines), config=config, training=training)
    >>> model.perplexity(iter(lines)).perplexity < 2
    True

    Raises:
        DataError: a text is missing, empty, damaged, shorter than a window, or of unknown words.
        SettingsError: settings contradict each other, a model does not fit into memory, or there
            is nothing to resume.
        ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
        DivergenceError: the numbers left the finite range.
        MemoryLimitError: a batch does not fit into memory.
    """
    given = preset_settings(preset)
    config, training = config or given[0], training or given[1]
    if training.curriculum:
        raise SettingsError(
            f"curriculum={training.curriculum!r}: a text is read in its own order; leave it out"
        )
    spelling, text = Spelling.learn(
        corpus,
        level=config.level,
        documents=config.documents,
        lowercase=config.lowercase,
        min_count=config.min_count,
        max_vocab=config.max_vocab,
        progress=progress,
    )
    if len(text) < config.steps:
        raise DataError(
            f"the corpus has {len(text)} tokens, fewer than the steps={config.steps} of one "
            "window; use more text, or fewer --steps"
        )
    held_out = None if dev is None else known_text(dev, spelling, progress)
    check_footprint(config, training, len(spelling))
    model = untrained_model(config, spelling, training)
    windows = Windows(text, training.batch_size, config.steps, seed=training.seed)
    model.metrics = fit(
        model,
        windows,
        replace(training, bucket=False),
        dev=None if held_out is None else model.dataset(held_out),
        baseline=unigram_figures(text, spelling),
        folder=folder,
        force=force,
        resume=resume,
        sanity=sanity,
        order=windows.order,
        callbacks=callbacks,
        progress=progress,
    )
    return model


def known_text(sources: Sources, spelling: Spelling, progress: Progress = SILENT) -> EncodedText:
    """A text to measure on, with at least one token that the vocabulary has.

    Raises:
        DataError: all its tokens are unknown, or it cannot be read.
    """
    text = spelling.encode(sources, progress)
    told = (text.ids != spelling.unknown) & (text.ids != spelling.end)
    if not told.any():
        raise DataError(
            f"all {len(text):,} tokens of the dev text are {UNKNOWN} or line ends in the "
            f"vocabulary of {len(spelling):,}; is it in the same language, and written alike?"
        )
    return text


def unigram_figures(text: EncodedText, spelling: Spelling) -> dict[str, float]:
    """Loss and perplexity of a guess from the shares of the tokens alone."""
    lost = entropy(np.bincount(text.ids, minlength=len(spelling)))
    return {"loss": lost, "perplexity": float(np.exp(lost))}


def untrained_model(
    config: LanguageModelConfig, spelling: Spelling, training: TrainingConfig
) -> NeuralLanguageModel:
    """The model before its first step; the same seed gives the same weights."""
    seed = int(stream(training.seed, "weights").integers(2**63))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = NeuralLanguageModel(config, spelling, sparse=takes_sparse(training.optimizer))
    generator = torch.Generator().manual_seed(seed)
    initialize_(model.network.reader, weights=config.weights, generator=generator)
    return model
