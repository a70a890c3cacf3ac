"""Text classification: train on labelled texts, label others, measure.

A name is imported when it is first used, so that this package costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.tasks.classification.classifier import Classifier, Guess
    from gradus.tasks.classification.ensemble import ClassifierEnsemble, averaged_snapshots
    from gradus.tasks.classification.examples import Examples, read_examples
    from gradus.tasks.classification.metrics import ClassificationReport
    from gradus.tasks.classification.plots import plot_calibration, plot_confusion
    from gradus.tasks.classification.presets import preset_settings
    from gradus.tasks.classification.settings import ClassifierConfig
    from gradus.tasks.classification.splitting import folds, split_examples
    from gradus.tasks.classification.training import find_classifier_rate, train_classifier

#: Where each public name is defined.
HOMES = {
    "ClassificationReport": "gradus.tasks.classification.metrics",
    "Classifier": "gradus.tasks.classification.classifier",
    "ClassifierConfig": "gradus.tasks.classification.settings",
    "ClassifierEnsemble": "gradus.tasks.classification.ensemble",
    "Examples": "gradus.tasks.classification.examples",
    "Guess": "gradus.tasks.classification.classifier",
    "averaged_snapshots": "gradus.tasks.classification.ensemble",
    "find_classifier_rate": "gradus.tasks.classification.training",
    "folds": "gradus.tasks.classification.splitting",
    "plot_calibration": "gradus.tasks.classification.plots",
    "plot_confusion": "gradus.tasks.classification.plots",
    "preset_settings": "gradus.tasks.classification.presets",
    "read_examples": "gradus.tasks.classification.examples",
    "split_examples": "gradus.tasks.classification.splitting",
    "train_classifier": "gradus.tasks.classification.training",
}

__all__ = [
    "ClassificationReport",
    "Classifier",
    "ClassifierConfig",
    "ClassifierEnsemble",
    "Examples",
    "Guess",
    "averaged_snapshots",
    "find_classifier_rate",
    "folds",
    "plot_calibration",
    "plot_confusion",
    "preset_settings",
    "read_examples",
    "split_examples",
    "train_classifier",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
