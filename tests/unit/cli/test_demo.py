import json

import numpy as np
import pytest

from gradus.cli.demo import RESULTS, SCENES, check_folder, scene
from gradus.cli.scenes import annotate as annotate_scene
from gradus.cli.scenes import classifier as classifier_scene
from gradus.cli.scenes import gradients as gradients_scene
from gradus.cli.scenes import lm as lm_scene
from gradus.cli.scenes import parser as parser_scene
from gradus.cli.scenes import vectors as vectors_scene
from gradus.core.errors import ExistsError
from gradus.core.runlog import RunLog
from gradus.vectors.table import WordVectors

LINES = ["row rows column columns red green blue", "min max minimum maximum three four"] * 3

SENTENCES = {
    "plots": [f"the figure {number} has a legend and axes" for number in range(250)],
    "network": [f"opens the socket {number} and waits" for number in range(220)],
    "scarce": ["too few of these"] * (classifier_scene.LEAST - 1),
}


@pytest.fixture
def little_text(monkeypatch):
    """Scenes on a few lines of text and few trees; vectors are out of a hat."""

    def train(text, stage):
        words = sorted(set(text.read_text().split()))
        table = WordVectors(words, np.random.default_rng(stage.seed).normal(size=(len(words), 4)))
        table.save(stage.folder / vectors_scene.VECTORS, force=True)
        log = RunLog(stage.folder / vectors_scene.VECTORS)
        for step in range(5):
            log.write("measured", words=100 * step, held_out_loss=3.0 - step / 4)
        return table

    monkeypatch.setattr(vectors_scene, "collect_machine_text", lambda **_: LINES)
    monkeypatch.setattr(vectors_scene, "train", train)
    monkeypatch.setattr(classifier_scene, "collect_by_library", lambda **_: SENTENCES)
    monkeypatch.setattr(parser_scene, "LEARNT", 300)
    monkeypatch.setattr(parser_scene, "HELD_OUT", 40)
    monkeypatch.setattr(parser_scene, "EPOCHS", 4)


def test_the_demo_tells_and_saves_what_it_found(run_cli, little_text, tmp_path):
    folder = tmp_path / "demo"
    done = run_cli("demo", "--folder", folder, "--quiet")
    assert (done.code, done.stderr) == (0, "")
    for expected in (
        "Names: Ada Lovelace (PER)",
        "39 words",
        "minimum",
        "row : rows = column :",
        "from 3.000 untrained to 2.000",
        "2 libraries, 376 sentences to learn from",
        "100.0% of 94 other sentences are told right",
        "340 sentences made by a grammar of a page",
        "300 of them to learn from",
        "get the right head and relation (LAS)",
        "  shift  ",
        "∂J/∂W1 agrees with PyTorch",
        "WRONG: the local derivative of σ(z₁) is missing",
        "Next",
    ):
        assert expected in done.stdout
    assert {path.name for path in folder.iterdir()} == {
        RESULTS,
        annotate_scene.ANNOTATED,
        vectors_scene.TEXT,
        vectors_scene.VECTORS,
        vectors_scene.PLOT,
        vectors_scene.CURVE,
        classifier_scene.TEXTS,
        classifier_scene.MODEL,
        classifier_scene.PICTURE,
        parser_scene.TREEBANK,
        parser_scene.OTHERS,
        parser_scene.MODEL,
        parser_scene.PICTURE,
        lm_scene.LEARNT,
        lm_scene.OTHERS,
        lm_scene.NETWORK,
        lm_scene.COUNTS,
        gradients_scene.PAGE,
        gradients_scene.CODE,
    }
    for picture in (vectors_scene.PLOT, vectors_scene.CURVE, classifier_scene.PICTURE):
        assert (folder / picture).read_bytes().startswith(b"\x89PNG")
    assert (folder / parser_scene.PICTURE).read_text().startswith("<svg")


def test_the_demo_can_be_run_again_and_answers_in_json(run_cli, little_text, tmp_path):
    first = run_cli("demo", "--folder", tmp_path, "--quiet", "--json")
    second = run_cli("demo", "--folder", tmp_path, "--quiet", "--json")
    assert first == second
    assert first.code == 0
    results = json.loads(first.stdout)
    assert results == json.loads((tmp_path / RESULTS).read_text())
    assert results["vectors"]["words"] == 39
    assert results["gradients"]["verified"]
    assert results["parser"]["sentences"] == 340
    assert 0.1 < results["parser"]["crossing"] < 0.4
    assert 0.5 < results["parser"]["las"] <= results["parser"]["uas"]
    assert results["vectors"]["held_out_loss"] == [3.0, 2.75, 2.5, 2.25, 2.0]
    assert {row["expected"] for row in results["vectors"]["analogies"]} == {"columns", "maximum"}
    assert set(results["classifier"]["answers"].values()) == {"plots", "network"}


def test_a_folder_with_other_files_is_left_alone(run_cli, little_text, tmp_path):
    (tmp_path / "text.txt").write_text("mine")
    done = run_cli("demo", "--folder", tmp_path)
    assert done.code == 1
    assert "no demo wrote" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


@pytest.mark.parametrize("content", ["[]", '{"format": "gradus"}'])
def test_a_foreign_file_of_the_same_name_does_not_make_a_demo(tmp_path, content):
    (tmp_path / RESULTS).write_text(content)
    with pytest.raises(ExistsError, match="no demo wrote"):
        check_folder(tmp_path)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "demo").write_text("")
    with pytest.raises(ExistsError, match="is a file"):
        check_folder(tmp_path / "demo")


def test_every_scene_can_be_played():
    for target in SCENES.values():
        assert callable(scene(target))


def test_a_run_without_holdout_has_no_curve(tmp_path, capsys):
    assert vectors_scene.loss_curve(tmp_path) == []
