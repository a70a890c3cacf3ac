"""From a treebank to a tokenizer."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from gradus.core.progress import SILENT, Progress
from gradus.nn.initialization import initialize_
from gradus.tasks.base.beginning import entropy, weight_generator
from gradus.tasks.base.fit import fit
from gradus.tasks.base.words.sources import Source, examples_of, read_source
from gradus.tasks.tagging.tokenization.cutter import WHITE_SIGN, Cutter
from gradus.tasks.tagging.tokenization.expansions import Expansions
from gradus.tasks.tagging.tokenization.presets import PRESETS
from gradus.tasks.tagging.tokenization.settings import TokenizerConfig
from gradus.tasks.tagging.tokenization.symbols import Symbols
from gradus.tasks.tagging.tokenization.tags import Tags
from gradus.tasks.tagging.tokenization.tokenizer import Tokenizer
from gradus.text.conllu import read_conllu
from gradus.text.document import Sentence
from gradus.text.spacing import RawText, placed_text
from gradus.training.callbacks import Callback
from gradus.training.settings import TrainingConfig

#: Share of the tokens that must hold a space before one is expected anywhere.
JOINED = 1e-4


def train_tokenizer(
    train: Source,
    *,
    dev: Source | None = None,
    preset: str = "fast",
    config: TokenizerConfig | None = None,
    training: TrainingConfig | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    sanity: bool = False,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> Tokenizer:
    """Train a tokenizer; save it to ``folder`` if one is named.

    It learns from the raw text of the treebank: what MISC says of white space, one space between
    sentences, an empty line before ``# newdoc`` and ``# newpar``. ``config`` and ``training`` take
    the place of what ``preset`` says. With ``dev`` the best model of the run is kept, else the
    last.

    Raises:
        DataError: there is no sentence to learn from, or none in ``dev``.
        FormatError: a file is no CoNLL-U.
        SettingsError: settings contradict each other, or there is nothing to resume.
        ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
        DivergenceError: the numbers left the finite range.
        MemoryLimitError: a batch does not fit into memory.
    """
    given = PRESETS.settings(preset)
    config, training = config or given[0], training or given[1]
    sentences, held_out = examples_of(train, dev, partial(read_source, read=read_conllu))
    tokenizer = prepared(sentences, config, seed=training.seed)
    data = tokenizer.training_set(sentences, seed=training.seed)
    tokenizer.metrics = fit(
        tokenizer,
        data,
        training,
        dev=None if held_out is None else tokenizer.dataset(held_out),
        baseline={"loss": entropy(np.bincount(data.labels))},
        folder=folder,
        force=force,
        resume=resume,
        sanity=sanity,
        callbacks=callbacks,
        progress=progress,
    )
    return tokenizer


def prepared(sentences: Sequence[Sentence], config: TokenizerConfig, *, seed: int) -> Tokenizer:
    """A tokenizer that has counted what is in a treebank; its weights are at their beginning."""
    raw = placed_text(sentences)
    cutter = Cutter.learn(raw)
    forms = (raw.text[start:end] for start, end in cutter.pieces(raw.text))
    generator = weight_generator(seed)
    tokenizer = Tokenizer(
        config,
        Symbols.learn(config, forms),
        cutter,
        Expansions.learn(sentences),
        Tags.learn(sentences) if config.tags else Tags(),
        joins=_joined(raw) > JOINED,
        generator=generator,
    )
    initialize_(tokenizer.model, generator=generator)
    return tokenizer


def _joined(raw: RawText) -> float:
    """The share of tokens that hold white space."""
    spans = zip(raw.starts.tolist(), raw.ends.tolist(), strict=True)
    count = sum(WHITE_SIGN.search(raw.text, start, end) is not None for start, end in spans)
    return count / max(1, len(raw.starts))
