"""Labels of a text of any length: it is read in windows that overlap, many at once."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Int64

from gradus.tasks.tagging.tokenization.building import (
    INSIDE,
    MULTIWORD,
    MULTIWORD_SENTENCE,
    SENTENCE,
    TOKEN,
)
from gradus.tasks.tagging.tokenization.network import TokenizerNetwork
from gradus.tasks.tagging.tokenization.numbers import TextNumbers
from gradus.tasks.tagging.tokenization.segments import EMPTY_LINE, GLUED, ONE_SPACE
from gradus.training.objective import moved

#: Pieces that a window labels, and those that it reads on either side of them.
CORE, MARGIN = 192, 32
#: Windows in one batch.
BATCH = 128


def text_scores(network: TokenizerNetwork, text: TextNumbers) -> Float[np.ndarray, "pieces labels"]:
    """The scores of the labels of every piece."""
    windows = windows_of(text.bounds)
    device = next(network.parameters()).device
    scores = np.zeros((len(text.rows), network.scorer.out_features), np.float32)
    # of about one length side by side
    order = np.argsort(windows[:, 0] - windows[:, 1], kind="stable")
    for begin in range(0, len(order), BATCH):
        chosen = windows[order[begin : begin + BATCH]]
        batch = text.stack(chosen[:, 0], chosen[:, 1])
        with torch.inference_mode():
            found = network(moved(batch, device)).float().cpu().numpy()
        for row, (start, _, first, last) in zip(found, chosen.tolist(), strict=True):
            scores[first:last] = row[first - start : last - start]
    return scores


def windows_of(bounds: Int64[np.ndarray, " ends"]) -> Int64[np.ndarray, "windows 4"]:
    """What each window reads, from where to where, and what it labels; none leaves its segment.

    >>> windows_of(np.array([0, 3, 303])).tolist()
    [[0, 3, 0, 3], [3, 227, 3, 195], [163, 303, 195, 303]]
    """
    return np.array(list(_windows(bounds)), dtype=np.int64).reshape(-1, 4)


def _windows(bounds: Int64[np.ndarray, " ends"]) -> Iterator[tuple[int, int, int, int]]:
    for begin, end in pairwise(bounds.tolist()):
        for first in range(begin, end, CORE):
            last = min(end, first + CORE)
            yield max(begin, first - MARGIN), min(end, last + MARGIN), first, last


def best_labels(
    scores: Float[np.ndarray, "pieces labels"],
    kinds: Int64[np.ndarray, " pieces"],
    *,
    joins: bool,
    bias: float,
) -> Int64[np.ndarray, " pieces"]:
    """The labels that may be, with the highest scores.

    White space ends a token, unless ``joins``, where one space need not; an empty line ends a
    sentence. ``bias`` is added to the score of a sentence's end.

    >>> scores = np.array([[9.0, 1.0, 0.0], [9.0, 1.0, 0.5], [9.0, 1.0, 0.0]])
    >>> best_labels(scores, np.array([1, 2, 5]), joins=False, bias=0.0).tolist()
    [0, 1, 2]
    """
    allowed = scores.copy()
    multiword = scores.shape[1] > MULTIWORD
    endings = [SENTENCE, MULTIWORD_SENTENCE] if multiword else [SENTENCE]
    others = [TOKEN, MULTIWORD] if multiword else [TOKEN]
    allowed[:, endings] += bias
    allowed[kinds > (ONE_SPACE if joins else GLUED), INSIDE] = -np.inf
    for label in (INSIDE, *others):
        allowed[kinds == EMPTY_LINE, label] = -np.inf
    return allowed.argmax(axis=1).astype(np.int64)
