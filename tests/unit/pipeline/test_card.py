"""The page beside a pipeline says what it is and how good."""

import tiny_pipelines

from gradus.pipeline.card import write_card
from gradus.pipeline.pipeline import Pipeline
from gradus.tasks.tagging.tokenization.rules import RuleTokenizer


def test_what_was_noted_and_measured_stands_on_the_page(tmp_path):
    row = {"precision": 0.5, "recall": 0.25, "f1": 1 / 3}
    metrics = {
        "scores": {"figures": {"LAS": row}},
        "parts": {"entities": {"dev": {"entity": 0.7151}}},
    }
    about = {"name": "en", "licence": "CC BY-SA 4.0"}
    entities = tiny_pipelines.tiny().entities
    pipeline = Pipeline(RuleTokenizer(), entities=entities, about=about, metrics=metrics)
    write_card(pipeline, tmp_path)
    page = (tmp_path / "README.md").read_text()
    assert page.startswith("# en\n")
    assert "- licence: CC BY-SA 4.0\n" in page
    assert "| LAS | 50.00% | 25.00% | 33.33% |\n" in page
    assert "F1 71.51%" in page
    assert "- tokenizer: cuts a text" in page


def test_a_pipeline_of_which_nothing_is_known_has_a_page(tmp_path):
    write_card(Pipeline(RuleTokenizer()), tmp_path)
    page = (tmp_path / "README.md").read_text()
    assert page.startswith("# A pipeline\n")
    assert "Scores" not in page
