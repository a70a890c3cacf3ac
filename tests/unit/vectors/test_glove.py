"""GloVe training: bytes that do not depend on threads, resuming, losses, and what it learns."""

import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError, DivergenceError, SettingsError
from gradus.core.workplace import CHECKPOINT, STATE
from gradus.text.corpora import encode_corpus
from gradus.vectors import glove, tiles
from gradus.vectors.cooccurrence import Pairs, count_cooccurrences
from gradus.vectors.glove import GloveTrainer, Parameters, lay_out, train_glove
from gradus.vectors.glove_settings import WEIGHTINGS, GloveConfig
from gradus.vectors.run import check
from gradus.vectors.tiles import HeldOutChoice, Layout, count_blocks, write_tiles


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Random text in which words of one half of the vocabulary keep each other company."""
    rng = np.random.default_rng(7)
    halves = rng.integers(2, size=600)
    lines = [" ".join(f"w{2 * n + half}" for n in rng.zipf(1.6, 20) % 40) for half in halves]
    return encode_corpus(iter(lines), tmp_path_factory.mktemp("corpus"), min_count=2)


def quiet(*_, **__):
    """A report that is not shown."""


def trainer(corpus, tmp_path, **settings):
    settings = {"dim": 10, "epochs": 4, "threads": 2, "holdout": 0.05, **settings}
    return GloveTrainer(corpus, GloveConfig(**settings), tmp_path / "run")


def trained(corpus, tmp_path, **settings):
    model = trainer(corpus, tmp_path, **settings)
    model.advance(model.length, quiet)
    return model


def test_bytes_and_losses_do_not_depend_on_threads(corpus, tmp_path):
    results = []
    for threads in (1, 2, 3):
        model = trained(corpus, tmp_path, threads=threads)
        losses = model.training_loss(), model.held_out_loss()
        results.append(
            (losses, model.state()["rows"].tobytes(), model.contents().vectors.tobytes())
        )
    assert results[0] == results[1] == results[2]


def test_seed_decides(corpus, tmp_path):
    first, second = (trained(corpus, tmp_path, seed=seed).contents().vectors for seed in (1, 2))
    assert not np.allclose(first, second)


@pytest.mark.parametrize("biases", [True, False])
def test_state_continues_to_the_same_bytes(corpus, tmp_path, biases):
    whole = trained(corpus, tmp_path, biases=biases)
    half = trainer(corpus, tmp_path, biases=biases)
    half.advance(half.length // 3 + 1, quiet)
    state = {name: array.copy() for name, array in half.state().items()}
    rest = trainer(corpus, tmp_path, biases=biases, threads=1)
    rest.restore(state)
    rest.advance(rest.length, quiet)
    for name, array in whole.state().items():
        np.testing.assert_array_equal(rest.state()[name], array, err_msg=name)


def test_interrupt_leaves_whole_strata(corpus, tmp_path):
    whole = trained(corpus, tmp_path)
    model = trainer(corpus, tmp_path)
    calls = []

    def interrupt(*_, **__):
        calls.append(model.position)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.advance(model.length, interrupt)
    assert len(calls) == 1
    model.advance(model.length, quiet)
    assert model.contents().vectors.tobytes() == whole.contents().vectors.tobytes()


def test_interrupted_run_resumes_to_the_same_vectors(corpus, tmp_path, monkeypatch):
    text = [" ".join(f"w{n % 7}" for n in range(start, start + 9)) for start in range(400)]
    config = GloveConfig(dim=8, epochs=40, threads=2, window=3)
    expected = train_glove(iter(text), config, folder=tmp_path / "whole")
    advance = GloveTrainer.advance

    def stop_at_half(self, until, report):
        if until > self.length // 2:
            signal.raise_signal(signal.SIGINT)
        advance(self, until, report)

    with monkeypatch.context() as patch:
        patch.setattr(GloveTrainer, "advance", stop_at_half)
        with pytest.raises(KeyboardInterrupt):
            train_glove(iter(text), config, folder=tmp_path / "half")
    assert (tmp_path / "half" / STATE / CHECKPOINT).exists()
    resumed = train_glove(iter(text), config, folder=tmp_path / "half", resume=True)
    assert resumed.vectors.tobytes() == expected.vectors.tobytes()


def test_losses_fall(corpus, tmp_path):
    model = trainer(corpus, tmp_path, epochs=12)
    losses = []
    for end in range(model.length // 3, model.length + 1, model.length // 3):
        model.advance(end, quiet)
        losses.append((model.training_loss(), model.held_out_loss()))
    assert model.training_loss() is None
    training, held_out = zip(*losses, strict=True)
    assert training[0] > training[1] > training[2]
    assert held_out[0] > held_out[2]


@pytest.mark.parametrize("settings", [{"weighting": "linear"}, {"x_max": 2.0, "alpha": 0.5}])
@pytest.mark.parametrize("biases", [True, False])
def test_enough_dimensions_fit_every_count(corpus, tmp_path, settings, biases):
    few = encode_corpus(iter(["a b c a", "b d", "c d a"] * 3), tmp_path / "few", min_count=1)
    model = trained(
        few, tmp_path, dim=12, epochs=500, holdout=0, window=2, biases=biases, **settings
    )
    counts = count_cooccurrences(few, tmp_path / "x", window=2).dense()
    v, u = model.parameters.vectors("input"), model.parameters.vectors("output")
    products = v.astype(float) @ u.T.astype(float)
    if biases:
        place = model.parameters.layout.position
        products += model.parameters.rows.values[place, 12][:, None]
        products += model.parameters.columns.values[place, 13][None, :]
    met = counts > 0
    np.testing.assert_allclose(products[met], np.log(counts[met]), atol=0.05)


def test_words_of_one_company_are_near(corpus, tmp_path):
    model = trained(corpus, tmp_path, epochs=40, dim=8, window=5)
    words = model.corpus.vocabulary.words
    for output in ("sum", "input", "output"):
        vectors = model.parameters.vectors(output)
        half = np.array([int(word[1:]) % 2 for word in words])[:20]
        unit = vectors[:20] / np.linalg.norm(vectors[:20], axis=1, keepdims=True)
        cosines = unit @ unit.T
        same = half[:, None] == half[None, :]
        assert cosines[same].mean() > cosines[~same].mean() + 0.1


def test_output_is_the_sum_or_one_side(corpus, tmp_path):
    parameters = trained(corpus, tmp_path).parameters
    v, u = parameters.vectors("input"), parameters.vectors("output")
    np.testing.assert_array_equal(parameters.vectors("sum"), v + u)
    assert v.shape == (len(corpus.vocabulary), 10) and not np.allclose(v, u)


def test_start_does_not_depend_on_the_layout():
    config = GloveConfig(dim=5)
    parameters = Parameters(lay_out(100, config), config)
    shuffled = parameters.layout.position
    parameters.layout = Layout.deal(100, 3, seed=9)
    other = parameters._start("rows", config, np.float32(1))
    np.testing.assert_array_equal(
        parameters.rows.values[shuffled, :6], other.values[parameters.layout.position, :6]
    )


def test_divergence_says_what_to_change(corpus, tmp_path):
    model = trainer(corpus, tmp_path)
    model.parameters.rows.values[0, 0] = np.nan
    with pytest.raises(DivergenceError, match="lower the rate"):
        model.advance(model.length, quiet)
    model = trainer(corpus, tmp_path)
    model.parameters.columns.values[0, 0] = 2000.0
    with pytest.raises(DivergenceError, match="2000"):
        check(model, 0.05)


def test_text_without_pairs_is_refused(tmp_path):
    with pytest.raises(DataError, match="in one window"):
        train_glove(iter(["a", "b", "a", "b"] * 9), GloveConfig(dim=4))


def test_trainer_leaves_only_tiles(corpus, tmp_path):
    trainer(corpus, tmp_path)
    left = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert left == ["tiles.bin", "tiles.safetensors"]


@pytest.mark.parametrize("damage", [False, True])
def test_tiles_are_made_once(corpus, tmp_path, monkeypatch, damage):
    expected = trained(corpus, tmp_path)
    if damage:
        (tmp_path / "run" / "tiles.bin").write_bytes(b"cut off")
    counted = []
    count = count_cooccurrences
    monkeypatch.setattr(
        glove, "count_cooccurrences", lambda *a, **k: counted.append(a) or count(*a, **k)
    )
    model = trained(corpus, tmp_path)
    assert len(counted) == damage
    assert model.held_out_loss() == expected.held_out_loss()
    assert model.contents().vectors.tobytes() == expected.contents().vectors.tobytes()


@given(st.integers(1, 300), st.integers(1, 20), st.integers(0, 99))
def test_layout_deals_equal_shares(words, blocks, seed):
    blocks = min(blocks, words)
    layout = Layout.deal(words, blocks, seed)
    assert sorted(layout.position.tolist()) == list(range(words))
    sizes = np.diff(layout.starts)
    assert sizes.sum() == words and sizes.max() - sizes.min() <= 1
    for block in range(blocks):
        inside = np.flatnonzero(layout.block == block)
        place = np.arange(layout.starts[block], layout.starts[block + 1])
        assert layout.position[inside].tolist() == place.tolist()


@given(st.integers(1, 2_000_000), st.integers(1, 2000).map(lambda lanes: 16 * lanes))
def test_blocks_fit_the_cache_and_their_numbers(words, width):
    blocks = count_blocks(words, width)
    most = -(-words // blocks)
    assert 1 <= blocks <= words and most <= 2**16
    assert most == 1 or most * 8 * width <= 2 * tiles.SIDE


@pytest.mark.parametrize("blocks", [1, 3, 8])
def test_tiles_hold_every_pair_once(corpus, tmp_path, monkeypatch, blocks):
    counts = count_cooccurrences(corpus, tmp_path / "x", window=4)
    pairs = next(counts.chunks(1 << 30))
    monkeypatch.setattr(type(counts).chunks, "__defaults__", (50,))
    layout = Layout.deal(len(corpus.vocabulary), blocks, 3)
    config = GloveConfig()
    choice = HeldOutChoice(0.2, 5)
    written, held_out = write_tiles(counts, layout, tmp_path, config.weigh, choice)
    word_at = np.argsort(layout.position)
    found = {}
    for tile in range(blocks**2):
        places, logs, weights = written.read(tile)
        row, column = divmod(tile, blocks)
        rows = word_at[layout.starts[row] + (places >> 16)]
        columns = word_at[layout.starts[column] + (places & 0xFFFF)]
        assert (np.diff(places.astype(np.int64)) > 0).all()
        found |= dict(zip(zip(rows, columns, strict=True), zip(logs, weights, strict=True),
                          strict=True))  # fmt: skip
    held = set(zip(held_out.rows.tolist(), held_out.columns.tolist(), strict=True))
    assert len(found) + len(held) == len(counts) and not held & set(found)
    assert held == {(column, row) for row, column in held}
    assert 0.1 < len(held) / len(counts) < 0.3
    for row, column, x in zip(*pairs, strict=True):
        if (row, column) not in held:
            log, weight = found[row, column]
            assert log == np.float32(np.log(x))
            assert weight == np.float32(config.weigh(np.array([x]))[0])


@given(st.floats(0.0, 0.5), st.integers(0, 2**62))
def test_the_share_of_held_out_pairs_is_that_asked_for(share, seed):
    rows, columns = np.divmod(np.arange(40_000, dtype=np.int32), np.int32(200))
    held = HeldOutChoice(share, seed)(Pairs(rows, columns, np.ones(len(rows))))
    assert abs(held.mean() - share) < 0.03


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_weights_are_the_published_functions(weighting):
    x = np.array([0.1, 1, 50, 100, 1e6])
    expected = {"power": [min(1, (value / 100) ** 0.75) for value in x], "linear": x}[weighting]
    np.testing.assert_allclose(GloveConfig(weighting=weighting, x_max=100).weigh(x), expected)


@pytest.mark.parametrize(
    "settings",
    [{"dim": 0}, {"window": 0}, {"alpha": -1}, {"x_max": 0}, {"rate": 0}, {"holdout": 0.9},
     {"weighting": "square"}, {"output": "both"}],
)  # fmt: skip
def test_settings_out_of_range_are_named(settings):
    with pytest.raises(SettingsError, match=next(iter(settings))):
        GloveConfig(**settings)


def test_folder_of_a_run_holds_vectors(tmp_path: Path):
    lines = ["the cat sat on the mat", "the dog sat on the rug"] * 50
    vectors = train_glove(iter(lines), GloveConfig(dim=8, epochs=5), folder=tmp_path / "vectors")
    assert vectors.vectors.shape == (7, 8)
    assert not (tmp_path / "vectors" / STATE).exists()
    assert vectors.counts is not None and vectors.counts[0] == 200
