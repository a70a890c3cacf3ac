"""Several classifiers as one: the mean of their probabilities, or of the weights of a run."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gradus.core.errors import DataError, FormatError
from gradus.tasks.base.weights import load_weights_
from gradus.tasks.classification.classifier import Classifier
from gradus.tasks.classification.examples import Examples
from gradus.tasks.classification.metrics import ClassificationReport
from gradus.tasks.classification.splitting import check_known
from gradus.training.ensemble import average_probabilities, average_states
from gradus.training.snapshots import snapshot_files


class ClassifierEnsemble:
    """Members with the same labels that answer together, by the mean of their probabilities.

    Raises:
        DataError: there is no member, or the members have different labels.
    """

    def __init__(self, members: Sequence[Classifier]) -> None:
        if not members:
            raise DataError("an ensemble needs a member; name one model or more")
        for place, member in enumerate(members):
            if member.labels != members[0].labels:
                raise DataError(
                    f"model 1 has the labels {', '.join(members[0].labels)}, but model "
                    f"{place + 1} has {', '.join(member.labels)}; give models of one task"
                )
        self.members, self.labels = tuple(members), members[0].labels

    @classmethod
    def load(
        cls, folders: Sequence[Path | str], *, snapshots: bool = False
    ) -> "ClassifierEnsemble":
        """Open model folders; with ``snapshots`` each gives the models that its run kept."""
        if snapshots:
            return cls([member for folder in folders for member in _snapshots(Path(folder))])
        return cls([Classifier.load(folder) for folder in folders])

    def probabilities(self, texts: Sequence[str]) -> Float[np.ndarray, "texts labels"]:
        """The mean probability of every label for every text."""
        return average_probabilities([member.probabilities(texts) for member in self.members])

    def report(self, examples: Examples) -> ClassificationReport:
        """All figures on labelled examples.

        Raises:
            DataError: an example has no label, or one that the models do not know.
        """
        check_known(examples, self.labels)
        gold = self.members[0].numbers(examples)
        return ClassificationReport(self.labels, gold, self.probabilities(examples.texts))


def averaged_snapshots(folder: Path | str) -> Classifier:
    """One classifier with the mean of the weights that a run kept [izmailov2018].

    Raises:
        FormatError: the run kept none.
    """
    members = _snapshots(Path(folder))
    members[-1].model.load_state_dict(average_states([m.model.state_dict() for m in members]))
    return members[-1]


def _snapshots(folder: Path) -> list[Classifier]:
    files = snapshot_files(folder)
    if not files:
        raise FormatError(f"{folder} has no snapshots; train with --set snapshots=5")
    members = []
    for file in files:
        member = Classifier.load(folder)
        load_weights_(member.model, file.parent, name=file.name)
        members.append(member)
    return members
