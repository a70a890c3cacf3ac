"""Texts of models: both notations, declarations, and errors that point at the place."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DerivationError, GradusError, NotationError, ShapeError
from gradus.gradients.expressions.dims import show_shape
from gradus.gradients.reading.models import read_expression, read_model
from gradus.gradients.reading.names import canonical, pretty
from gradus.gradients.writing.notation import notation

SHAPES = {"x": "1, D", "W": "D, H", "b": "1, H", "A": "N, D", "v": "D", "u": "D", "s": ""}


def expression(text, shapes=SHAPES, **options):
    return read_model(f"z = {text}", shapes, output="z", **options).names["z"].args[0]


@pytest.mark.parametrize(
    ("paper", "plain"),
    [
        ("x W + b", "x @ W + b"),
        ("σ(x W)", "sigmoid(x @ W)"),
        ("A Aᵀ", "A @ A.T"),
        ("A^T A", "A.T @ A"),
        ("A ∘ A", "A * A"),
        ("v²", "v**2"),
        ("v^3", "v**3"),
        ("‖v‖²", "norm(v)**2"),
        ("||v||", "norm(v)"),
        ("|v|", "abs(v)"),
        ("2 v", "2 * v"),
        ("1/2 v", "v / 2"),
        ("s/2 v", "s / 2 * v"),
        ("v uᵀ", "outer(v, u)"),
        ("vᵀ u", "v @ u"),
        ("v · u", "v @ u"),
        ("s v", "s * v"),
        ("log σ(v)", "log(sigmoid(v))"),
        ("[v > 0]", "ind(v > 0)"),
        ("Σ(A, axis=0)", "sum(A, axis=0)"),
        ("A.sum(axis=0)", "sum(A, axis=0)"),
        ("(A Aᵀ)⁻¹", "inv(A @ A.T)"),
        ("-v uᵀ", "-outer(v, u)"),
        ("√s", "sqrt(s)"),
        ("A (v + u)", "A @ (v + u)"),
        ("v − u", "v - u"),
        ("A[0] v", "A[0] @ v"),
        ("N D", "N * D"),
        ("v ≥ 0", "v >= 0"),
    ],
)
def test_paper_means_what_numpy_says(paper, plain):
    assert expression(paper) is expression(plain)


def test_declarations_say_shapes_kinds_and_ranges():
    model = read_model(
        "x: [N, D + G]\ny: [N, C] one-hot\ni: index in V\nk: [K] index in V\nS: [D, D] positive "
        "definite\nλ: constant\nt: [N] ±1\nm: length\nJ = λ m sum(x)"
    )
    kinds = [model.kind(name) for name in ("x", "y", "i", "k", "S", "lam", "t")]
    assert kinds == ["normal", "onehot", "index", "index", "spd", "constant", "pm1"]
    assert show_shape(model.shape("x")) == "[N, D + G]"
    assert {name: str(size) for name, size in model.ranges.items()} == {"i": "V", "k": "V"}
    assert model.parameters() == ["x", "S"]


def test_one_line_may_go_on_within_brackets_and_comments_are_skipped():
    model = read_model("# a comment\nJ = sum(\n  v * u  # more\n)", SHAPES)
    assert notation(model.result.args[0]) == "sum(v * u)"


@pytest.mark.parametrize(
    ("text", "kind", "words", "place"),
    [
        ("sum(v + A W u)", ShapeError, "inner dimensions H and D differ", "A W u"),
        ("sum(v * foo)", NotationError, "unknown name 'foo'", "foo"),
        ("sum(sigmod(v))", NotationError, "did you mean sigmoid", "sigmod(v)"),
        ("sum(v + W)", ShapeError, "v has the shape [D] and W has the shape [D, H]", "v + W"),
        ("det(A)", ShapeError, "N and D are not the same length", "det(A)"),
        ("sum(v", NotationError, "')' to close", ""),
        ("sum(v))", NotationError, "end of the line", ")"),
        ("v +", NotationError, "found the end", ""),
        ("sum(v, axis=3)", ShapeError, "axis 3 is not there", "sum(v, axis=3)"),
        ("sum(v, axes=0)", NotationError, "no option 'axes'", "sum(v, axes=0)"),
        ("v / u s", NotationError, "write parentheses", "u s"),
        ("outer(A, v)", ShapeError, "outer needs two vectors", "outer(A, v)"),
        ("CE(v, b)", ShapeError, "CE compares", "CE(v, b)"),
        ("v[:, 0]", ShapeError, "2 indices", "v[:, 0]"),
        ("A[v]", NotationError, "an index is a declared index", "v"),
        ("v.__class__", NotationError, "not part of the notation", "__class__"),
        ("__import__('os')", NotationError, "unknown function", "__import__('os')"),
        ("v @ s", ShapeError, "write *", "v @ s"),
        ("softmax(s)", ShapeError, "single number", "softmax(s)"),
        ("argmax(v)", DerivationError, "piecewise constant", "argmax(v)"),
        ("einsum('ij,jk->ik', A, v)", ShapeError, "the letters 'jk'", "einsum"),
        ("concat([v, A])", ShapeError, "agree on all other axes", "concat([v, A])"),
        ("v ** 'a'", NotationError, "not the text 'a'", "'a'"),
        ("sigmoid", NotationError, "is a function", "sigmoid"),
        ("v / 0", NotationError, "division by the number 0", "v / 0"),
        ("v ? u", NotationError, "has no meaning", "?"),
    ],
)
def test_an_error_points_at_the_place(text, kind, words, place):
    with pytest.raises(kind) as caught:
        expression(text)
    message = str(caught.value)
    assert words in message
    *_, line, marks = message.splitlines()
    begin = len(marks) - len(marks.lstrip())
    marked = line[begin : begin + marks.count("^")]
    assert set(marks.strip()) == {"^"}
    assert marked.startswith(place) or place == ""


@pytest.mark.parametrize(
    "text",
    [
        "J = " + "(" * 1000 + "v" + ")" * 1000,
        "J = " + "sin(" * 1000 + "v" + ")" * 1000,
        "J = " + "-" * 1000 + "v",
        "J = " + "v" + "**2" * 1000,
        "J = sum(" + "v+" * 5000 + "v)",
        "J = " + "[" * 500,
        "v+" * 500_000 + "v",
        "J = v" + ".T" * 3000,
        "J = v" + "[0]" * 1000,
    ],
    ids=["parentheses", "calls", "signs", "powers", "terms", "lists", "megabyte", "dots", "index"],
)
def test_texts_that_nobody_wrote_are_refused(text):
    with pytest.raises(NotationError):
        read_model(text, SHAPES)


PIECES = [
    *"xWbAvu()[]+-*/@^.,:;=<>|' \n0123",
    "sum",
    "σ",
    "ᵀ",
    "softmax",
    "axis=0",
    "for t = 1..T:",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=40))
def test_any_text_is_read_or_refused_in_words(text):
    try:
        model = read_model(text, SHAPES)
    except GradusError as error:
        assert str(error)
    else:
        assert model.result.op == "name"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x: [0]\nJ = sum(x)", "a number from 1"),
        ("x: [N, D] sideways\nJ = sum(x)", "unknown kind"),
        ("x: [N*D]\nJ = sum(x)", "a length is a symbol"),
        ("2 = 3", "only a name"),
        ("x[1] = 2", "a state at time 0"),
        ("", "nothing to differentiate"),
    ],
)
def test_lines_that_declare_nothing_are_refused(text, words):
    with pytest.raises(NotationError, match=words.replace("[", r"\[")):
        read_model(text)


def test_a_second_value_gets_a_name_of_its_own_and_a_warning():
    model = read_model("v = tanh(v); J = sum(v)", SHAPES)
    assert list(model.names) == ["v_1", "J"]
    assert "v_1 = ..." in model.warnings[0]


def test_an_answer_is_read_in_the_scope_of_a_model():
    model = read_model("h = x W", SHAPES, output="h")
    assert notation(read_expression("hᵀ h", model)) == "h.T @ h"
    with pytest.raises(NotationError):
        read_expression("h = 3", model)


@given(st.text(string.ascii_letters + "0123456789", min_size=1, max_size=8))
def test_names_come_back_from_paper(name):
    plain = canonical("v" + name)
    assert canonical(pretty(plain)) == plain
