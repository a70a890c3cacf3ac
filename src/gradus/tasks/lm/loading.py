"""Opening a language model of whatever family from its folder."""

from pathlib import Path
from typing import Any

from gradus.core.storage import read_config
from gradus.tasks.lm.family import NEURAL, checked_family
from gradus.tasks.lm.model import KIND, VERSION, LanguageModel


def load_language_model(path: Path | str) -> LanguageModel[Any]:
    """Open the folder of a language model, n-gram or neural; no code in it is run.

    Raises:
        FormatError: the folder is missing, damaged, of another task or newer than this Gradus.
    """
    folder = Path(path)
    config = read_config(folder, kind=KIND, version=VERSION)
    if checked_family(folder, config) == NEURAL:
        from gradus.tasks.lm.neural import NeuralLanguageModel  # loads torch

        return NeuralLanguageModel.load(folder)
    from gradus.tasks.lm.ngram import NgramModel  # loads Numba

    return NgramModel.load(folder)
