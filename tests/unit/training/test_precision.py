"""Numbers of a forward pass: what each setting means on this processor and on others."""

import pytest
import torch
from torch import nn
from toys import Classify, Quadrants, config, network, same_bits

from gradus.core.errors import SettingsError
from gradus.training import precision
from gradus.training.loop import Training
from gradus.training.precision import Precision, chosen_device, has_bfloat16

CPU = torch.device("cpu")
CHECKS = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")


def processor(monkeypatch, **supported):
    """A processor that has these instructions and no others."""
    for check in CHECKS:
        monkeypatch.setattr(torch.cpu, check, lambda check=check: check in supported, raising=False)


@pytest.mark.parametrize("check", CHECKS)
def test_fast_is_bfloat16_on_a_processor_with_instructions_for_it(check, monkeypatch):
    processor(monkeypatch, **{check: True})
    assert has_bfloat16()
    assert Precision("fast", CPU).dtype is torch.bfloat16


def test_fast_is_float32_on_a_processor_without(monkeypatch):
    processor(monkeypatch)
    assert not has_bfloat16()
    assert Precision("fast", CPU).dtype is torch.float32


def test_fast_is_float32_where_torch_cannot_tell(monkeypatch):
    for check in CHECKS:
        monkeypatch.delattr(torch.cpu, check, raising=False)
    assert Precision("fast", CPU).dtype is torch.float32


@pytest.mark.parametrize("has", [False, True])
@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("auto", torch.float32),  # a seed gives the same model on every processor
        ("float32", torch.float32),
        ("bfloat16", torch.bfloat16),
        ("float16", torch.float16),
    ],
)
def test_other_settings_do_not_depend_on_the_processor(name, dtype, has, monkeypatch):
    monkeypatch.setattr(precision, "has_bfloat16", lambda: has)
    assert Precision(name, CPU).dtype is dtype


@pytest.mark.parametrize("name", ["auto", "fast"])
@pytest.mark.parametrize(("has", "dtype"), [(True, torch.bfloat16), (False, torch.float16)])
def test_on_a_gpu_fast_is_what_auto_is(name, has, dtype, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: has)
    assert precision._dtype(name, torch.device("cuda")) is dtype


@pytest.mark.parametrize("has", [False, True])
def test_a_forward_pass_computes_in_these_numbers_and_weights_stay(has, monkeypatch):
    monkeypatch.setattr(precision, "has_bfloat16", lambda: has)
    layer = nn.Linear(3, 2)
    with Precision("fast", CPU).forward():
        assert layer(torch.ones(1, 3)).dtype is (torch.bfloat16 if has else torch.float32)
    assert layer.weight.dtype is torch.float32


@pytest.mark.parametrize(("has", "named"), [(False, "float32"), (True, "bfloat16")])
def test_a_fast_run_is_bit_for_bit_the_one_that_names_its_numbers(has, named, monkeypatch):
    monkeypatch.setattr(precision, "has_bfloat16", lambda: has)
    models = []
    for chosen in ("fast", named):
        run = Training(network(), Classify(), Quadrants(), config(precision=chosen, epochs=1))
        run.run()
        models.append(run.model)
    assert same_bits(*models)


def test_only_scaled_losses_have_a_state():
    exact = Precision("bfloat16", CPU)
    assert exact.state() == {}
    assert not exact.overflows
    exact.restore({})


def test_an_unknown_device_is_refused():
    with pytest.raises(SettingsError, match="choose cpu, cuda or auto"):
        chosen_device("tpu9")
