"""How much outputs share with their targets: BLEU and chrF, by the library sacrebleu."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from gradus.core.errors import MissingExtraError

#: How sacrebleu cuts texts for BLEU, by the level of the targets: what is not cut into words
#: elsewhere has too few of them.
TOKENIZE = {"word": "13a", "char": "char"}


class Overlap(NamedTuple):
    """BLEU [papineni2002] and chrF [popovic2015], from 0 to 100, and how they were measured."""

    bleu: float
    chrf: float
    bleu_signature: str  # as papers quote it [post2018]
    chrf_signature: str


def overlap(outputs: Sequence[str], targets: Sequence[str], *, level: str = "word") -> Overlap:
    """BLEU and chrF of ``outputs`` against one target each.

    >>> overlap(["the cat sat on the mat"], ["the cat sat on the mat"]).bleu
    100.0...

    Raises:
        MissingExtraError: sacrebleu is not installed.
    """
    metrics = load_metrics()
    bleu, chrf = metrics.BLEU(tokenize=TOKENIZE[level]), metrics.CHRF()
    scores = [metric.corpus_score(list(outputs), [list(targets)]) for metric in (bleu, chrf)]
    return Overlap(
        scores[0].score, scores[1].score, str(bleu.get_signature()), str(chrf.get_signature())
    )


def load_metrics() -> Any:
    """The metrics of sacrebleu.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import sacrebleu.metrics
    except ImportError:
        raise MissingExtraError(
            "sacrebleu, which measures BLEU and chrF, is not installed; run: "
            "pip install 'gradus[bleu]', or leave them out with --no-bleu"
        ) from None
    return sacrebleu.metrics
