"""The settings of a cache that a held-out text likes best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gradus.core.config import to_dict
from gradus.core.progress import SILENT, Progress
from gradus.tasks.lm.cache import CacheConfig, mixed_surprisals, score_by_cache
from gradus.tasks.lm.model import LanguageModel
from gradus.tasks.lm.spelling import EncodedText

#: What is tried.
WEIGHTS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
SHARPNESSES = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0)


class CacheTrial(NamedTuple):
    """What a text costs with a cache of these settings."""

    weight: float
    sharpness: float
    perplexity: float


@dataclass(frozen=True)
class CacheTuning:
    """All that was tried on a text, first of all no cache, and what was best."""

    size: int
    trials: tuple[CacheTrial, ...]

    @property
    def best(self) -> CacheConfig:
        """The settings of the least perplexity; a weight of 0 where no cache helps."""
        trial = min(self.trials, key=lambda trial: trial.perplexity)
        return CacheConfig(size=self.size, weight=trial.weight, sharpness=trial.sharpness)

    def to_dict(self) -> dict[str, Any]:
        """The best settings and the table as plain values."""
        return {"best": to_dict(self.best), "trials": [trial._asdict() for trial in self.trials]}


def tune_cache(
    model: LanguageModel[Any],
    text: EncodedText,
    *,
    size: int = 2000,
    weights: Sequence[float] = WEIGHTS,
    sharpnesses: Sequence[float] = SHARPNESSES,
    progress: Progress = SILENT,
) -> CacheTuning:
    """Try every weight with every sharpness on a text, which is read once.

    Raises:
        SettingsError: the model has no states, or a value is out of its range.
    """
    for weight in weights:
        for sharpness in sharpnesses:
            CacheConfig(size=size, weight=weight, sharpness=sharpness)  # checked before the work
    scores = score_by_cache(model, text, size, sharpnesses, progress)
    trials = [CacheTrial(0.0, 0.0, _perplexity(-scores.model))]
    for sharpness, cache in zip(sharpnesses, scores.cache, strict=True):
        for weight in weights:
            nats = mixed_surprisals(scores.model, cache, weight)
            trials.append(CacheTrial(weight, sharpness, _perplexity(nats)))
    return CacheTuning(size, tuple(trials))


def _perplexity(nats: np.ndarray) -> float:
    return float(np.exp(min(nats.mean(), 700.0)))
