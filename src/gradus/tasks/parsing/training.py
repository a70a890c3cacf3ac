"""From a treebank to a parser."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gradus.core.progress import SILENT, Progress
from gradus.nn.initialization import initialize_
from gradus.tasks.base.beginning import entropy, weight_generator
from gradus.tasks.base.fit import fit
from gradus.tasks.base.words.sources import Source, examples_of, read_source
from gradus.tasks.base.words.vectors import with_trained_vectors
from gradus.tasks.parsing.classes import Classes
from gradus.tasks.parsing.dataset import EncodedSentences
from gradus.tasks.parsing.network import ParserNetwork
from gradus.tasks.parsing.parser import Parser
from gradus.tasks.parsing.presets import preset_settings
from gradus.tasks.parsing.settings import ParserConfig, TreeConfig
from gradus.tasks.parsing.symbols import Symbols
from gradus.tasks.parsing.targets import Tree, label_names, learnt_tree, tree_of
from gradus.text.conllu import read_treebank
from gradus.text.document import Sentence
from gradus.training.callbacks import Callback
from gradus.training.settings import TrainingConfig


def train_parser(
    train: Source,
    *,
    dev: Source | None = None,
    preset: str = "fast",
    config: ParserConfig | None = None,
    training: TrainingConfig | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    sanity: bool = False,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> Parser:
    """Train a parser; save it to ``folder`` if one is named.

    ``config`` and ``training`` take the place of what ``preset`` says. With ``dev`` the best model
    of the run is kept, else the last.

    Raises:
        DataError: a sentence has no tree.
        FormatError: a file is no CoNLL-U, or a tree in it is none.
        SettingsError: settings contradict each other, or there is nothing to resume.
        ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
        DivergenceError: the numbers left the finite range.
        MemoryLimitError: a batch does not fit into memory.
    """
    given = preset_settings(preset)
    config, training = config or given[0], training or given[1]
    learnt, held_out = examples_of(train, dev, read_trees)
    preparation = Preparation(learnt, config, training, progress)
    parser = preparation.parser
    parser.metrics = fit(
        parser,
        preparation.dataset,
        training,
        dev=None if held_out is None else preparation.encoded(held_out),
        baseline=preparation.baseline(),
        folder=folder,
        force=force,
        resume=resume,
        sanity=sanity,
        callbacks=callbacks,
        progress=progress,
    )
    return parser


class Preparation:
    """What happens once before a run: symbols are counted, trees made ready, weights begin."""

    def __init__(
        self,
        sentences: Sequence[Sentence],
        config: ParserConfig,
        training: TrainingConfig,
        progress: Progress,
    ) -> None:
        self.config, self.training = config, training
        progress.start("reading", total=None, unit="sentences")
        symbols = Symbols.learn(config, sentences)
        trees = [learnt_tree(config, tree_of(sentence)) for sentence in sentences]
        labels = label_names(trees)
        progress.update(len(sentences))
        progress.finish()
        symbols.forms, trained = with_trained_vectors(
            symbols.forms, sentences, seed=training.seed, progress=progress
        )
        classes = None if config.graph else learnt_classes(config, trees, labels)
        generator = weight_generator(training.seed)
        network = ParserNetwork(config, symbols, len(labels), classes, generator)
        initialize_(network, generator=generator)
        trained.start_(network.reader)
        self.parser = Parser(config, symbols, labels, classes, network)
        self.dataset = self.parser.training_set(sentences, trees, seed=training.seed)
        self._labels = Counter(label for tree in trees for label in tree.labels)

    def encoded(self, sentences: Sequence[Sentence]) -> EncodedSentences:
        """Other sentences with trees, to be measured on."""
        trees = [learnt_tree(self.config, tree_of(sentence)) for sentence in sentences]
        return self.parser.training_set(sentences, trees, seed=self.training.seed)

    def baseline(self) -> dict[str, float]:
        """The entropy of the labels: the loss of a guess that knows how frequent they are."""
        return {"loss": entropy(self._labels.values())}


def learnt_classes(config: TreeConfig, trees: Sequence[Tree], names: Sequence[str]) -> Classes:
    """What a parser of ``trees``, whose labels have ``names``, chooses from."""
    numbers = {name: number for number, name in enumerate(names)}
    heads = np.concatenate(
        [tree.heads - np.arange(1, len(tree.heads) + 1) * (tree.heads > 0) for tree in trees]
    )
    labels = np.array([numbers[label] for tree in trees for label in tree.labels], np.int32)
    return Classes.of(config.transitions, heads.astype(np.int32), labels, names)


def read_trees(source: Source) -> list[Sentence]:
    """The sentences of a source.

    Raises:
        FormatError: a file is no CoNLL-U, or a tree in it is none.
    """
    return read_source(source, read_treebank)
