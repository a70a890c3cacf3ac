"""Where to write the words of a map: near their points, on free ground, one after the other."""

import numpy as np

from gradus.core.shapes import Float

#: Directions that a label may move from its point, the best first: right, left, above, below, ...
DIRECTIONS = np.array(
    [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)], dtype=np.float64
)

#: Distances of a label from its point, in heights of a label.
DISTANCES = (0.35, 0.9, 1.6, 2.4, 3.4, 4.6, 6.0)


def place_labels(
    points: Float[np.ndarray, "labels 2"],
    sizes: Float[np.ndarray, "labels 2"],
    area: Float[np.ndarray, "2"],
) -> Float[np.ndarray, "labels 2"]:
    """Centres of labels of these ``sizes``, each as near to its point as earlier ones leave room.

    Everything is in one unit, such as pixels; labels stay between the origin and ``area``. A label
    that finds no free place takes the one where it covers least.

    >>> place_labels(np.array([[50.0, 50.0]]), np.array([[40.0, 20.0]]), np.array([200.0, 99.0]))
    array([[77., 50.]])
    """
    dots = np.concatenate([points - 1.5, points + 1.5], axis=1)
    boxes = np.empty((0, 4))
    centres = np.empty_like(points)
    for number, (point, size) in enumerate(zip(points, sizes, strict=True)):
        options, moves = _options(point, size, area)
        found = np.concatenate([options - size / 2, options + size / 2], axis=1)
        covered = _overlap(found, boxes) + 0.5 * _overlap(found, dots)
        best = int(np.lexsort((moves, np.round(covered, 6)))[0])
        centres[number] = options[best]
        boxes = np.concatenate([boxes, found[best : best + 1]])
    return centres


def _options(
    point: Float[np.ndarray, "2"], size: Float[np.ndarray, "2"], area: Float[np.ndarray, "2"]
) -> tuple[Float[np.ndarray, "options 2"], Float[np.ndarray, " options"]]:
    """Possible centres around ``point`` inside the area, and how far each is from it."""
    gaps = np.repeat(DISTANCES, len(DIRECTIONS))[:, None] * size[1]
    ways = np.tile(DIRECTIONS, (len(DISTANCES), 1))
    straight = ways / np.linalg.norm(ways, axis=1, keepdims=True)
    options = point + ways * size / 2 + straight * gaps
    low = np.minimum(size / 2, area / 2)
    return np.clip(options, low, np.maximum(area - size / 2, low)), gaps[:, 0]


def _overlap(
    boxes: Float[np.ndarray, "boxes 4"], others: Float[np.ndarray, "others 4"]
) -> Float[np.ndarray, " boxes"]:
    """The area that each box shares with all the others together."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.clip(high - low, 0, None).prod(axis=2).sum(axis=1)
