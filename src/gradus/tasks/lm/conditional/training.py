"""From pairs to an encoder–decoder."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from gradus.core.errors import DataError, SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.nn.initialization import initialize_
from gradus.tasks.base.beginning import entropy, weight_generator
from gradus.tasks.base.fit import fit
from gradus.tasks.lm.conditional.pairs import Pairs, read_pairs, split_pairs
from gradus.tasks.lm.conditional.presets import preset_settings
from gradus.tasks.lm.conditional.seq2seq import Seq2Seq
from gradus.tasks.lm.conditional.settings import Seq2SeqConfig
from gradus.tasks.lm.conditional.symbols import FIRST, Symbols
from gradus.training.callbacks import Callback
from gradus.training.settings import TrainingConfig

#: Pairs as they are, or where to read them: a path, several, or ``-`` for standard input.
Source = Pairs | str | PathLike[str] | Sequence[str | PathLike[str]]

#: Unknown symbols that a note names.
NAMED = 5


def train_seq2seq(
    train: Source,
    *,
    dev: Source | None = None,
    dev_share: float = 0.1,
    preset: str = "fast",
    config: Seq2SeqConfig | None = None,
    training: TrainingConfig | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    sanity: bool = False,
    difficulty: Path | str | None = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> Seq2Seq:
    """Train an encoder–decoder; save it to ``folder`` if one is named.

    ``config`` and ``training`` take the place of what ``preset`` says. Without ``dev`` a share of
    the pairs, drawn by the seed, chooses the best model; with a share of 0 the last is kept.

    Raises:
        DataError: a side of a pair is empty, or dev has only unknown symbols.
        FormatError: a line of a file is no pair.
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
    pairs, held_out = _pairs(train), None if dev is None else _pairs(dev)
    if held_out is None and dev_share:
        pairs, held_out = split_pairs(pairs, dev_share, training.seed)
    model = _fresh(pairs, config, training.seed)
    if held_out is not None:
        check_known(model, held_out, progress)
    model.metrics = fit(
        model,
        model.dataset(pairs),
        training,
        dev=None if held_out is None else model.dataset(held_out),
        baseline=_baseline(model, pairs),
        folder=folder,
        force=force,
        resume=resume,
        sanity=sanity,
        difficulty=difficulty,
        callbacks=callbacks,
        progress=progress,
    )
    return model


def check_known(model: Seq2Seq, pairs: Pairs, progress: Progress = SILENT) -> None:
    """Say how many symbols of ``pairs`` are unknown to ``model``.

    Raises:
        DataError: all of one side are.
    """
    sides = (("source", model.source, pairs.sources), ("target", model.target, pairs.targets))
    for side, symbols, texts in sides:
        cut = [symbol for text in texts for symbol in symbols.cut(text)]
        unknown = [symbol for symbol in cut if symbol not in symbols.vocabulary]
        if len(unknown) == len(cut):
            raise DataError(
                f"{pairs.places[0]}, and all others: no {symbols.level.name} of the {side} is "
                f"known, such as {unknown[0]!r}; are the columns the other way round? "
                f"Short strings that differ in every word want characters: --{side}-level char"
            )
        if unknown:
            few = ", ".join(map(repr, sorted(set(unknown))[:NAMED]))
            progress.note(
                f"{len(unknown):,} of {len(cut):,} {symbols.level.name}s of the {side} are unknown "
                f"({len(unknown) / len(cut):.2%}), such as {few}"
            )


def _fresh(pairs: Pairs, config: Seq2SeqConfig, seed: int) -> Seq2Seq:
    """The model before its first step."""
    source, target = (
        Symbols.learn(texts, level=level, min_count=config.min_count, max_vocab=config.max_vocab)
        for texts, level in (
            (pairs.sources, config.source_level),
            (pairs.targets, config.target_level),
        )
    )
    generator = weight_generator(seed)
    longest = max(len(target.cut(text)) for text in pairs.targets)
    model = Seq2Seq(config, source, target, longest, generator)
    initialize_(model.model, weights=config.weights, generator=generator)
    return model


def _baseline(model: Seq2Seq, pairs: Pairs) -> dict[str, float]:
    """The entropy of the target symbols, ends included: what their frequencies alone give."""
    rows = model.dataset(pairs).targets
    counts = np.bincount(np.concatenate(rows), minlength=FIRST)
    counts[0] = len(rows)
    return {"loss": entropy(counts)}


def _pairs(source: Source) -> Pairs:
    return source if isinstance(source, Pairs) else read_pairs(source)
