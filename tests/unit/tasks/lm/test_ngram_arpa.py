"""ARPA files, read by a few lines that know only the format's own rule."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ngram_texts import DOCUMENTS, WORDS, encoded, trained

from gradus.core.errors import DataError, ExistsError
from gradus.tasks.lm import arpa
from gradus.tasks.lm.arpa import arpa_names, write_arpa
from gradus.tasks.lm.ngram import NgramModel
from gradus.tasks.lm.ngram_settings import NgramConfig
from gradus.tasks.lm.spelling import Spelling

NAMES = ["</s>", *WORDS[1:]]


class Arpa:
    """The tables of an ARPA file, by n-gram."""

    def __init__(self, path):
        head, *sections, end = path.read_text(encoding="utf-8").split("\n\n")
        title, *sizes = head.split("\n")
        assert title == "\\data\\"
        assert end == "\\end\\\n"
        self.logs, self.backoffs = {}, {}
        for length, (size, section) in enumerate(zip(sizes, sections, strict=True), start=1):
            name, *lines = section.split("\n")
            assert name == f"\\{length}-grams:"
            assert size == f"ngram {length}={len(lines)}"
            for line in lines:
                log, words, *backoff = line.split("\t")
                assert len(backoff) == (length < len(sizes))
                gram = tuple(words.split(" "))
                assert len(gram) == length
                self.logs[gram] = float(log)
                self.backoffs[gram] = float(backoff[0]) if backoff else 0.0
        self.order = len(sizes)

    def log(self, word, context):
        """The rule: the n-gram's own entry, else the context's back-off and a shorter context."""
        if (*context, word) in self.logs:
            return self.logs[(*context, word)]
        return self.backoffs.get(context, 0.0) + self.log(word, context[1:])

    def surprisals(self, documents):
        return [
            -math.log(10)
            * self.log(document[place], document[max(0, place + 1 - self.order) : place])
            for document in documents
            for place in range(1, len(document))
        ]


@given(train=DOCUMENTS, test=DOCUMENTS, order=st.integers(1, 5))
def test_the_back_off_rule_finds_the_same_probabilities(train, test, order, tmp_path):
    model = trained(train, order)
    write_arpa(model, tmp_path / "model.arpa")
    marked = [("<s>", *(NAMES[word] for word in document)) for document in test]
    found = Arpa(tmp_path / "model.arpa").surprisals(marked)
    np.testing.assert_allclose(model.surprisals(encoded(test)), found, rtol=1e-5)


@pytest.mark.parametrize("stretch", [1, 4, 5, 6])
def test_a_file_does_not_tell_how_it_was_cut(stretch, tmp_path, monkeypatch):
    model = trained([[1, 2, 4, 1, 2], [4]], 3)
    write_arpa(model, tmp_path / "whole.arpa")
    monkeypatch.setattr(arpa, "STRETCH", stretch)
    write_arpa(model, tmp_path / "cut.arpa")
    assert (tmp_path / "cut.arpa").read_bytes() == (tmp_path / "whole.arpa").read_bytes()


def test_the_mark_is_never_predicted(tmp_path):
    write_arpa(trained([[1, 2]], 2), tmp_path / "model.arpa")
    found = Arpa(tmp_path / "model.arpa")
    assert found.logs[("<s>",)] == -99
    assert all(gram[-1] != "<s>" for gram in found.logs if len(gram) > 1)


def test_blanks_of_a_model_of_characters_have_a_name(tmp_path):
    spelling, text = Spelling.learn(iter(["a b", "b\ta"]), level="char", min_count=1)
    write_arpa(NgramModel.train(NgramConfig(order=3), spelling, text), tmp_path / "model.arpa")
    logs = Arpa(tmp_path / "model.arpa").logs
    assert ("a", "<space>", "b") in logs
    assert ("b", "<tab>", "a") in logs


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["<eos>", "</s>"], "'</s>' has a meaning"),
        (["<s>"], "'<s>' has a meaning"),
        ([" ", "<space>"], "'<space>' has a meaning"),
        (["a\vb"], "has white space"),
        ([""], "has white space"),
    ],
)
def test_tokens_that_the_format_cannot_tell_are_refused(words, fault):
    with pytest.raises(DataError, match=fault):
        arpa_names(words)


def test_a_file_is_replaced_only_when_allowed(tmp_path):
    model = trained([[1]], 1)
    write_arpa(model, tmp_path / "model.arpa", force=False)
    with pytest.raises(ExistsError):
        write_arpa(model, tmp_path / "model.arpa", force=False)
