"""The kernels in plain NumPy: what they compute, short and slow."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int


def scaled_sums(
    features: Int[np.ndarray, " features"],
    bounds: Int[np.ndarray, " bounds"],
    weight: Float[np.ndarray, "rows labels"],
    priors: Float[np.ndarray, "rows labels"],
    first_gain: float,
    reach: float,
) -> Float[np.ndarray, "texts labels"]:
    """``Σ (first_gain + reach weight[f]) ∘ priors[f] / √n`` over the n features of each text."""
    rows = (first_gain + reach * weight) * priors
    spans = [features[first:last] for first, last in pairwise(bounds.tolist())]
    return np.array([rows[span].sum(axis=0) / np.sqrt(max(1, len(span))) for span in spans])


def weight_gradient(
    features: Int[np.ndarray, " features"],
    bounds: Int[np.ndarray, " bounds"],
    priors: Float[np.ndarray, "rows labels"],
    upstream: Float[np.ndarray, "texts labels"],
    places: Int[np.ndarray, " rows"],
    reach: float,
) -> tuple[Int[np.ndarray, " met"], Float[np.ndarray, "met labels"]]:
    """The rows that occur, in order of occurrence, and the gradient of each row of the weight."""
    rows = np.array(list(dict.fromkeys(features.tolist())), dtype=np.int64)
    lengths = np.diff(bounds)
    signals = np.repeat(upstream / np.sqrt(np.maximum(1, lengths))[:, None], lengths, axis=0)
    grads = np.zeros_like(priors)
    np.add.at(grads, features, signals)
    return rows, (reach * grads * priors)[rows]
