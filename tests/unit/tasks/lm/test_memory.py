"""How far back models remember: judged by cut texts, loops by hand and finite differences."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from ngram_texts import encoded, random_documents, trained
from numpy.testing import assert_allclose
from random_language_models import KINDS, RECURRENT, random_model, random_text

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.lm import context as context_module
from gradus.tasks.lm import state_flow
from gradus.tasks.lm.context import (
    ContextCurve,
    context_curve,
    cut_surprisals,
    sample_places,
    tokens_before,
)
from gradus.tasks.lm.memory import MemoryConfig, measure_memory
from gradus.tasks.lm.spelling import EncodedText
from gradus.tasks.lm.state_flow import carried_at, state_flows
from gradus.training.flow import Flow

PNG = b"\x89PNG\r\n\x1a\n"


def draw(text, count, depth, seed=1):
    return sample_places(text, count, depth=depth, rng=np.random.default_rng(seed))


@pytest.fixture(params=[*KINDS, "ngram"])
def known(request):
    """A model of every kind, with a text."""
    if request.param != "ngram":
        return random_model(request.param), random_text(20, 9, 14)
    documents = random_documents(2, 20, 9, 14)
    return trained(documents, 3), encoded(documents)


def test_a_cut_context_is_a_document_of_its_own(known):
    model, text = known
    for context in (1, 2, 5, 8):
        places = draw(text, 12, depth=8)
        alone = [
            model.surprisals(
                EncodedText(text.ids[j - context : j + 1], np.array([0, context + 1]), 1)
            )[-1]
            for j in places.tolist()
        ]
        assert_allclose(cut_surprisals(model, text, places, context), alone, rtol=2e-5)


def test_the_whole_context_is_that_of_the_document(known, monkeypatch):
    model, text = known
    monkeypatch.setattr(context_module, "POSITIONS", 5)
    places = draw(text, 12, depth=4)
    curve = context_curve(model, text, places, [1, 4])
    assert_allclose(curve.nats[-1], model.surprisals(text)[places], rtol=2e-5)
    assert_allclose(curve.nats[1], cut_surprisals(model, text, places, 4), rtol=2e-5)
    assert curve.nats.shape == (3, len(places))


def test_a_context_that_is_the_whole_document_leaves_nothing_out():
    model, text = random_model("lstm"), random_text(7, 7)
    places = np.array([6, 13])
    curve = context_curve(model, text, places, [6])
    assert_allclose(curve.nats[0], curve.nats[1], rtol=2e-5)


def test_a_window_gains_nothing_from_what_it_does_not_reach():
    model, text = random_model("window", window=3), random_text(40)
    nats = context_curve(model, text, draw(text, 20, depth=16), [2, 3, 16]).nats
    assert_allclose(nats[1], nats[2])
    assert_allclose(nats[1], nats[3], rtol=2e-5)
    assert abs(nats[0] - nats[1]).max() > 0.01


def plain_step(mode, layer, x, h, c):
    """The equations of a cell, written down once more."""
    w, u, b, d = (p.detach().double() for p in layer.parameters())
    inward, inner = x @ w.T + b, h @ u.T + d
    if mode == "GRU":
        (rx, zx, nx), (rh, zh, nh) = inward.chunk(3), inner.chunk(3)
        r, z = torch.sigmoid(rx + rh), torch.sigmoid(zx + zh)
        return z * h + (1 - z) * torch.tanh(nx + r * nh), None
    if mode == "LSTM":
        i, f, g, o = (inward + inner).chunk(4)
        return torch.sigmoid(o), torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    function = {"RNN_TANH": torch.tanh, "RNN_RELU": torch.relu, "RNN_SIGMOID": torch.sigmoid}[mode]
    return function(inward + inner), None


def plain_loss(model, ids, target, at, push):
    """``-log p(target)`` after ``ids``, with ``push`` added to a state: step, layer, h or c."""
    network = model.network
    sizes = network.reader.widths
    h = [torch.zeros(size, dtype=torch.float64) for size in sizes]
    c = [torch.zeros(size, dtype=torch.float64) for size in sizes]
    for step, token in enumerate([model.spelling.end, *ids]):
        x = network.table.weight[token].detach().double()
        for number, cell in enumerate(network.reader.cells):
            h[number], c[number] = plain_step(cell.mode, cell, x, h[number], c[number])
            if c[number] is not None:
                if at == (step, number, "c"):
                    c[number] = c[number] + push
                h[number] = h[number] * torch.tanh(c[number])
            if at == (step, number, "h"):
                h[number] = h[number] + push
            x = h[number]
    scores = network.output.table.detach().double() @ x + network.output.bias.detach().double()
    return -scores.log_softmax(0)[target]


@pytest.mark.parametrize("kind", RECURRENT)
def test_gradients_are_those_of_a_loop_by_hand_and_of_finite_differences(kind):
    model, text, distances = random_model(kind), random_text(12, 9), 4
    places = np.array([5, 11, 19])
    flows = state_flows(model, text, places, distances)
    before = tokens_before(text)
    for number, flow in enumerate(flows):
        found = {"h": flow.norms, "c": flow.cell_norms}
        for letter in "hc" if model.config.model == "lstm" else "h":
            size = model.network.reader.widths[number]
            for k in (0, 1, distances):
                by_loop, by_difference = [], []
                for j in places.tolist():
                    ids = text.ids[j - before[j] : j].tolist()
                    at = (len(ids) - k, number, letter)
                    push = torch.zeros(size, dtype=torch.float64, requires_grad=True)
                    loss = plain_loss(model, ids, text.ids[j], at, push)
                    by_loop.append(torch.autograd.grad(loss, push)[0].norm().item())
                    slopes = [
                        plain_loss(model, ids, text.ids[j], at, step)
                        - plain_loss(model, ids, text.ids[j], at, -step)
                        for step in 1e-5 * torch.eye(size, dtype=torch.float64)
                    ]
                    by_difference.append(np.linalg.norm(slopes) / 2e-5)
                assert_allclose(found[letter][k], np.mean(by_loop), rtol=1e-4)
                assert_allclose(found[letter][k], np.mean(by_difference), rtol=1e-3, atol=1e-8)


def test_gradients_do_not_depend_on_how_many_fit_into_memory(monkeypatch):
    model, text = random_model("lstm"), random_text(60)
    places = draw(text, 21, depth=9)
    whole = state_flows(model, text, places, 8)
    monkeypatch.setattr(state_flow, "NUMBERS", 9 * 8 * 2)  # two windows at a time
    monkeypatch.setattr(context_module, "POSITIONS", 5)
    for one, other in zip(whole, state_flows(model, text, places, 8), strict=True):
        assert_allclose(one.norms, other.norms, rtol=1e-5)
        assert_allclose(one.cell_norms, other.cell_norms, rtol=1e-5)


def test_windows_begin_with_the_state_after_the_tokens_before_them(monkeypatch):
    monkeypatch.setattr(state_flow, "WARM", 7)
    model, text = random_model("lstm"), random_text(20, 5)
    network = model.network.eval()
    places = np.array([0, 3, 7, 15, 20, 22])
    found = carried_at(network, text, places)
    for row, place in enumerate(places.tolist()):
        start = max(place - 7, 20 if place >= 20 else 0)
        ids = torch.tensor([[model.spelling.end, *text.ids[start:place].tolist()]])
        with torch.no_grad():
            _, expected = network.read(ids, network.begin(1).carried)
        for state, wanted in zip(found, expected, strict=True):
            torch.testing.assert_close(state[row], wanted[0])


def test_norms_far_below_single_precision_are_told():
    model = random_model("sigmoid", scale=0.02, hidden=3)
    flow = state_flows(model, random_text(80), np.array([70]), 30)[-1]
    assert 0 < flow.norms[-1] < 1e-50
    assert 0 < flow.factor < 0.1


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.integers(0, 6), st.integers(1, 30))
def test_every_token_that_is_drawn_has_enough_before_it(lengths, depth, count):
    text = random_text(*lengths)
    enough = [
        start + place
        for start, length in zip(text.bounds.tolist(), lengths, strict=False)
        for place in range(depth, length)
    ]
    if not sum(lengths):
        return
    if not enough:
        with pytest.raises(DataError, match=f"{max(lengths)} tokens, and a token with {depth}"):
            draw(text, count, depth)
        return
    places = draw(text, count, depth).tolist()
    assert set(places) <= set(enough)
    assert len(set(places)) == len(places) == min(count, len(enough))
    assert places == sorted(places) == draw(text, count, depth).tolist()


LINES = ["a b c a", "b b a", "c a d b c"] * 12


def test_a_report_has_all_figures_of_the_same_tokens():
    report = measure_memory(random_model("gru"), iter(LINES), MemoryConfig(positions=40))
    text = random_model("gru").spelling.encode(iter(LINES))
    facts = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert facts["positions"] == 40 and len(facts["gradients"]) == 2
    assert len(facts["gradients"][0]["norms"]) == 65
    contexts = [row["context"] for row in facts["contexts"]["rows"]]
    assert contexts == [1, 2, 4, 8, 16, 32, 64, 128, None]
    assert tokens_before(text)[report.places].min() >= 128
    again = measure_memory(random_model("gru"), iter(LINES), MemoryConfig(positions=40))
    assert again.to_dict() == report.to_dict()
    other = measure_memory(random_model("gru"), iter(LINES), MemoryConfig(positions=40, seed=2))
    assert other.places.tolist() != report.places.tolist()


def test_short_documents_are_looked_at_as_far_as_they_go():
    model = random_model("lstm")
    model.spelling = type(model.spelling)(model.spelling.vocabulary, documents="line")
    report = measure_memory(model, iter(LINES))
    assert report.curve.contexts == (1, 2, 4)  # a tenth of the tokens has four before it
    assert len(report.flows[0].norms) == 4
    assert len(report.places) < 500


def test_a_model_without_states_has_its_contexts_alone(tmp_path):
    documents = random_documents(2, 40)
    for model in (random_model("window"), trained(documents, 3)):
        report = measure_memory(model, iter(LINES), MemoryConfig(contexts=(1, 4)))
        assert report.flows == () and "carries no states" in str(report)
        report.plot(tmp_path / "memory.png")
        assert (tmp_path / "memory.png").read_bytes().startswith(PNG)


def test_a_report_can_be_shown_and_drawn(tmp_path):
    report = measure_memory(
        random_model("lstm"), iter(LINES), MemoryConfig(positions=9, contexts=(3, 1), distances=3)
    )
    page = report._repr_html_()
    assert "<th>3</th>" in page and f"{report.curve.rows[0].perplexity:.2f}" in page
    report.plot(tmp_path / "memory.svg")
    drawn = (tmp_path / "memory.svg").read_text()
    assert "c, layer 2" in drawn and "tokens of context" in drawn
    with pytest.raises(SettingsError, match=r"'\.gif'"):
        report.plot(tmp_path / "memory.gif")


def test_gradients_that_do_not_shrink_or_are_gone_are_told_in_words():
    report = measure_memory(random_model("relu"), iter(LINES), MemoryConfig(positions=9))
    flows = (
        Flow("RNN_RELU, layer 1", np.zeros(4), None),
        Flow("RNN_RELU, layer 2", 2.0 ** np.arange(4), None),
    )
    told = str(replace(report, flows=flows))
    assert "unknown in layer 1, never in layer 2" in told
    json.dumps(replace(report, flows=flows).to_dict(), allow_nan=False)


def test_gains_are_means_of_pairs_with_their_standard_errors():
    nats = np.array([[3.0, 5.0, 4.0], [2.0, 2.0, 4.0], [2.0, 1.9, 4.0]])
    first, second, whole = ContextCurve((1, 4), nats).rows
    assert (first.context, first.gain, first.error) == (1, None, None)
    assert second.perplexity == pytest.approx(math.exp(8 / 3))
    assert second.gain == pytest.approx(4 / 3)
    assert second.error == pytest.approx(np.std([1, 3, 0], ddof=1) / math.sqrt(3))
    assert whole.context is None


def test_a_context_is_enough_within_a_hundredth_of_the_perplexity():
    def enough(*perplexities):
        nats = np.log(perplexities)[:, None]
        return ContextCurve((1, 2, 4), nats).effective_context

    assert enough(20, 10.2, 10.05, 10) == 4
    assert enough(10.09, 10.2, 10.05, 10) == 1
    assert enough(20, 15, 11, 10) is None


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"contexts": (1000,)}, DataError, "has 180 tokens, and a token with 1,000 before"),
        ({"distances": 400}, DataError, "a token with 401 before"),
        ({"contexts": (0, 1)}, SettingsError, r"contexts=\(0, 1\)"),
        ({"contexts": ()}, SettingsError, "at least 1"),
        ({"positions": 0}, SettingsError, "positions=0"),
    ],
)
def test_what_cannot_be_measured_is_explained(settings, error, text):
    with pytest.raises(error, match=text):
        measure_memory(random_model("gru"), iter(LINES), MemoryConfig(**settings))
