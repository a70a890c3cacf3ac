"""Answers of people: what is right is accepted however it is written, what is wrong is named."""

import pytest

from gradus.core.errors import NotationError
from gradus.gradients.deriving.derivation import derive
from gradus.gradients.grading import grade
from gradus.gradients.library import model_text

#: An answer to a ready model, and words of the mistake in it.
MISTAKES = [
    ("two-layer", "W2", "(ŷ - y).T h1", "transpose"),
    ("two-layer", "W1", "xᵀ ((ŷ - y) W2ᵀ)", "local derivative of σ(z₁) is missing"),
    ("two-layer", "b2", "y - ŷ", "sign is wrong"),
    ("two-layer", "x", "((ŷ - y) W2ᵀ ∘ h1 ∘ (1 - h1)) W1", "did you mean"),
    ("two-layer-batch", "b2", "(P - Y) / N", "a sum is missing"),
    ("two-layer-batch", "W2", "H1ᵀ (P - Y)", "the factor 1 / N is missing"),
    ("two-layer-batch", "W1", "Xᵀ (((P - Y) / N) W2ᵀ)", "local derivative of relu"),
    ("siamese", "W", "outer((h1 - h2) h1 (1 - h1), x1) + λ W", "path to h₂ through h₁ - h₂"),
    ("siamese", "b", "(h1 - h2) h1 (1 - h1) + (h1 - h2) h2 (1 - h2)", "sign"),
    ("glove-counts", "V", "(X ∘ R) U", "a factor is missing: the gradient is 2 times"),
    ("glove", "b", "sum(F ∘ R, axis=0)", "summed over axis 0 instead of 1"),
    ("attention", "K", "((A ∘ (G Vᵀ - 1))ᵀ Q)", ""),
    ("lstm-cell", "c0", "gc + gh ∘ o ∘ (1 - tanh(c)²)", "that is the gradient of c"),
    ("rnn-cell", "h0", "Whᵀ g", "local derivative of tanh"),
    ("max-margin-window", "u", "hc - h", "local derivative of max"),
    ("softmax-regression", "W", "Xᵀ (P - Y) / N", "is missing"),
]

RIGHT = [
    ("two-layer", "W2", "h1ᵀ (ŷ - y)"),
    ("two-layer", "b1", "(ŷ - y) W2ᵀ ∘ h1 ∘ (1 - h1)"),
    ("two-layer", "W1", "xᵀ δ2"),
    ("siamese", "b", "(h1 - h2) h1 (1 - h1) - (h1 - h2) h2 (1 - h2)"),
    ("glove", "V", "(F ∘ R) U"),
    ("max-margin-window", "u", "[1 - s + sc > 0] (hc - h)"),
]


def spaced(text):
    """Products of arrays side by side mean ∘ in these answers."""
    return text.replace(") h", ") ∘ h").replace("h1 (1", "h1 ∘ (1").replace("h2 (1", "h2 ∘ (1")


@pytest.mark.parametrize(("model", "name", "answer", "words"), MISTAKES)
def test_a_mistake_is_rejected_and_named(model, name, answer, words):
    found = grade(derive(model_text(model)), name, spaced(answer))
    assert not found.right
    assert words in (found.mistake or "")
    assert "WRONG" in str(found)


@pytest.mark.parametrize(("model", "name", "answer"), RIGHT)
def test_a_right_answer_is_right_in_any_form(model, name, answer):
    assert grade(derive(model_text(model)), name, spaced(answer)).right


def test_given_lines_may_be_used():
    derivation = derive(model_text("two-layer"))
    assert grade(derivation, "W2", "h1.T @ d", given="d = ŷ - y").right


def test_an_unknown_variable_or_name_is_refused():
    derivation = derive(model_text("two-layer"))
    with pytest.raises(NotationError, match="no gradient by q"):
        grade(derivation, "q", "ŷ")
    with pytest.raises(NotationError, match="unknown name"):
        grade(derivation, "W2", "nothing")
