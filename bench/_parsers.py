"""Parsers that benchmarks train and time: treebanks, one core, seconds to a score."""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from _data import data_folder
from threadpoolctl import threadpool_limits

from gradus.tasks.parsing.parser import Parser
from gradus.tasks.parsing.presets import preset_settings
from gradus.tasks.parsing.training import train_parser
from gradus.text.conllu import read_treebank
from gradus.text.document import Sentence
from gradus.training.callbacks import Callback, Look

TREEBANKS = {"en": "en-ewt-2.5", "nl": "nl-lassysmall-1.4", "af": "af-afribooms-2.2"}


def treebank(language: str, part: str, limit: int | None = None) -> list[Sentence]:
    """The first sentences of ``train`` or ``dev``."""
    folder = data_folder() / "ud" / TREEBANKS[language]
    return read_treebank(next(folder.glob(f"*-{part}.conllu.xz")))[:limit]


@contextmanager
def one_core() -> Iterator[None]:
    """Everything inside runs on one core, whatever number of threads a library wants."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else set()
    try:
        if cores:
            os.sched_setaffinity(0, {max(cores)})
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)
        if cores:
            os.sched_setaffinity(0, cores)


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def words_in(sentences: Sequence[Sentence]) -> int:
    """How many words sentences have."""
    return sum(map(len, sentences))


def parsed_afresh(parser: Parser, sentences: Sequence[Sentence]) -> object:
    """Parse as if nothing but the frequent forms had been met before."""
    if parser.network.plain:
        parser.tables.forget()
    return parser.parse(sentences)


def words_a_second(parser: Parser, sentences: Sequence[Sentence], rounds: int = 3) -> float:
    """Median speed on one core, the first call not counted: it makes the tables."""
    with one_core():
        parser.parse(sentences)
        taken = [seconds(lambda: parsed_afresh(parser, sentences)) for _ in range(rounds)]
    return words_in(sentences) / statistics.median(taken)


class Floor(Callback):
    """Notes when the score on dev first reaches a floor."""

    def __init__(self, floor: float) -> None:
        self.floor, self.began = floor / 100, time.perf_counter()
        self.reached: float | None = None

    def after_look(self, look: Look) -> None:
        """Look at the clock."""
        if self.reached is None and look.dev.get("las", 0.0) >= self.floor:
            self.reached = time.perf_counter() - self.began


@dataclass
class Trained:
    """A parser, what it took, and what it gives."""

    parser: Parser
    seconds: float
    floor: float | None  # seconds to the floor


def trained(options: argparse.Namespace, language: str, seed: int, **changes: Any) -> Trained:
    """Train with the chosen preset; the clock runs from the files to the model."""
    config, training = preset_settings(options.preset)
    training = replace(training, seed=seed, epochs=options.epochs or training.epochs)
    floor = Floor(options.floor)
    began = time.perf_counter()
    parser = train_parser(
        treebank(language, "train", options.limit),
        dev=treebank(language, "dev", options.limit),
        config=replace(config, **changes),
        training=training,
        folder=options.out,
        force=True,
        callbacks=[floor],
    )
    return Trained(parser, time.perf_counter() - began, floor.reached)
