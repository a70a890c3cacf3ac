"""Attention: weights by their equations, no look at padding, gradients by central differences."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from gradus.core.errors import SettingsError
from gradus.nn.attention import ATTENTIONS
from gradus.nn.masks import step_mask

LENGTHS = torch.tensor([5, 1, 3])
LOOKING = ["dot", "general", "additive", "additive(7)"]
looking = pytest.mark.parametrize("name", LOOKING)


def layer(name, query=4):
    torch.manual_seed(1)
    return ATTENTIONS.make(name, query=query, dim=4).double()


def inputs(padding=0.0):
    torch.manual_seed(2)
    queries, states = torch.randn(3, 2, 4).double(), torch.randn(3, 5, 4).double()
    states[~step_mask(LENGTHS, 5)] = padding
    return queries, states


def weight(module, name):
    return module.get_parameter(f"{name}.weight").detach().numpy()


#: The score of one query and one state, as papers write it.
SCORES = {
    "dot": lambda _, q, h: q @ h,
    "general": lambda m, q, h: q @ weight(m, "key") @ h,
    "additive": lambda m, q, h: (
        weight(m, "score")[0] @ np.tanh(weight(m, "query") @ q + weight(m, "key") @ h)
    ),
}


@looking
def test_contexts_and_weights_follow_the_equations(name):
    made, (queries, states) = layer(name), inputs()
    contexts, weights = made(queries, states, LENGTHS)
    score = SCORES[name.partition("(")[0]]
    for row, length in enumerate(LENGTHS.tolist()):
        real = states[row, :length].numpy()
        for place, query in enumerate(queries[row].numpy()):
            powers = np.exp([score(made, query, state) for state in real])
            expected = powers / powers.sum()
            assert_allclose(weights[row, place, :length].detach(), expected, atol=1e-12)
            assert_allclose(contexts[row, place].detach(), expected @ real, atol=1e-12)


@looking
@pytest.mark.parametrize("padding", [0.0, 1e3])
def test_weights_sum_to_1_and_are_exactly_0_at_padding(name, padding):
    made = layer(name).float()
    _, weights = made(*(value.float() for value in inputs(padding)), LENGTHS)
    assert_allclose(weights.sum(-1).detach(), 1, rtol=1e-6)
    assert not weights.masked_select(~step_mask(LENGTHS, 5)[:, None]).any()


@looking
def test_each_sequence_gets_what_it_would_get_alone(name):
    made, (queries, states) = layer(name), inputs(padding=9.0)
    together = made(queries, states, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        one = slice(row, row + 1)
        alone = made(queries[one], states[one, :length], LENGTHS[one])
        torch.testing.assert_close(alone.contexts, together.contexts[one])
        torch.testing.assert_close(alone.weights, together.weights[one, :, :length])


@looking
def test_keys_that_were_computed_before_change_nothing(name):
    made, (queries, states) = layer(name), inputs()
    found = made(queries, states, LENGTHS, made.keys(states))
    assert torch.equal(found.contexts, made(queries, states, LENGTHS).contexts)


@looking
def test_gradients_are_central_differences(name):
    made, (queries, states) = layer(name), inputs()
    names = [name for name, _ in made.named_parameters()]
    variables = [parameter.detach().requires_grad_() for parameter in made.parameters()]

    def call(queries, states, *weights):
        given = dict(zip(names, weights, strict=True))
        return tuple(torch.func.functional_call(made, given, (queries, states, LENGTHS)))

    assert torch.autograd.gradcheck(
        call, [queries.requires_grad_(), states.requires_grad_(), *variables]
    )


@looking
def test_an_empty_sequence_gets_zeros_and_finite_gradients(name):
    made, (queries, states) = layer(name), inputs()
    states.requires_grad_()
    contexts, weights = made(queries, states, torch.tensor([5, 0, 3]))
    assert not contexts[1].any()
    assert not weights[1].any()
    contexts.square().sum().backward()
    assert states.grad.isfinite().all()


def test_a_bilinear_form_takes_vectors_of_two_lengths_and_a_dot_product_does_not():
    assert layer("general", query=6)(torch.ones(3, 2, 6).double(), inputs()[1], LENGTHS)
    with pytest.raises(SettingsError, match="queries have 6 numbers and states 4"):
        layer("dot", query=6)


def test_no_attention_has_no_context():
    contexts, weights = layer("none")(*inputs(), LENGTHS)
    assert contexts.shape == (3, 2, 0)
    assert weights.shape == (3, 2, 5)
    assert not weights.any()


def test_settings_out_of_range_are_refused():
    with pytest.raises(SettingsError, match="units=0 is out of range"):
        layer("additive(0)")
    with pytest.raises(SettingsError, match="perhaps 'additive'"):
        layer("addictive")
