"""How much memory a language model takes while it is trained, before it is made."""

from itertools import pairwise
from pathlib import Path

from gradus.core.errors import SettingsError
from gradus.tasks.lm.settings import LanguageModelConfig
from gradus.training.settings import TrainingConfig

#: Copies of every weight in training: itself, its gradient, two means of Adam, the best so far.
COPIES = 5

#: Copies of the scores of a batch under a full softmax: themselves, their logarithms, a gradient.
SCORE_COPIES = 3

#: Bytes of a number.
NUMBER = 4


def footprint(config: LanguageModelConfig, training: TrainingConfig, vocabulary: int) -> int:
    """Bytes that a run needs at least, vectors of words and their scores above all.

    >>> footprint(LanguageModelConfig(dim=100), TrainingConfig(), 1_000_000) // 10**9
    19
    """
    width = config.widths[-1]
    tables = config.dim + (0 if config.tie else width)
    weights = (vocabulary * tables + _reader(config)) * COPIES
    full = config.softmax.startswith("full")
    scores = training.batch_size * config.steps * vocabulary * SCORE_COPIES if full else 0
    return NUMBER * (weights + scores // training.accumulate)


def _reader(config: LanguageModelConfig) -> int:
    """Weights of what reads the text; a gated layer has up to four gates."""
    if config.model == "window":
        return config.window * config.dim * config.hidden
    inward = [config.dim, *config.widths]
    return sum(4 * width * (below + width) for below, width in pairwise(inward))


def check_footprint(
    config: LanguageModelConfig, training: TrainingConfig, vocabulary: int, free: int | None = None
) -> None:
    """Refuse a run that the memory of this machine cannot hold; ``free`` is what there is.

    Raises:
        SettingsError: it needs more.
    """
    free = free_memory() if free is None else free
    needed = footprint(config, training, vocabulary)
    if free is not None and training.device in ("cpu", "auto") and needed > free:
        raise SettingsError(
            f"a vocabulary of {vocabulary:,} tokens with dim={config.dim} and softmax="
            f"{config.softmax} needs {needed / 1e9:.1f} GB to train, and {free / 1e9:.1f} GB are "
            "free: set --min-count or --max-vocab, softmax=sampled, tie=true or a smaller dim"
        )


def free_memory() -> int | None:
    """Bytes that new programs can use without swapping; None where the system does not say."""
    facts = Path("/proc/meminfo")
    if not facts.is_file():
        return None
    lines = facts.read_text(encoding="ascii").splitlines()
    found = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return found[0] * 1024 if found else None
