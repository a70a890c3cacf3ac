"""The encoder–decoder as a task: it learns, is saved and loaded, is interrupted and goes on."""

import json

import numpy as np
import pytest
from stopped_runs import Stopper
from toys import same_bits, weights

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.tasks.lm.conditional import Alignment, Pairs, SearchConfig, Seq2Seq, train_seq2seq
from gradus.training.sanity import check_sanity

KINDS = {
    "gru": {},
    "lstm, fed": {"cell": "lstm", "feeding": True, "layers": 2},
    "rnn, dot": {"cell": "rnn", "attention": "dot"},
    "additive": {"attention": "additive"},
    "no attention": {"attention": "none"},
}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
NOISY = {"dropout": 0.2, "word_dropout": 0.1, "smoothing": 0.05}


@kinds
def test_ten_pairs_are_learnt_by_heart(pairs, config, quick, kind):
    model = train_seq2seq(
        pairs,
        dev=pairs,
        config=config(dim=16, hidden=32, **kind),
        training=quick(
            epochs=120, batch_size=10, rate=0.02, schedule="linear", evaluate_every=120, clip_norm=1
        ),
    )
    figures = model.metrics["dev"]
    assert figures["loss"] < 0.02
    assert figures["exact_match"] == figures["accuracy"] == 1.0
    assert [best[0].text for best in model.generate(pairs.sources)] == pairs.targets
    report = model.report(pairs, SearchConfig(beam=3))
    assert report.exact_match == 1.0
    assert report.loss == pytest.approx(figures["loss"])


@kinds
def test_what_was_saved_writes_alike(pairs, untrained, kind, tmp_path):
    model = untrained(**kind)
    model.save(tmp_path / "model")
    loaded = Seq2Seq.load(tmp_path / "model")
    assert same_bits(loaded.model, model.model)
    search = SearchConfig(beam=3, n=3)
    assert loaded.generate(pairs.sources, search) == model.generate(pairs.sources, search)
    assert loaded.config == model.config
    assert loaded.longest == model.longest


def test_the_same_seed_gives_the_same_model_and_another_another(pairs, config, quick):
    first, again, other = (
        train_seq2seq(pairs, config=config(**NOISY), training=quick(seed=seed))
        for seed in (1, 1, 2)
    )
    assert same_bits(first.model, again.model)
    assert not same_bits(first.model, other.model)


@pytest.mark.parametrize(("kind", "step"), [("gru", 2), ("lstm, fed", 5)])
def test_an_interrupted_run_goes_on_to_the_same_weights(pairs, config, quick, kind, step, tmp_path):
    given = {
        "dev": pairs,
        "config": config(**NOISY, **KINDS[kind]),
        "training": quick(epochs=3, checkpoint_seconds=0),
    }
    whole = train_seq2seq(pairs, folder=tmp_path / "whole", **given)
    with pytest.raises(KeyboardInterrupt):
        train_seq2seq(pairs, folder=tmp_path / "cut", callbacks=[Stopper(step)], **given)
    resumed = train_seq2seq(pairs, folder=tmp_path / "cut", resume=True, **given)
    assert same_bits(whole.model, resumed.model)
    assert same_bits(Seq2Seq.load(tmp_path / "cut").model, whole.model)


def test_a_run_is_not_resumed_with_other_pairs(pairs, config, quick, tmp_path):
    given = {"config": config(), "training": quick(checkpoint_seconds=0), "dev_share": 0}
    with pytest.raises(KeyboardInterrupt):
        train_seq2seq(pairs, folder=tmp_path / "m", callbacks=[Stopper(2)], **given)
    swapped = Pairs(pairs.sources, pairs.targets[::-1], pairs.places)
    with pytest.raises(SettingsError, match="examples"):
        train_seq2seq(swapped, folder=tmp_path / "m", resume=True, **given)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_sanity_check_passes_and_changes_nothing(pairs, config, quick, smoothing):
    model = train_seq2seq(
        pairs,
        config=config(dim=16, hidden=32, smoothing=smoothing),
        training=quick(epochs=1),
        dev_share=0,
    )
    before = weights(model.model)
    found = check_sanity(model.model, model, model.dataset(pairs), quick(rate=0.02))
    assert found.passed
    assert all((weights(model.model)[name] == before[name]).all() for name in before)


def test_figures_are_those_of_every_pair_alone(untrained, pairs):
    model = untrained()
    figures = model.evaluate(model.model, model.dataset(pairs))
    reports = [model.report(pairs.take(np.array([index]))) for index in range(len(pairs))]
    steps = np.array([report.steps[0] for report in reports])
    assert steps.tolist() == [len(target.split()) + 1 for target in pairs.targets]
    assert figures["loss"] == pytest.approx(
        np.average([report.loss for report in reports], weights=steps), rel=1e-5
    )
    assert figures["accuracy"] == pytest.approx(
        np.average([report.accuracy for report in reports], weights=steps)
    )
    assert figures["exact_match"] == np.mean([report.exact_match for report in reports])
    whole = model.report(pairs)
    assert whole.outputs == [report.outputs[0] for report in reports]
    assert whole.losses == pytest.approx([report.losses[0] for report in reports], rel=1e-4)


