import pytest
import torch
from torch import nn

from gradus.nn.recurrent import Recurrent
from gradus.training.memory_probe import MemoryProbe, ends


class LastState(nn.Module):
    """Recurrent states of word vectors, and the sum of where they end."""

    def __init__(self, cell, *, frozen=False, **options):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.embedding.weight.requires_grad_(not frozen)
        self.recurrent = Recurrent(cell, 4, 5, **options)

    def forward(self, ids, lengths):
        return self.recurrent(self.embedding(ids), lengths).last.square().sum()


IDS = torch.tensor([[1, 2, 3, 4, 5, 6, 7], [8, 1, 2, 3, 0, 0, 0]])
LENGTHS = torch.tensor([7, 4])


def measured(model, *, ids=IDS, lengths=LENGTHS, step=1, every=1):
    probe = MemoryProbe(every)
    probe.started(model, 10)
    probe.before_step(step)
    model(ids, lengths).backward()
    probe.after_backward(step)
    return probe.measured().get("recurrent")


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm", "relu_rnn", "sigmoid_rnn"])
@pytest.mark.parametrize("options", [{}, {"weight_drop": 0.3}], ids=["plain", "weight_drop"])
def test_norms_are_those_of_the_gradient_at_the_inputs_of_each_sequence(cell, options):
    torch.manual_seed(3)
    model = LastState(cell, **options)
    torch.manual_seed(4)
    (found,) = measured(model).values()
    torch.manual_seed(4)  # the same weights are dropped
    vectors = model.embedding(IDS).detach().requires_grad_()
    model.recurrent(vectors, LENGTHS).last.square().sum().backward()
    norms = vectors.grad.norm(dim=-1)
    assert found["first"] == pytest.approx(norms[:, 0].mean().item(), rel=1e-5)
    last = (norms[0, 6] + norms[1, 3]) / 2
    assert found["last"] == pytest.approx(last.item(), rel=1e-5)
    assert found["distance"] == 4.5


def test_each_direction_is_measured_in_the_order_in_which_it_reads():
    torch.manual_seed(5)
    model = LastState("rnn", bidirectional=True)
    forward, backward = measured(model).values()
    with torch.no_grad():  # read the other way round, the directions change places
        cells = list(model.recurrent.layers[0])
        for one, other in zip(cells[0].parameters(), cells[1].parameters(), strict=True):
            one.data, other.data = other.data.clone(), one.data.clone()
    mirrored = torch.tensor([[7, 6, 5, 4, 3, 2, 1], [3, 2, 1, 8, 0, 0, 0]])
    swapped_forward, swapped_backward = measured(model, ids=mirrored).values()
    assert swapped_forward == pytest.approx(backward, rel=1e-4)
    assert swapped_backward == pytest.approx(forward, rel=1e-4)


def test_listening_changes_no_gradient_and_leaves_no_hook():
    torch.manual_seed(6)
    model = LastState("lstm")
    model(IDS, LENGTHS).backward()
    plain = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    measured(model)
    for parameter, expected in zip(model.parameters(), plain, strict=True):
        assert torch.equal(parameter.grad, expected)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_frozen_vectors_are_measured_too():
    (found,) = measured(LastState("gru", frozen=True)).values()
    assert found["first"] > 0


@pytest.mark.parametrize("cell", ["rnn", "sigmoid_rnn"])
def test_states_of_a_plain_network_are_judged_like_its_activation(cell):
    model = LastState(cell)
    with torch.no_grad():
        for parameter in model.recurrent.parameters():
            parameter.mul_(1000)
    (found,) = measured(model).values()
    assert found["saturated"] > 0.9
    (found,) = measured(LastState("gru")).values()
    assert "saturated" not in found


def test_steps_between_observations_cost_nothing():
    assert measured(LastState("rnn"), step=3, every=2) == {}
    assert measured(Sum(), step=1) is None


class Sum(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, ids, lengths):
        return self.weight.sum()


def test_a_loss_that_reads_one_step_says_nothing():
    assert ends(torch.zeros(2, 3, 4)) == {}
    assert ends(torch.ones(2, 1, 4)) == {}
