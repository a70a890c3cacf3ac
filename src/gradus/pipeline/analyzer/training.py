"""From a treebank with tags to an analyzer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gradus.core.progress import SILENT, Progress
from gradus.nn.initialization import initialize_
from gradus.nn.losses import IGNORED
from gradus.pipeline.analyzer.analyzer import Analyzer
from gradus.pipeline.analyzer.dataset import AnalyzedSentences
from gradus.pipeline.analyzer.network import AnalyzerNetwork
from gradus.pipeline.analyzer.presets import preset_settings
from gradus.pipeline.analyzer.settings import AnalyzerConfig
from gradus.tasks.base.beginning import entropy, weight_generator
from gradus.tasks.base.fit import fit
from gradus.tasks.base.words.sources import Source, examples_of
from gradus.tasks.base.words.symbols import FormSymbols
from gradus.tasks.base.words.vectors import with_trained_vectors
from gradus.tasks.parsing.targets import label_names, learnt_tree, tree_of
from gradus.tasks.parsing.training import learnt_classes, read_trees
from gradus.tasks.tagging.labels import Labels
from gradus.tasks.tagging.reading import learnt_columns
from gradus.text.document import Sentence
from gradus.training.callbacks import Callback
from gradus.training.settings import TrainingConfig


def train_analyzer(
    train: Source,
    *,
    dev: Source | None = None,
    preset: str = "fast",
    config: AnalyzerConfig | None = None,
    training: TrainingConfig | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    sanity: bool = False,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> Analyzer:
    """Train an analyzer; save it to ``folder`` if one is named.

    ``config`` and ``training`` take the place of what ``preset`` says. Columns that the training
    sentences say nothing about are left out, and said so. With ``dev`` the best model of the run is
    kept, else the last.

    Raises:
        DataError: there is no sentence or no label to learn, or a sentence has no tree.
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
    analyzer = preparation.analyzer
    analyzer.metrics = fit(
        analyzer,
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
    return analyzer


class Preparation:
    """What happens once before a run: symbols, labels and trees are counted, weights begin."""

    def __init__(
        self,
        sentences: Sequence[Sentence],
        config: AnalyzerConfig,
        training: TrainingConfig,
        progress: Progress,
    ) -> None:
        config = replace(config, columns=learnt_columns(sentences, config.columns, progress))
        trees = [learnt_tree(config, tree_of(sentence)) for sentence in sentences]
        relations = label_names(trees)
        labels = [Labels.learn(name, config, sentences) for name in config.columns]
        symbols, trained = with_trained_vectors(
            FormSymbols.learn(config, sentences), sentences, seed=training.seed, progress=progress
        )
        classes = None if config.graph else learnt_classes(config, trees, relations)
        generator = weight_generator(training.seed)
        network = AnalyzerNetwork(config, symbols, labels, len(relations), classes, generator)
        initialize_(network, generator=generator)
        trained.start_(network.reader)
        self.analyzer = Analyzer(config, symbols, labels, relations, classes, network)
        self.dataset = self.analyzer.training_set(sentences, trees, seed=training.seed)
        self._seed = training.seed
        self._relations = Counter(label for tree in trees for label in tree.labels)

    def encoded(self, sentences: Sequence[Sentence]) -> AnalyzedSentences:
        """Other sentences with labels and trees, to be measured on."""
        trees = [learnt_tree(self.analyzer.config, tree_of(sentence)) for sentence in sentences]
        return self.analyzer.training_set(sentences, trees, seed=self._seed)

    def baseline(self) -> dict[str, float]:
        """The entropy of all labels: the loss of a guess that knows how frequent they are."""
        counts = [np.bincount(own[own != IGNORED]) for own in self.dataset.tagged.targets]
        return {"loss": sum(map(entropy, counts)) + entropy(self._relations.values())}
