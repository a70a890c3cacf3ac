"""A text classifier: it labels texts, measures itself, and lives in a folder."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.core.config import from_dict
from gradus.core.errors import FormatError
from gradus.core.storage import CONFIG
from gradus.nn.losses import LOSSES
from gradus.tasks.base.beginning import entropy
from gradus.tasks.base.task import Task
from gradus.tasks.classification.batch import TextBatch
from gradus.tasks.classification.dataset import EncodedTexts
from gradus.tasks.classification.examples import Examples
from gradus.tasks.classification.metrics import ClassificationReport
from gradus.tasks.classification.network import TextNetwork, build_network
from gradus.tasks.classification.reading import Reader
from gradus.tasks.classification.settings import ClassifierConfig
from gradus.tasks.classification.splitting import check_known
from gradus.training.batching import in_order
from gradus.training.objective import Dataset, moved

#: Texts in one batch where a model is only asked.
BATCH = 64


class Guess(NamedTuple):
    """A label and the probability that a classifier gives it."""

    label: str
    probability: float


class Classifier(Task[Examples]):
    """Gives each text one of its ``labels``.

    Train one with :func:`~gradus.tasks.classification.train_classifier`, or open one with
    :meth:`load`.

    >>> from gradus.tasks.classification import Examples, train_classifier
    >>> examples = Examples.of(["a fine film", "fine acting", "a dull film", "dull acting"] * 3,
    ...                        ["pos", "pos", "neg", "neg"] * 3)
    >>> classifier = train_classifier(examples, dev_share=0)
    >>> classifier.predict(["dull, dull, dull"])[0][0].label
    'neg'
    """

    kind = "classifier"
    version = 1

    def __init__(
        self, config: ClassifierConfig, labels: Sequence[str], reader: Reader, model: TextNetwork
    ) -> None:
        self.config, self.labels = config, tuple(labels)
        self.reader, self.model = reader, model
        self.criterion = LOSSES.make(config.loss)
        self.metrics: dict[str, Any] = {}  # of the run that trained it

    def probabilities(self, texts: Sequence[str]) -> Float[np.ndarray, "texts labels"]:
        """The probability of every label for every text.

        Raises:
            DataError: a text is empty.
        """
        return self._asked(self.model, self.dataset(Examples.of(texts)))[0]

    def predict(self, texts: Sequence[str], top: int = 1) -> list[list[Guess]]:
        """The ``top`` likeliest labels of every text, the likeliest first.

        Raises:
            DataError: a text is empty.
        """
        probabilities = self.probabilities(texts)
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
        return [
            [Guess(self.labels[label], float(row[label])) for label in order]
            for row, order in zip(probabilities, best, strict=True)
        ]

    def report(self, examples: Examples) -> ClassificationReport:
        """All figures on labelled examples.

        Raises:
            DataError: an example has no label, or one that the classifier does not know.
        """
        check_known(examples, self.labels)
        return self._report(self.model, self.dataset(examples))

    def dataset(self, examples: Examples) -> EncodedTexts:
        """Examples as numbers, ready for batches; a text without a label gets the first one."""
        return self.reader.encode(Reader.tokenize(self.config, examples), self.numbers(examples))

    def numbers(self, examples: Examples) -> Int[np.ndarray, " texts"]:
        """The number of each label; 0 for texts without labels."""
        places = {label: place for place, label in enumerate(self.labels)}
        given = examples.labels or [self.labels[0]] * len(examples)
        return np.array([places[label] for label in given], dtype=np.int64)

    def loss(self, model: nn.Module, batch: TextBatch) -> Float[Tensor, ""]:
        """What the settings call the loss, a mean over the texts and the parts of the network."""
        parts = cast(TextNetwork, model).parts(batch)
        losses = [self.criterion(scores, batch.labels) for scores in parts]
        return torch.stack(losses).mean()

    def weight(self, batch: TextBatch) -> float:
        """The number of texts."""
        return float(len(batch.labels))

    def evaluate(self, model: nn.Module, data: Dataset) -> dict[str, float]:
        """Loss in nats, accuracy, macro F1 and calibration error."""
        report = self._report(model, data)
        return {
            "loss": report.loss,
            "accuracy": report.accuracy,
            "macro_f1": report.macro_f1,
            "calibration_error": report.calibration_error,
        }

    def baseline(self, examples: Examples) -> dict[str, float]:
        """What the shares of the labels alone give: their entropy, and the largest."""
        counts = Counter(examples.labels).values()
        return {"loss": entropy(counts), "accuracy": max(counts) / sum(counts)}

    def write_texts(self, folder: Path) -> dict[str, Any]:
        """Write what the reader knows; the labels go to the config."""
        self.reader.save(folder)
        return {"labels": list(self.labels)}

    @classmethod
    def rebuild(cls, folder: Path, config: dict[str, Any]) -> "Classifier":
        """The classifier with fresh weights."""
        labels = config.get("labels")
        if (
            not isinstance(labels, list)
            or not all(isinstance(label, str) for label in labels)
            or len(set(labels)) < max(2, len(labels))
        ):
            raise FormatError(
                f"{folder / CONFIG} has no list of two or more different labels; the folder is "
                "damaged"
            )
        settings = from_dict(ClassifierConfig, config["settings"])
        reader = Reader.load(settings, folder)
        return cls(settings, labels, reader, build_network(settings, reader, len(labels)))

    def _report(self, model: nn.Module, data: Dataset) -> ClassificationReport:
        probabilities, gold = self._asked(model, data)
        return ClassificationReport(self.labels, gold, probabilities)

    def _asked(
        self, model: nn.Module, data: Dataset
    ) -> tuple[Float[np.ndarray, "texts labels"], Int[np.ndarray, " texts"]]:
        """The probabilities that ``model`` gives, and the numbers of the right labels."""
        probabilities = np.empty((len(data.sizes), len(self.labels)), dtype=np.float32)
        gold = np.empty(len(data.sizes), dtype=np.int64)
        device = next(model.parameters()).device
        with torch.no_grad():
            for indices in in_order(data.sizes, BATCH):
                batch = data.batch(indices)
                scores = model(moved(batch, device))
                probabilities[indices] = scores.float().softmax(1).cpu().numpy()
                gold[indices] = batch.labels.numpy()
        return probabilities, gold
