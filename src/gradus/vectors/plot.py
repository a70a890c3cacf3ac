"""A map of words in two dimensions, as a picture whose labels can be read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gradus.core.errors import DataError, SettingsError
from gradus.core.picture import COLOURS, GREY, INK, picture, picture_format
from gradus.core.shapes import Float, Int
from gradus.vectors.labels import place_labels
from gradus.vectors.queries import unit
from gradus.vectors.table import WordVectors

#: The most frequent words are function words in every language; the default map begins below them.
FUNCTION_WORDS = 150

#: Size of the picture in inches.
SIZE = (11.0, 8.0)


class Map(NamedTuple):
    """Words at places in the plane, in groups, with what the two axes mean."""

    words: list[str]
    places: Float[np.ndarray, "words 2"]
    groups: Int[np.ndarray, " words"]
    axes: tuple[str, str]
    asked: frozenset[str]  # words to write in bold


def plot_vectors(
    vectors: WordVectors,
    path: Path | str,
    *,
    words: Sequence[str] = (),
    method: str = "pca",
    limit: int = 60,
    seed: int = 1,
    force: bool = False,
) -> list[str]:
    """Draw a map of ``limit`` words to a ``.png`` or ``.svg`` file and give the words on it.

    With ``words`` the map shows them and their neighbours, else frequent words that say something.
    ``method`` is ``"pca"`` (a shadow of the vectors: distances are honest but crowded) or
    ``"tsne"`` (neighbourhoods: near words stay near, far distances mean little).

    Raises:
        SettingsError: the ending, the method or the limit is none of the possible ones.
        UnknownWordError: one of ``words`` has no vector.
        ExistsError: ``path`` exists and ``force`` is false.
    """
    picture_format(path)  # all is checked before the work begins
    if method not in PROJECTIONS:
        raise SettingsError(f"method={method!r} is unknown: choose one of {', '.join(PROJECTIONS)}")
    if limit < 3:
        raise SettingsError(f"limit={limit} is out of range: choose a value at least 3")
    with picture(path, SIZE, force=force) as figure:
        drawn = map_of(vectors, words=words, method=method, limit=limit, seed=seed)
        _draw(figure, drawn, f"{len(drawn.words)} of {len(vectors):,} words, dim {vectors.dim}")
    return drawn.words


def map_of(
    vectors: WordVectors, *, words: Sequence[str], method: str, limit: int, seed: int
) -> Map:
    """Choose the words of a map, give each a place and a group."""
    chosen = _with_neighbours(vectors, words, limit) if words else frequent_words(vectors, limit)
    if len(chosen) < 3 or vectors.dim < 2:
        raise DataError(
            f"a map needs 3 words and 2 dimensions, but there are {len(chosen)} words of dim "
            f"{vectors.dim} to draw"
        )
    rows = unit(vectors[list(chosen)]).astype(np.float64)
    places, axes = PROJECTIONS[method](rows, seed)
    groups = np.array(list(chosen.values())) if words else _clusters(rows, seed)
    return Map(list(chosen), places, groups, axes, frozenset(words))


def frequent_words(vectors: WordVectors, limit: int) -> dict[str, int]:
    """The most frequent words of four letters or more, below the function words; all in group 0."""
    start = min(FUNCTION_WORDS, len(vectors) // 10)
    long = [word for word in vectors.words[start:] if word.isalpha() and len(word) >= 4]
    return dict.fromkeys((long if len(long) >= 3 else vectors.words)[:limit], 0)


def _with_neighbours(vectors: WordVectors, words: Sequence[str], limit: int) -> dict[str, int]:
    """The given words and as many neighbours of each as there is room for, with their groups."""
    chosen = {word: group for group, word in enumerate(dict.fromkeys(words))}
    near = vectors.most_similar_batch(list(chosen), n=3 * limit)
    if all(word.isalpha() for word in chosen):  # "software," beside "software" says nothing new
        near = [[one for one in found if one.word.isalpha()] for found in near]
    # by turns, so that no word's neighbours crowd out another's
    for rank in range(limit):
        for group, found in enumerate(near):
            if len(chosen) < limit and rank < len(found):
                chosen.setdefault(found[rank].word, group)
    return chosen


def _principal(
    rows: Float[np.ndarray, "words dim"], seed: int
) -> tuple[Float[np.ndarray, "words 2"], tuple[str, str]]:
    from sklearn.decomposition import PCA

    model = PCA(n_components=2, svd_solver="full")
    with np.errstate(invalid="ignore"):  # equal vectors have no variance to divide by
        places = model.fit_transform(rows)
    shares = np.nan_to_num(model.explained_variance_ratio_)
    first, second = (f"{share:.0%} of the variance" for share in shares)
    return places, (f"first component: {first}", f"second component: {second}")


def _neighbourhoods(
    rows: Float[np.ndarray, "words dim"], seed: int
) -> tuple[Float[np.ndarray, "words 2"], tuple[str, str]]:
    from sklearn.manifold import TSNE

    names = ("t-SNE: near words are alike", "far distances mean little")
    if not np.ptp(rows, axis=0).any():  # it would divide by the spread of equal words
        return np.zeros((len(rows), 2)), names
    perplexity = min(12.0, (len(rows) - 1) / 3)
    model = TSNE(perplexity=perplexity, init="pca", random_state=seed, learning_rate="auto")
    places = model.fit_transform(rows.astype(np.float32)).astype(np.float64)
    # the void between groups means nothing; half-way to ranks, it leaves room for their words
    ranks = places.argsort(axis=0).argsort(axis=0) / len(places)
    spread = (places - places.min(axis=0)) / np.maximum(np.ptp(places, axis=0), 1e-9)
    return spread + ranks, names


#: How many dimensions become two: from unit rows and a seed to places and the names of the axes.
PROJECTIONS: dict[str, Callable[..., tuple[Any, tuple[str, str]]]] = {
    "pca": _principal,
    "tsne": _neighbourhoods,
}


def _clusters(rows: Float[np.ndarray, "words dim"], seed: int) -> Int[np.ndarray, " words"]:
    """Groups of alike words, for their colours."""
    from sklearn.cluster import KMeans

    distinct = len(np.unique(rows, axis=0))
    count = max(1, min(6, len(rows) // 5, distinct))
    return KMeans(n_clusters=count, n_init=10, random_state=seed).fit_predict(rows).astype(int)


def _draw(figure: Any, drawn: Map, title: str) -> None:
    axes = figure.add_subplot()
    colours = [COLOURS[group % len(COLOURS)] for group in drawn.groups.tolist()]
    across, up = drawn.places.T
    axes.scatter(across, up, s=14, c=colours, zorder=3, linewidths=0)
    axes.margins(0.08)
    axes.set_title(title, loc="left", fontsize=13, color=INK)
    axes.set_xlabel(drawn.axes[0], color=GREY)
    axes.set_ylabel(drawn.axes[1], color=GREY)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color("#cccccc")
    _write_labels(figure, axes, drawn, colours)


def _write_labels(figure: Any, axes: Any, drawn: Map, colours: list[str]) -> None:
    """Write every word near its point, with a thin line to it where it had to move away."""
    figure.draw_without_rendering()  # settles the layout, so that pixels can be counted
    corner, end = axes.get_window_extent().get_points()
    points = axes.transData.transform(drawn.places) - corner
    texts = [
        # words are not formulas, whatever dollar signs they hold
        axes.text(0, 0, word, fontsize=9.5, color=colour, ha="center", va="center",
                  weight="bold" if word in drawn.asked else "normal", parse_math=False, zorder=4)
        for word, colour in zip(drawn.words, colours, strict=True)
    ]  # fmt: skip
    sizes = np.array([text.get_window_extent().size for text in texts]) + 2
    centres = place_labels(points, sizes, end - corner)
    back = axes.transData.inverted().transform
    for text, point, centre, size in zip(texts, points, centres, sizes, strict=True):
        text.set_position(back(centre + corner))
        edge = np.clip(point, centre - size / 2, centre + size / 2)
        if np.linalg.norm(edge - point) > size[1]:
            axes.plot(*back(np.stack([point, edge]) + corner).T, lw=0.5, color="#999999", zorder=2)
