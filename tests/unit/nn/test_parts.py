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
#: Ids have no gradient, and neither has what nobody looks at.
NO_GRADIENT = {("layer", "WordDropout"), ("attention", "none")}
MODULES = [part for part in PARTS if isinstance(part.make(), nn.Module)]


def numbers(output) -> list[Tensor]:
    """The tensors in what a part gives, however it nests them."""
    if isinstance(output, Tensor):
        return [output]
    return [tensor for item in output for tensor in numbers(item)]


def each(value, change):
    """The same nest with ``change`` made to every tensor in it."""
    if isinstance(value, Tensor):
        return change(value)
    return tuple(each(item, change) for item in value)


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
    return each(drawn, lambda value: value.to(dtype) if value.is_floating_point() else value)


def state(made) -> dict[str, np.ndarray]:
    if not isinstance(made, nn.Module):
        return {}
    return {name: value.numpy() for name, value in made.state_dict().items()}


@pytest.mark.parametrize(
    ("part", "training"),
    [(part, True) for part in PARTS if (part.kind, part.name) not in NO_GRADIENT]
    + [(part, False) for part in PARTS if part.kind == "normalization"],
    ids=lambda value: {True: "training", False: "evaluation"}.get(value, str(value)),
)
def test_gradients_are_central_differences(part, training):
    made, values = instance(part), inputs(part)
    names = [name for name, _ in made.named_parameters()] if isinstance(made, nn.Module) else []
    if isinstance(made, nn.Module):
        made.train(training)
    variables = [made.get_parameter(name).detach().requires_grad_() for name in names]
    variables += [value.requires_grad_() for value in numbers(values) if value.is_floating_point()]

    def call(*tensors):
        torch.manual_seed(7)  # the same noise at every call
        rest = iter(tensors[len(names) :])
        given = each(values, lambda value: next(rest) if value.is_floating_point() else value)
        if not isinstance(made, nn.Module):
            return made(*given)
        weights = dict(zip(names, tensors[: len(names)], strict=True))
        return tuple(numbers(torch.func.functional_call(made, weights, given)))

    assert torch.autograd.gradcheck(call, variables)


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_forward_follows_its_formula(part):
    made, values = instance(part), inputs(part)
    if isinstance(made, nn.Module):
        made.eval()
    arrays = each(values, lambda value: value.numpy())
    expected = FORMULAS[part.kind, part.name](state(made), *arrays)
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
