"""Loops over time: what they mean, backpropagation through time, and unrolling."""

import numpy as np
import pytest

from gradus.core.errors import NotationError
from gradus.gradients.deriving.derivation import derive
from gradus.gradients.expressions.nodes import below
from gradus.gradients.expressions.points import Point, points, sizes_of
from gradus.gradients.library import model_text
from gradus.gradients.reading.models import read_model
from gradus.gradients.verification import verify
from gradus.gradients.writing.notation import notation

RNN = """
x: [T, D]
h0: [H]
Wh: [H, H]
Wx: [H, D]
b: [H]
g: [T, H] constant
h[0] = h0
for t = 1..T:
    h[t] = tanh(Wh h[t-1] + Wx x[t] + b)
J = sum(g * h)
"""


def test_a_loop_computes_its_states_one_after_the_other():
    model = read_model(RNN)
    (point,) = points(model, 1)
    values = point.values
    state, states = values["h0"], []
    for step in values["x"]:
        state = np.tanh(values["Wh"] @ state + values["Wx"] @ step + values["b"])
        states.append(state)
    np.testing.assert_allclose(point.value(model.names["h"]), states, rtol=1e-14)


@pytest.mark.parametrize("name", ["rnn", "rnn-lm", "gru", "lstm"])
def test_gradients_through_time_are_those_of_the_loop_written_out(name):
    whole = derive(model_text(name))
    steps = 3
    written_out = derive(read_model(model_text(name), unroll=steps), list(whole.answers))
    for point in points(written_out.model, 2):
        full = Point(point.values, {**point.sizes, "T": steps})
        for key in whole.answers:
            np.testing.assert_allclose(
                full.value(whole.answers[key], whole.signals),
                point.value(written_out.answers[key], written_out.signals),
                rtol=1e-10,
                atol=1e-12,
                err_msg=key,
            )


@pytest.mark.parametrize("name", ["rnn", "rnn-lm", "gru", "lstm"])
def test_gradients_through_time_agree_with_slopes(name):
    assert verify(derive(model_text(name)), count=1).passed


def test_one_step_back_is_the_recursion_of_the_textbook():
    found = derive(RNN, "Wh")
    (back,) = (node.data for node in below(found.answers.values()) if node.op == "scan_back")
    lines = {notation(signal): notation(value) for signal, value in back.signals}
    assert lines == {"delta1[t]": "gamma[t] * (1 - h[t]**2)"}
    answers = {notation(leaf): notation(value) for leaf, value in back.answers}
    assert answers["h[t-1]"] == "Wh.T @ delta1[t]"
    assert answers["Wh"] == "outer(delta1[t], h[t-1])"
    assert answers["b"] == "delta1[t]"


def test_states_at_every_time_and_at_the_last_may_be_used():
    text = RNN.replace("J = sum(g * h)", "J = sum(g * h) + sum(h[T]²) + sum(h0)")
    assert verify(derive(text), count=1).passed


def test_a_weight_may_be_used_in_the_loop_and_outside():
    text = RNN.replace("J = sum(g * h)", "J = sum(g * h) + sum(Wh²)")
    assert verify(derive(text, "Wh"), count=1).passed


def test_one_sequence_may_be_a_state_of_two_loops():
    text = RNN.replace(
        "J = sum(g * h)", "q[0] = h0\nfor s = 1..T:\n    q[s] = tanh(q[s-1] + h[s])\nJ = sum(q[T])"
    )
    assert verify(derive(text), count=1).passed


def test_unrolled_lines_have_a_name_for_every_time():
    model = read_model(RNN, unroll=2)
    assert list(model.names) == ["x1", "h1", "x2", "h2", "J"]
    assert sizes_of(model).keys() == {"D", "H"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("h[0] = h0\n", "", "needs a value at time 0"),
        ("h[t-1]", "h[t-2]", "t-1 alone"),
        ("x[t]", "b[t]", "the first axis of b"),
        ("tanh(Wh h[t-1] + Wx x[t] + b)", "sum(h[t-1])", "h[0] has the shape"),
        ("    h[t] =", "    h[3] =", "gives h[t] a value"),
        ("for t = 1..T:", "for t = 0..T:", "for t = 1..T:"),
        ("J = sum(g * h)", "J = sum(h[2])", "known at time T"),
    ],
)
def test_loops_that_cannot_be_read_are_refused(old, new, words):
    with pytest.raises(NotationError) as caught:
        read_model(RNN.replace(old, new))
    assert words in str(caught.value)


def test_only_loops_can_be_unrolled():
    with pytest.raises(NotationError, match="no loop"):
        read_model("J = sum(x)", {"x": "N"}, unroll=2)