def test_the_loss_that_chooses_is_not_smoothed(untrained, pairs):
    plain, smooth = untrained(), untrained(smoothing=0.3)
    data = plain.dataset(pairs)
    batch = data.batch(np.arange(len(pairs)))
    assert plain.loss(plain.model, batch) != smooth.loss(smooth.model, batch)
    figures = [model.evaluate(model.model, data) for model in (plain, smooth)]
    assert figures[0] == figures[1]
    assert figures[0]["loss"] == pytest.approx(plain.loss(plain.model, batch).item(), rel=1e-5)


@pytest.mark.parametrize("attention", ["dot", "general", "additive"])
def test_alignments_are_shares_of_the_source(untrained, attention):
    found = untrained(attention=attention).align("a b c", "x q")
    assert found.weights.shape == (3, 3)
    assert found.weights.sum(0) == pytest.approx(1, abs=1e-6)
    first, *rows = str(found).splitlines()
    assert first.split() == ["x", "q", "∎"]
    assert [row.split()[0] for row in rows] == ["a", "b", "c"]
    assert len(found.to_dict()["weights"]) == 3
    nothing_written = untrained(attention=attention).align("a b c", "")
    assert nothing_written.weights.shape == (3, 1)


def test_tables_are_straight_whatever_the_width_of_a_symbol():
    weights = np.array([[0.5, 0.3], [0.25, 0.0], [0.25, 0.7]])
    lines = str(Alignment(["犬", " ", "cafe\N{COMBINING ACUTE ACCENT}"], ["x"], weights)).split(
        "\n"
    )
    assert lines == [
        "       x   ∎",
        "犬    50  30",
        "␣     25",
        "cafe\N{COMBINING ACUTE ACCENT}  25  70",
    ]


def test_a_model_without_attention_says_so(untrained):
    with pytest.raises(SettingsError, match=r"attention='none'.*attention general"):
        untrained(attention="none").align("a", "x")


def test_symbols_that_were_never_met_are_counted_and_found(pairs, config, quick):
    notes = []

    class Listener:
        def start(self, *_, **__): ...
        def update(self, *_, **__): ...
        def finish(self): ...
        def note(self, text):
            notes.append(text)

    dev = Pairs.of([("a b d", "x"), ("a", "x w")])
    model = train_seq2seq(
        pairs, dev=dev, config=config(), training=quick(epochs=1), progress=Listener()
    )
    assert notes[:2] == [
        "1 of 4 words of the source are unknown (25.00%), such as 'd'",
        "1 of 3 words of the target are unknown (33.33%), such as 'w'",
    ]
    assert model.source.unknown("a d b e d") == ["d", "e", "d"]
    # an output never has an unknown symbol, so this pair cannot be right
    assert not model.report(dev).right[1]


def test_dev_pairs_of_which_nothing_is_known_are_refused(pairs, config, quick):
    for dev, side in (([("q r", "x")], "source"), ([("a", "q")], "target")):
        with pytest.raises(DataError, match=f"line 1, and all others: no word of the {side}"):
            train_seq2seq(pairs, dev=Pairs.of(dev), config=config(), training=quick())


def test_symbols_that_are_too_rare_are_told_with_the_most_frequent(pairs, config, quick):
    with pytest.raises(DataError, match=r"min_count=99 times; .* is met \d+ times"):
        train_seq2seq(pairs, config=config(min_count=99), training=quick())


def test_an_empty_text_is_told_by_its_place(untrained):
    with pytest.raises(DataError, match="text 2 is empty"):
        untrained().generate(["a", " "])
    assert untrained().generate([]) == []


WRONG = [
    ("longest", 0, "longest=0"),
    ("longest", "4", "longest='4'"),
    ("longest", None, "longest=None"),
    ("settings", {"hidden": 7}, "multiple of 2"),
    ("settings", {"hidden": 16}, "does not fit the settings"),
    ("settings", {"cell": "lstn"}, "perhaps 'lstm'"),
    ("settings", {"source_level": "letter"}, "level 'letter' is unknown"),
    ("settings", {"attention": "general("}, "cannot be read"),
]


@pytest.mark.parametrize(("name", "value", "told"), WRONG)
def test_damaged_folders_are_told_by_file(untrained, tmp_path, name, value, told):
    untrained().save(tmp_path / "m")
    path = tmp_path / "m" / "config.json"
    content = json.loads(path.read_text())
    content[name] = content[name] | value if isinstance(value, dict) else value
    path.write_text(json.dumps(content))
    with pytest.raises(FormatError, match=told) as error:
        Seq2Seq.load(tmp_path / "m")
    assert str(tmp_path / "m") in str(error.value)


@pytest.mark.parametrize("name", ["source.txt", "target.txt", "model.safetensors"])
def test_a_missing_file_is_told(untrained, tmp_path, name):
    untrained().save(tmp_path / "m")
    (tmp_path / "m" / name).unlink()
    with pytest.raises(FormatError, match=f"{name} is missing"):
        Seq2Seq.load(tmp_path / "m")
