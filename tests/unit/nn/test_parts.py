"""Every part of ``gradus.nn``: gradients, forward passes, saving; and a line in the guide."""

from pathlib import Path

import numpy as np
import pytest
import torch
from formulas import FORMULAS
from numpy.testing import assert_allclose
from torch import Tensor, nn

from gradus.core.storage import map_tensors, write_tensors
from gradus.nn.initialization import INITIALIZERS
from gradus.nn.parts import PARTS

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide" / "networks.md"
MODULES = [part for part in PARTS if isinstance(part.make(), nn.Module)]


def numbers(output) -> list[Tensor]:
    """The tensors in what a part gives, however it nests them."""
    if isinstance(output, Tensor):
        return [output]
    return [tensor for item in output for tensor in numbers(item)]


def instance(part, dtype=torch.float64):
    """A part whose biases, gains and running statistics are not the zeros and ones of its start."""
    torch.manual_seed(3)
    made = part.make()
    if not isinstance(made, nn.Module):
        return made
    for value in made.state_dict().values():
        if value.is_floating_point() and value.ndim == 1:
            value.uniform_(0.2, 0.8)
    return made.to(dtype)


def inputs(part, dtype=torch.float64):
    drawn = part.inputs(torch.Generator().manual_seed(5))
    return [value.to(dtype) if value.is_floating_point() else value for value in drawn]


def state(made) -> dict[str, np.ndarray]:
    if not isinstance(made, nn.Module):
        return {}
    return {name: value.numpy() for name, value in made.state_dict().items()}


@pytest.mark.parametrize(
    ("part", "training"),
    [(part, True) for part in PARTS if part.name != "WordDropout"]  # ids have no gradient
    + [(part, False) for part in PARTS if part.kind == "normalization"],
    ids=lambda value: {True: "training", False: "evaluation"}.get(value, str(value)),
)
def test_gradients_are_central_differences(part, training):
    made, values = instance(part), inputs(part)
    names = [name for name, _ in made.named_parameters()] if isinstance(made, nn.Module) else []
    if isinstance(made, nn.Module):
        made.train(training)
    places = [place for place, value in enumerate(values) if value.is_floating_point()]
    variables = [made.get_parameter(name).detach().requires_grad_() for name in names]
    variables += [values[place].requires_grad_() for place in places]

    def call(*tensors):
        torch.manual_seed(7)  # the same noise at every call
        given = list(values)
        for place, tensor in zip(places, tensors[len(names) :], strict=True):
            given[place] = tensor
        if not isinstance(made, nn.Module):
            return made(*given)
        weights = dict(zip(names, tensors[: len(names)], strict=True))
        return tuple(numbers(torch.func.functional_call(made, weights, tuple(given))))

    assert torch.autograd.gradcheck(call, variables)


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_forward_follows_its_formula(part):
    made, values = instance(part), inputs(part)
    if isinstance(made, nn.Module):
        made.eval()
    expected = FORMULAS[part.kind, part.name](state(made), *(value.numpy() for value in values))
    expected = expected if isinstance(expected, tuple) else (expected,)
    found = numbers(made(*values))
    for value, wanted in zip(found[: len(expected)], expected, strict=True):
        assert_allclose(value.detach().numpy().reshape(np.shape(wanted)), wanted, atol=1e-12)


@pytest.mark.parametrize("part", MODULES, ids=str)
def test_what_was_saved_gives_the_same_output(part, tmp_path):
    saved = instance(part, torch.float32)
    write_tensors(tmp_path / "part.safetensors", state(saved))
    loaded = part.make()
    loaded.load_state_dict(
        {
            name: torch.from_numpy(np.array(value))
            for name, value in map_tensors(tmp_path / "part.safetensors").items()
        }
    )
    values = inputs(part, torch.float32)
    outputs = [numbers(made.eval()(*values)) for made in (saved, loaded)]
    for ours, theirs in zip(*outputs, strict=True):
        assert torch.equal(ours, theirs)


def test_every_formula_judges_a_part():
    assert set(FORMULAS) == {(part.kind, part.name) for part in PARTS}


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_every_part_says_what_it_computes(part):
    assert part.about.endswith(".")


@pytest.mark.parametrize("name", sorted({part.name for part in PARTS} | set(INITIALIZERS)))
def test_the_guide_has_a_line_for_every_part(name):
    assert f"| `{name}" in GUIDE.read_text()
