"""The analyzer as a task: tags and trees from the same states, computed once."""

import json
import re
from copy import deepcopy

import numpy as np
import pytest
import torch
from model_folders import WORD_FILES, Checks, change
from stopped_runs import Stopper
from tiny_analyzers import KINDS, labelled, quick, said, small_config, tiny
from toys import same_bits, weights

from gradus.core.config import from_dict, to_dict
from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.core.progress import SILENT
from gradus.pipeline.analyzer.analyzer import Analyzer
from gradus.pipeline.analyzer.settings import AnalyzerConfig
from gradus.pipeline.analyzer.training import Preparation, train_analyzer
from gradus.pipeline.presets import part_settings
from gradus.tasks.parsing.attachment import AttachmentReport
from gradus.tasks.parsing.targets import learnt_tree, tree_of
from gradus.tasks.tagging.report import TaggingReport
from gradus.text.document import Sentence
from gradus.training.sanity import check_sanity

kinds = pytest.mark.parametrize("kind", KINDS)
some_kinds = pytest.mark.parametrize("kind", ["graph", "hybrid"])


def learning_set(analyzer, sentences, seed=1):
    trees = [learnt_tree(analyzer.config, tree_of(sentence)) for sentence in sentences]
    return analyzer.training_set(sentences, trees, seed=seed)


@kinds
def test_ten_sentences_are_learnt_by_heart(kind):
    sentences = labelled(kind)
    analyzer = train_analyzer(
        sentences,
        dev=sentences,
        config=small_config(kind),
        training=quick(epochs=120, batch_size=10, rate=0.02, schedule="linear", evaluate_every=120),
    )
    figures, columns = analyzer.metrics["dev"], analyzer.config.columns
    assert figures["score"] == figures["las"] == 1.0
    assert all(figures[name] == 1.0 for name in columns)
    assert said(analyzer.annotate(sentences), columns) == said(sentences, columns)


@kinds
def test_the_gradient_is_the_sum_of_that_of_labels_and_that_of_trees(kind):
    analyzer = tiny(kind)
    network = analyzer.network.eval()
    batch = learning_set(analyzer, labelled(kind)).batch(np.arange(6), draw=3)
    joint = analyzer.loss(network, batch)
    labels = network.loss(network(batch), batch)
    trees = network.tree_loss(network.states(batch), batch)
    assert joint.item() == pytest.approx(labels.item() + trees.item(), rel=1e-6)
    parameters = [value for value in network.parameters() if value.requires_grad]
    found, *parts = (
        torch.autograd.grad(loss, parameters, allow_unused=True, materialize_grads=True)
        for loss in (joint, labels, trees)
    )
    for whole, first, second in zip(found, *parts, strict=True):
        torch.testing.assert_close(whole, first + second, rtol=1e-4, atol=1e-6)
    shared = dict(zip([id(p) for p in parameters], zip(*parts, strict=True), strict=True))
    read = shared[id(network.reader.words.table.weight)]
    assert all(part.abs().sum() > 0 for part in read)  # both teach what words are read as


@some_kinds
def test_states_are_computed_once_for_a_batch(kind, monkeypatch):
    analyzer, sentences, calls = tiny(kind), labelled(kind), []
    forward = type(analyzer.network.context).forward

    def counted(*arguments):
        calls.append(1)
        return forward(*arguments)

    monkeypatch.setattr(type(analyzer.network.context), "forward", counted)
    data = learning_set(analyzer, sentences)
    analyzer.loss(analyzer.model, data.batch(np.arange(4)))
    analyzer.annotate(sentences)
    analyzer.evaluate(analyzer.model, data)
    assert len(calls) == 3


@some_kinds
def test_figures_are_those_of_the_reports(kind):
    analyzer, gold = tiny(kind), labelled(kind)
    found, columns = analyzer.annotate(gold), analyzer.config.columns
    figures = analyzer.evaluate(analyzer.model, learning_set(analyzer, gold))
    tags, arcs = TaggingReport.of(gold, found, columns), AttachmentReport.of(gold, found)
    means = [tags.figures[name] for name in columns]
    assert figures["score"] == pytest.approx(np.mean([*means, arcs.las]))
    assert (figures["uas"], figures["las"]) == (arcs.uas, arcs.las)
    assert tags.figures.items() <= figures.items()


