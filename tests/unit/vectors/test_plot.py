import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError, ExistsError, SettingsError, UnknownWordError
from gradus.vectors.labels import place_labels
from gradus.vectors.plot import frequent_words, plot_vectors
from gradus.vectors.table import WordVectors

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def table() -> WordVectors:
    words = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}word" for n in range(400)]
    words[1] = "$cost$"
    return WordVectors(words, np.random.default_rng(1).normal(size=(400, 8)).astype(np.float32))


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_map_is_written_as_png_and_svg(table, method, tmp_path):
    shown = plot_vectors(table, tmp_path / "map.png", method=method, limit=20)
    assert (tmp_path / "map.png").read_bytes().startswith(PNG)
    assert len(shown) == 20
    plot_vectors(table, tmp_path / "map.svg", words=["aaword", "$cost$"], limit=12, method=method)
    svg = (tmp_path / "map.svg").read_text()
    assert ">aaword<" in svg and ">$cost$<" in svg


def test_the_same_seed_draws_the_same_bytes(table, tmp_path):
    for name in ("a.svg", "b.svg"):
        plot_vectors(table, tmp_path / name, method="tsne", limit=15, seed=3)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_asked_words_come_with_their_neighbours(table, tmp_path):
    shown = plot_vectors(table, tmp_path / "map.png", words=["aaword", "acword"], limit=10)
    near = {one.word for word in ("aaword", "acword") for one in table.most_similar(word, n=20)}
    assert shown[:2] == ["aaword", "acword"]
    assert set(shown[2:]) <= near
    assert len(shown) == 10


def test_the_default_map_leaves_out_function_words_and_marks():
    words = ["the", "of"] + [f"f{n}" for n in range(148)] + ["1984", "a", "cat"]
    words += [f"content{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(1500)]
    chosen = list(frequent_words(WordVectors(words, np.ones((len(words), 2))), 10))
    assert chosen == words[153:163]


def test_tables_of_few_or_equal_words_can_be_drawn(tmp_path):
    three = WordVectors(["a", "b", "c"], np.zeros((3, 2)))
    for method in ("pca", "tsne"):
        path = tmp_path / f"{method}.png"
        assert plot_vectors(three, path, method=method) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"path": "map.pdf"}, SettingsError, "'.pdf' of .* names no picture: use .png or .svg"),
        ({"method": "umap"}, SettingsError, "method='umap' is unknown: choose one of pca, tsne"),
        ({"limit": 2}, SettingsError, "limit=2 is out of range"),
        ({"words": ["aaworm"]}, UnknownWordError, "near spellings"),
        ({"vectors": WordVectors(["a", "b"], np.eye(2))}, DataError, "a map needs 3 words"),
        ({"vectors": WordVectors(list("abc"), np.ones((3, 1)))}, DataError, "2 dimensions"),
    ],
)
def test_what_cannot_be_drawn_is_explained_and_leaves_nothing(
    table, tmp_path, settings, error, text
):
    settings = {"vectors": table, "path": "map.png", **settings}
    with pytest.raises(error, match=text):
        plot_vectors(settings.pop("vectors"), tmp_path / settings.pop("path"), **settings)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_is_not_overwritten_unasked(table, tmp_path):
    (tmp_path / "map.png").write_bytes(b"mine")
    with pytest.raises(ExistsError, match="--force"):
        plot_vectors(table, tmp_path / "map.png")
    plot_vectors(table, tmp_path / "map.png", limit=5, force=True)
    assert (tmp_path / "map.png").read_bytes().startswith(PNG)


@given(
    st.lists(st.tuples(st.floats(0, 1600), st.floats(0, 1200)), min_size=1, max_size=25),
    st.integers(20, 90),
)
def test_labels_stay_inside_and_apart_where_there_is_room(points, width):
    sizes = np.tile([width, 14.0], (len(points), 1))
    area = np.array([1600.0, 1200.0])
    centres = place_labels(np.array(points), sizes, area)
    assert (centres - sizes / 2 >= -1e-9).all() and (centres + sizes / 2 <= area + 1e-9).all()
    # grown far from each other, each label stands at its point's right hand or at the border
    far = np.linspace(100, 1400, 12)
    places = place_labels(np.stack([far, far / 2], 1), np.tile([width, 14.0], (12, 1)), area)
    for one in range(12):
        for other in range(one):
            gap = np.abs(places[one] - places[other]) - [width, 14.0]
            assert gap.max() >= 0
