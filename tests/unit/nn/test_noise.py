import pytest
import torch
from torch import nn

from gradus.nn.noise import silence_
from gradus.nn.parts import PARTS

# batch normalization differs in training by its statistics, which are no noise
QUIET = [
    part for part in PARTS if isinstance(part.make(), nn.Module) and part.kind != "normalization"
]


def first(output):
    return output if isinstance(output, torch.Tensor) else output[0]


@pytest.mark.parametrize("part", QUIET, ids=str)
def test_a_silenced_part_gives_in_training_what_it_gives_in_evaluation(part):
    made, values = silence_(part.make()), part.inputs(torch.Generator().manual_seed(5))
    assert torch.equal(first(made.train()(*values)), first(made.eval()(*values)))


def test_dropout_between_torchs_own_recurrent_layers_is_silenced():
    layer = silence_(nn.GRU(3, 4, num_layers=2, dropout=0.9))
    assert torch.equal(layer(torch.ones(2, 3))[0], layer(torch.ones(2, 3))[0])