@kinds
def test_what_was_saved_answers_alike(kind, tmp_path):
    analyzer = tiny(kind)
    analyzer.save(tmp_path / "model")
    loaded = Analyzer.load(tmp_path / "model")
    sentences = labelled(kind, 8, seed=9)
    assert same_bits(loaded.model, analyzer.model)
    assert loaded.config == analyzer.config
    assert loaded.annotate(sentences) == analyzer.annotate(sentences)


@kinds
def test_settings_survive_json(kind):
    config = small_config(kind)
    values = json.loads(json.dumps(to_dict(config)))
    assert from_dict(AnalyzerConfig, values) == config


def test_settings_of_both_are_changed_by_name():
    config, training = part_settings(
        "analyzer",
        "fast",
        {"arc_dim": 16, "columns": ["upos"], "epochs": 2, "nonprojective": "swap"},
    )
    assert (config.arc_dim, config.columns, training.epochs) == (16, ("upos",), 2)
    assert config.transitions.name == "swap-hybrid"
    assert config.char_dim == 48
    with pytest.raises(SettingsError, match="the analyzer has no setting 'tag_dim'"):
        part_settings("analyzer", "fast", {"tag_dim": 3})


@pytest.mark.parametrize(
    "wrong", [{"columns": ("mood",)}, {"system": "eager"}, {"scheme": "X"}, {"arc_dim": 0}]
)
def test_settings_are_checked_as_those_of_tagger_and_parser(wrong):
    with pytest.raises(SettingsError):
        AnalyzerConfig(**wrong)


@some_kinds
def test_the_same_seed_gives_the_same_analyzer_and_another_another(kind):
    config = small_config(kind, dropout=0.2, word_dropout=0.2)
    first, again, other = (
        train_analyzer(labelled(kind), config=config, training=quick(epochs=2, seed=seed))
        for seed in (1, 1, 2)
    )
    assert same_bits(first.model, again.model)
    assert not same_bits(first.model, other.model)


@pytest.mark.parametrize(("kind", "step"), [("graph", 2), ("hybrid", 5)])
def test_an_interrupted_run_goes_on_to_the_same_weights(kind, step, tmp_path):
    sentences = labelled(kind)
    given = {
        "dev": sentences,
        "config": small_config(kind, dropout=0.2, word_dropout=0.2),
        "training": quick(epochs=3, checkpoint_seconds=0, average="tail(0.6)"),
    }
    whole = train_analyzer(sentences, folder=tmp_path / "whole", **given)
    with pytest.raises(KeyboardInterrupt):
        train_analyzer(sentences, folder=tmp_path / "cut", callbacks=[Stopper(step)], **given)
    resumed = train_analyzer(sentences, folder=tmp_path / "cut", resume=True, **given)
    assert same_bits(whole.model, resumed.model)
    first, second = (tmp_path / name / "model.safetensors" for name in ("whole", "cut"))
    assert first.read_bytes() == second.read_bytes()


def test_a_run_is_resumed_on_the_same_trees_and_labels_alone(tmp_path):
    given = {"config": small_config(), "training": quick(epochs=3, checkpoint_seconds=0)}
    with pytest.raises(KeyboardInterrupt):
        train_analyzer(labelled(), folder=tmp_path / "cut", callbacks=[Stopper(2)], **given)
    for field in ("head", "upos"):
        others = labelled()
        longest = max(others, key=len)
        if field == "head":
            longest.words[0].head, longest.words[0].deprel = longest.words[1].head, "obj"
            heads = [word.head for word in longest.words]
            if heads[0] in (0, 1):
                longest.words[0].head = 2
        else:
            word = longest.words[0]
            word.upos = "DET" if word.upos == "NOUN" else "NOUN"
        with pytest.raises(SettingsError, match="cannot resume"):
            train_analyzer(others, folder=tmp_path / "cut", resume=True, **given)


@some_kinds
def test_the_sanity_check_passes_and_changes_nothing(kind):
    analyzer = tiny(kind)
    before = weights(analyzer.model)
    data = learning_set(analyzer, labelled(kind))
    found = check_sanity(analyzer.model, analyzer, data, quick(optimizer="adam", rate=0.02))
    assert found.passed
    assert all((weights(analyzer.model)[name] == before[name]).all() for name in before)


