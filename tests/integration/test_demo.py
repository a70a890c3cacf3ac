"""The whole demo, as ``make demo`` runs it."""

import json

import pytest


@pytest.mark.slow
def test_the_demo_learns_from_the_text_of_this_machine(run_cli, tmp_path):
    folder = tmp_path / "demo"
    result = run_cli("demo", "--folder", folder, "--quiet", "--json")
    assert result.code == 0
    scenes = json.loads(result.stdout)
    assert scenes["annotate"]["heads"].count(0) == 1
    assert ["Ada Lovelace", "PER"] in scenes["annotate"]["entities"]
    found, classified = scenes["vectors"], scenes["classifier"]
    assert found["words"] > 500_000
    assert found["held_out_loss"][-1] < found["held_out_loss"][0]
    assert sum(row["answer"] == row["expected"] for row in found["analogies"]) >= 3
    assert classified["accuracy"] > 0.6
    assert scenes["parser"]["las"] > 0.9
    written = scenes["lm"]
    assert 1 < written["perplexity"]["lstm"] < 8
    assert 1 < written["perplexity"]["ngram"] < 8
    assert len(set(written["samples"])) == 2
    for name in (
        "annotated.conllu",
        *("text.txt", "vectors/model.safetensors", "words.png", "loss.png"),
        *("sentences.tsv", "classifier/model.safetensors", "confusions.png"),
        *("letters.txt", "other-letters.txt", "letters/model.safetensors"),
        "letter-counts/model.safetensors",
        *("treebank.conllu", "held-out.conllu", "parser/model.safetensors", "tree.svg"),
    ):
        assert (folder / name).stat().st_size > 0