@some_kinds
def test_arguments_come_back_unchanged_and_the_rest_is_kept(kind):
    sentences = labelled(kind)
    sentences[2].comments.append("# text = some")
    sentences[2].words[0].misc = "SpaceAfter=No"
    before = deepcopy(sentences)
    found = tiny(kind).annotate(sentences)
    assert sentences == before
    assert [one.comments for one in found] == [one.comments for one in sentences]
    for one, other in zip(found, sentences, strict=True):
        assert [(w.form, w.misc, w.deps) for w in one.words] == [
            (w.form, w.misc, w.deps) for w in other.words
        ]


@kinds
def test_the_order_of_sentences_does_not_matter(kind):
    analyzer = tiny(kind)
    sentences = [*labelled(kind, 20, seed=5), Sentence.of(["Alone"]), Sentence.of(["x"] * 300)]
    whole = analyzer.annotate(sentences)
    order = np.random.default_rng(1).permutation(len(sentences)).tolist()
    mixed = analyzer.annotate([sentences[place] for place in order])
    assert mixed == [whole[place] for place in order]
    assert list(analyzer.stream(iter(sentences))) == whole


@kinds
def test_every_answer_is_a_tree_with_known_labels(kind):
    analyzer = tiny(kind)
    unusual = [Sentence.of(["?"]), Sentence.of(["unmet"] * 500), Sentence.of(["\u00a0x", "🙂"])]
    for sentence in analyzer.annotate(unusual):
        heads = sentence.heads
        assert heads.count(0) == 1
        for word in range(1, len(heads) + 1):
            seen = set()
            while word and word not in seen:
                seen.add(word)
                word = heads[word - 1]
            assert word == 0
        for column in analyzer.labels:
            if column.column in ("upos", "xpos"):
                assert {getattr(w, column.column) for w in sentence.words} <= set(column.names)
    assert analyzer.annotate([]) == []


def test_labels_that_training_has_not_met_can_be_measured():
    analyzer, others = tiny(), labelled(count=3, seed=4)
    others[1].words[0].upos, others[1].words[0].deprel = "INTJ", "vocative"
    figures = analyzer.evaluate(analyzer.model, learning_set(analyzer, others))
    assert np.isfinite(figures["loss"])


def test_columns_that_say_nothing_are_left_out_and_a_tree_is_asked_of_all():
    sentences = labelled()
    for word in (word for sentence in sentences for word in sentence.words):
        word.feats = word.lemma = "_"
    analyzer = Preparation(sentences, small_config(), quick(), SILENT).analyzer
    assert analyzer.config.columns == ("upos", "xpos")
    sentences[4].words[0].head = None
    with pytest.raises(DataError, match="has no head"):
        train_analyzer(sentences, config=small_config(), training=quick())
    with pytest.raises(DataError, match="no sentences to learn from"):
        train_analyzer([], config=small_config(), training=quick())


def test_a_guess_that_ignores_its_input_loses_the_entropy_of_all():
    heads, relations = [0, 1], ["root", "obj"]
    pair = Sentence.of(["a", "b"], upos=["X", "X"], heads=heads, deprels=relations)
    more = Sentence.of(["a", "b"], upos=["Y", "Y"], heads=heads, deprels=relations)
    config = small_config(columns=("upos",))
    baseline = Preparation([pair, more], config, quick(), SILENT).baseline()
    assert baseline == {"loss": pytest.approx(2 * np.log(2))}


@pytest.fixture(params=["graph", "hybrid"])
def folder(request, tmp_path):
    path = tmp_path / "model"
    tiny(request.param).save(path)
    return path


CHECKS = Checks(Analyzer.load, lambda analyzer: analyzer.annotate(labelled(count=2)))


def test_any_entry_of_the_config_may_be_missing_or_wrong(folder):
    CHECKS.any_entry(folder, values=1, deep=2)


@pytest.mark.parametrize("name", WORD_FILES)
def test_any_file_may_be_missing_cut_or_changed(folder, name):
    CHECKS.any_file(folder, name, times=5)


def test_weights_of_other_shapes_are_refused(folder):
    CHECKS.other_shapes(folder, step=4)


@pytest.mark.parametrize("relations", [None, "root", [1], {"root": 0}, ["root"]])
def test_relations_that_are_none_are_refused(folder, relations):
    change(folder, relations=relations)
    with pytest.raises(FormatError, match=re.escape(str(folder))):
        Analyzer.load(folder)


def test_a_model_of_another_task_is_refused(folder):
    change(folder, kind="parser")
    with pytest.raises(FormatError, match="of kind 'parser'; this needs 'analyzer'"):
        Analyzer.load(folder)
